"""Gives the peers' bench one more row, `throughline`: the whole platform in one process over a folder in which the models
are deployed already. Takes the arguments of that bench, whose folder is on PYTHONPATH."""
import json
import os

import bench
import peers

command = json.loads(os.environ["THROUGHLINE_BENCH_UP"])
data = os.environ["THROUGHLINE_BENCH_DATA"]


def up(context):
    return [*command, "--data", data, "--http", f"127.0.0.1:{context.http}", "--grpc", f"127.0.0.1:{context.grpc}"]


peers.P["throughline"] = peers.peer(up, grpc=True)
bench.main()
