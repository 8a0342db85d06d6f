"""Seals what a deployment has answered and reads the file with pyarrow: `python prove_sealed_log.py GRPC_TARGET LOGISTIC.onnx`."""

import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from inference import open_inference_pb2 as open_inference
from prove_deploying import create_release, deploy, wait_until
from throughline.inference.v1 import sealed_log_service_pb2 as sealed_log
from throughline.registry.v1 import release_pb2
from throughline_client import connect, download, wait

NAME = f"sealed-log-{time.time_ns()}"
ROWS = [[0.5, -1.0, 2.0], [3.0, 0.0, -0.25], [0.0, 0.0, 0.0]]

with connect(sys.argv[1]) as connection:
    node = release_pb2.ModelNode(input_tensor="input", output_tensor="probabilities", output_column=1)
    deploy(connection, NAME, create_release(connection, NAME, sys.argv[2], node, 0.5))
    deployment = f"{connection.parent}/deployments/{NAME}"
    asked = connection.open_inference

    def is_ready() -> bool:
        return asked.ModelReady(open_inference.ModelReadyRequest(name=NAME)).ready

    wait_until(is_ready, NAME)
    names = []
    for row in ROWS:
        tensor = open_inference.ModelInferRequest.InferInputTensor(name="input", datatype="FP32", shape=[1, 3])
        tensor.contents.fp32_contents.extend(row)
        answer = asked.ModelInfer(open_inference.ModelInferRequest(model_name=NAME, inputs=[tensor]))
        names.append(answer.parameters["prediction"].string_param)

    operation = connection.sealed_logs.SealLog(sealed_log.SealLogRequest(deployment=deployment)).operation
    [sealed] = wait(connection, operation, sealed_log.SealLogResult).sealed_logs
    listed = connection.sealed_logs.ListSealedLogs(sealed_log.ListSealedLogsRequest(parent=deployment)).sealed_logs
    assert list(listed) == [sealed] and sealed.row_count == len(ROWS), listed

    def read() -> pa.Table:
        with tempfile.TemporaryDirectory() as folder:
            return pq.read_table(download(connection, sealed.digest, Path(folder, "hour.parquet")))

    # The file is on the thread a moment after it is sealed.
    wait_until(lambda: read() is not None, sealed.digest)
    table = read()
    assert table.column("prediction").to_pylist() == names, table
    assert table.column("inputs").to_pylist() == ROWS, table
    assert table.schema.field("score").type == pa.float64() and table.schema.field("inputs").type == pa.list_(pa.float64())
    assert pa.types.is_timestamp(table.schema.field("time").type), table.schema
    assert all(0 <= it <= 1 for it in table.column("score").to_pylist())
print(f"{table.num_rows} rows of {len(table.schema)} columns")
