"""Fills an experiment of MLflow's database (SQLite) with runs like one that is there, all at once: over its REST API 10,000 of them take longer
than all that is measured.

    python mlflow_runs.py DATABASE RUN_ID < runs.json

Each of the runs is {"name", "tags", "params", "metrics"}, and has the same keys as the one that is there.
"""
import json
import sqlite3
import sys
import uuid

database, pattern = sys.argv[1:]
connection = sqlite3.connect(database, timeout=60)
connection.row_factory = sqlite3.Row


def rows(table):
    return [dict(it) for it in connection.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", [pattern])]


patterns = {it: rows(it) for it in ("runs", "tags", "params", "metrics", "latest_metrics")}
values = {"params": "params", "metrics": "metrics", "latest_metrics": "metrics"}


def written(table, row, run, run_id):
    row = {**row, "run_uuid": run_id}
    if table == "runs":
        return {**row, "name": run["name"], "artifact_uri": row["artifact_uri"].replace(pattern, run_id)}
    if table == "tags":
        return {**row, "value": run["name"] if row["key"] == "mlflow.runName" else run["tags"].get(row["key"], row["value"])}
    return {**row, "value": run[values[table]][row["key"]]}


with connection:
    for run in json.load(sys.stdin):
        run_id = uuid.uuid4().hex
        for table, all_of_it in patterns.items():
            for row in all_of_it:
                new = written(table, row, run, run_id)
                marks = ", ".join("?" * len(new))
                connection.execute(f"INSERT INTO {table} ({', '.join(new)}) VALUES ({marks})", list(new.values()))
connection.close()
