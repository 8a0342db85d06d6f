"""Serves two models and asks them with tritonclient, over gRPC and HTTP:
`python prove_open_inference.py GRPC_TARGET HTTP_URL LOGISTIC.onnx ECHO.onnx`.

The first takes `input` [N, 3] and answers `probabilities` [N, 2], whose rows sum to one. The second gives back what it takes:
`in_FP32` as `out_FP32`, and so on for every datatype.
"""

import asyncio
import queue
import sys
import time

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.grpc.aio as grpc_aio
import tritonclient.http as http
import tritonclient.http.aio as http_aio
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from prove_deploying import create_release, deploy, wait_until
from throughline.registry.v1 import release_pb2
from throughline_client import connect

STAMP = time.time_ns()
LOGISTIC = f"open-inference-{STAMP}"
ECHO = f"open-inference-echo-{STAMP}"
ROWS = np.array([[0.5, -1.0, 2.0], [3.0, 0.0, -0.25], [0.0, 0.0, 0.0]], np.float32)
EXTENSIONS = {
    *("binary_tensor_data", "classification", "model_configuration"),
    *("model_repository", "parameters", "statistics"),
}
ELEMENTS = {
    "BOOL": np.array([True, False]),
    "UINT8": np.array([1, 255], np.uint8),
    "UINT16": np.array([1, 65_535], np.uint16),
    "UINT32": np.array([1, 2**32 - 1], np.uint32),
    "UINT64": np.array([1, 2**64 - 1], np.uint64),
    "INT8": np.array([-128, 127], np.int8),
    "INT16": np.array([-(2**15), 2**15 - 1], np.int16),
    "INT32": np.array([-(2**31), 2**31 - 1], np.int32),
    "INT64": np.array([-(2**63), 2**63 - 1], np.int64),
    "FP16": np.array([1.5, np.nan], np.float16),
    "FP32": np.array([0.1, -np.inf], np.float32),
    "FP64": np.array([0.1, np.nan], np.float64),
    "BYTES": np.array(["é", ""], np.object_),
}


def rows_input(client, rows: np.ndarray, **options):
    tensor = client.InferInput("input", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, **options)
    return tensor


def expect_probabilities(found: np.ndarray) -> np.ndarray:
    assert found.shape == (3, 2), found
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6), found
    assert len(np.unique(found[:, 1])) == 3, found
    return found


def expect_failure(call, *words: str) -> None:
    try:
        call()
    except InferenceServerException as error:
        assert all(it in error.message() for it in words), error
        return
    raise AssertionError(f"no failure with {words}")


def prove_metadata(client) -> None:
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(LOGISTIC) and client.is_model_ready(f"default/{LOGISTIC}")
    server = client.get_server_metadata()
    name, extensions = (server["name"], server["extensions"]) if isinstance(server, dict) else (server.name, server.extensions)
    assert name == "throughline" and set(extensions) == EXTENSIONS, server


def prove_grpc_metadata(client: grpc.InferenceServerClient) -> None:
    prove_metadata(client)
    metadata = client.get_model_metadata(LOGISTIC)
    shown = [(it.name, it.datatype, list(it.shape)) for it in (*metadata.inputs, *metadata.outputs)]
    assert shown == [("input", "FP32", [-1, 3]), ("probabilities", "FP32", [-1, 2])], shown
    assert client.is_model_ready(LOGISTIC, metadata.versions[0])
    config = client.get_model_config(LOGISTIC).config
    assert config.max_batch_size > 0 and list(config.input[0].dims) == [3], config


def prove_http_metadata(client: http.InferenceServerClient) -> None:
    prove_metadata(client)
    metadata = client.get_model_metadata(LOGISTIC)
    assert metadata["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 3]}], metadata
    assert client.is_model_ready(LOGISTIC, metadata["versions"][0])
    config = client.get_model_config(LOGISTIC)
    assert config["max_batch_size"] > 0 and config["input"][0]["dims"] == [3], config


def prove_grpc_infer(client: grpc.InferenceServerClient) -> np.ndarray:
    outputs = [grpc.InferRequestedOutput("probabilities")]
    answer = client.infer(LOGISTIC, [rows_input(grpc, ROWS)], outputs=outputs, request_id="a")
    together = expect_probabilities(answer.as_numpy("probabilities"))
    assert answer.get_response().id == "a"
    one_by_one = [client.infer(LOGISTIC, [rows_input(grpc, row[np.newaxis])]).as_numpy("probabilities") for row in ROWS]
    assert np.allclose(together, np.concatenate(one_by_one), atol=1e-6), (together, one_by_one)
    for algorithm in ("gzip", "deflate"):
        compressed = client.infer(LOGISTIC, [rows_input(grpc, ROWS)], compression_algorithm=algorithm)
        assert np.array_equal(compressed.as_numpy("probabilities"), together)
    expect_failure(lambda: client.infer("none", [rows_input(grpc, ROWS)]), "none is not known here")
    expect_failure(lambda: client.infer(LOGISTIC, [rows_input(grpc, ROWS[:, :2].copy())]), "inputs[0].shape")
    return together


def prove_http_infer(client: http.InferenceServerClient, expected: np.ndarray) -> None:
    for binary_in in (True, False):
        for binary_out in (True, False):
            inputs = [rows_input(http, ROWS, binary_data=binary_in)]
            outputs = [http.InferRequestedOutput("probabilities", binary_data=binary_out)]
            answer = client.infer(LOGISTIC, inputs, outputs=outputs, request_id="b")
            assert np.array_equal(answer.as_numpy("probabilities"), expected), (binary_in, binary_out)
            assert answer.get_response()["id"] == "b"
    many = np.repeat(ROWS, 300, axis=0)
    plain = client.infer(LOGISTIC, [rows_input(http, many)]).as_numpy("probabilities")
    for algorithm in ("gzip", "deflate"):
        options = {"request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm}
        compressed = client.infer(LOGISTIC, [rows_input(http, many)], **options)
        assert np.array_equal(compressed.as_numpy("probabilities"), plain), algorithm
    waiting = [client.async_infer(LOGISTIC, [rows_input(http, ROWS)]) for _ in range(16)]
    assert all(np.array_equal(it.get_result().as_numpy("probabilities"), expected) for it in waiting)
    expect_failure(lambda: client.infer("none", [rows_input(http, ROWS)]), "none is not known here")


def prove_types(module, client) -> None:
    inputs = []
    for datatype, elements in ELEMENTS.items():
        assert np_to_triton_dtype(elements.dtype) == datatype
        tensor = module.InferInput(f"in_{datatype}", [2], datatype)
        tensor.set_data_from_numpy(elements)
        inputs.append(tensor)
    answer = client.infer(ECHO, inputs)
    for datatype, elements in ELEMENTS.items():
        found = answer.as_numpy(f"out_{datatype}")
        if datatype == "BYTES":
            assert [it.decode() for it in found] == list(elements), found
        else:
            assert found.dtype == elements.dtype and found.tobytes() == elements.tobytes(), (datatype, found)


def prove_classes(module, client) -> None:
    outputs = [module.InferRequestedOutput("probabilities", class_count=1)]
    probabilities = client.infer(LOGISTIC, [rows_input(module, ROWS)]).as_numpy("probabilities")
    classes = client.infer(LOGISTIC, [rows_input(module, ROWS)], outputs=outputs).as_numpy("probabilities")
    assert [int(it[0].decode().split(":")[1]) for it in classes] == list(probabilities.argmax(axis=1)), classes


def prove_callbacks(client: grpc.InferenceServerClient, expected: np.ndarray) -> None:
    done: queue.Queue = queue.Queue()
    for _ in range(16):
        client.async_infer(LOGISTIC, [rows_input(grpc, ROWS)], lambda result, error: done.put((result, error)))
    for _ in range(16):
        result, error = done.get(timeout=30)
        assert error is None and np.array_equal(result.as_numpy("probabilities"), expected), error


def prove_stream(client: grpc.InferenceServerClient) -> None:
    done: queue.Queue = queue.Queue()
    client.start_stream(lambda result, error: done.put((result, error)))
    for i in range(50):
        model = "none" if i == 25 else LOGISTIC
        client.async_stream_infer(model, [rows_input(grpc, np.full((1, 3), i, np.float32))], request_id=str(i))
    answers = [done.get(timeout=30) for _ in range(50)]
    client.stop_stream()
    for i, (result, error) in enumerate(answers):
        if i == 25:
            assert "none is not known here" in error.message(), error
        else:
            assert error is None and result.get_response().id == str(i), (i, error)


async def prove_asyncio(target: str, address: str, expected: np.ndarray) -> None:
    async with grpc_aio.InferenceServerClient(target) as client:
        answers = await asyncio.gather(*[client.infer(LOGISTIC, [rows_input(grpc, ROWS)]) for _ in range(16)])
        assert all(np.array_equal(it.as_numpy("probabilities"), expected) for it in answers)

        async def requests():
            for i in range(10):
                yield {"model_name": LOGISTIC, "inputs": [rows_input(grpc, ROWS)], "request_id": str(i)}

        streamed = [it async for it in client.stream_infer(requests())]
        assert [result.get_response().id for result, _ in streamed] == [str(i) for i in range(10)], streamed
    async with http_aio.InferenceServerClient(address) as client:
        answers = await asyncio.gather(*[client.infer(LOGISTIC, [rows_input(http, ROWS)]) for _ in range(16)])
        assert all(np.array_equal(it.as_numpy("probabilities"), expected) for it in answers)


def prove_repository(over_grpc: grpc.InferenceServerClient, over_http: http.InferenceServerClient, ahead: str) -> None:
    shown = {(it.name, it.state) for it in over_grpc.get_model_repository_index().models}
    listed = {(it["name"], it["state"]) for it in over_http.get_model_repository_index()}
    assert shown == listed and {(LOGISTIC, "READY"), (ECHO, "READY")} <= shown, (shown, listed)
    config = f'{{"version_policy": {{"specific": {{"versions": ["{ahead}"]}}}}}}'
    for module, client in ((grpc, over_grpc), (http, over_http)):
        expect_failure(lambda: client.infer(LOGISTIC, [rows_input(module, ROWS)], model_version=ahead), "does not serve")
        client.load_model(LOGISTIC, config=config)
        assert client.is_model_ready(LOGISTIC, ahead)
        client.infer(LOGISTIC, [rows_input(module, ROWS)], model_version=ahead)
        client.unload_model(LOGISTIC)
        expect_failure(lambda: client.unload_model(LOGISTIC), "with a share of 100 %")
        expect_failure(lambda: client.load_model(LOGISTIC, config="{}", files={"file:1/model.onnx": b"x"}), "not taken")
        expect_failure(lambda: client.get_system_shared_memory_status(), "not offered")


def prove_statistics(over_grpc: grpc.InferenceServerClient, over_http: http.InferenceServerClient) -> None:
    (counted,) = over_grpc.get_inference_statistics(LOGISTIC).model_stats
    (also,) = over_http.get_inference_statistics(LOGISTIC)["model_stats"]
    stats = counted.inference_stats
    assert counted.inference_count > 100 and counted.inference_count == also["inference_count"], (counted, also)
    assert 0 < counted.execution_count <= stats.success.count and stats.success.ns > 0, counted
    assert stats.compute_infer.count == stats.success.count == stats.queue.count, counted
    runs = sum(it.compute_infer.count for it in counted.batch_stats)
    assert runs == counted.execution_count == also["execution_count"], counted


def main() -> None:
    target, url, logistic, echo = sys.argv[1:]
    address = url.removeprefix("http://")
    node = release_pb2.ModelNode(input_tensor="input", output_tensor="probabilities", output_column=1)
    echo_node = release_pb2.ModelNode(output_tensor="out_FP32")
    with connect(target) as connection:
        deploy(connection, LOGISTIC, create_release(connection, LOGISTIC, logistic, node, 0.5))
        deploy(connection, ECHO, create_release(connection, ECHO, echo, echo_node, 0.5))
        ahead = create_release(connection, f"{LOGISTIC}-ahead", logistic, node, 0.6).rpartition("/")[2]
    over_grpc = grpc.InferenceServerClient(target)
    over_http = http.InferenceServerClient(address, concurrency=16)
    wait_until(lambda: over_grpc.is_model_ready(LOGISTIC) and over_grpc.is_model_ready(ECHO), "the models")
    prove_grpc_metadata(over_grpc)
    prove_http_metadata(over_http)
    print("live, ready, metadata, configuration")
    expected = prove_grpc_infer(over_grpc)
    prove_http_infer(over_http, expected)
    print("infer agrees")
    for module, client in ((grpc, over_grpc), (http, over_http)):
        prove_types(module, client)
        prove_classes(module, client)
    print("every datatype, classes")
    prove_callbacks(over_grpc, expected)
    prove_stream(over_grpc)
    asyncio.run(prove_asyncio(target, address, expected))
    print("callbacks, streams, asyncio")
    prove_repository(over_grpc, over_http, ahead)
    print("repository")
    prove_statistics(over_grpc, over_http)
    print("statistics")


if __name__ == "__main__":
    main()
