"""Serves a model and asks it with KServe's clients: `python prove_kserve.py GRPC_TARGET HTTP_URL LOGISTIC.onnx`.

The model takes `input` [N, 3] and answers `probabilities` [N, 2], whose rows sum to one.
"""

import asyncio
import sys
import time

import grpc
import httpx
import numpy as np
from kserve import (
    InferenceGRPCClient,
    InferenceRESTClient,
    InferInput,
    InferOutput,
    InferRequest,
    InferResponse,
    RESTConfig,
)
from kserve.protocol.infer_type import RequestedOutput

from prove_deploying import create_release, deploy, wait_until
from throughline.registry.v1 import release_pb2
from throughline_client import connect

NAME = f"kserve-{time.time_ns()}"
ROWS = np.array([[0.5, -1.0, 2.0], [3.0, 0.0, -0.25], [0.0, 0.0, 0.0]], np.float32)


def request(binary_in: bool, binary_out: bool | None = None) -> InferRequest:
    tensor = InferInput("input", list(ROWS.shape), "FP32")
    tensor.set_data_from_numpy(ROWS, binary_data=binary_in)
    outputs = None if binary_out is None else [RequestedOutput("probabilities", {"binary_data": binary_out})]
    return InferRequest(model_name=NAME, infer_inputs=[tensor], request_id="a", request_outputs=outputs)


def probabilities(response: InferResponse) -> np.ndarray:
    output: InferOutput = response.outputs[0]
    found = output.as_numpy()
    assert (output.name, found.shape, response.id) == ("probabilities", (3, 2), "a"), response
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6), found
    return found


async def prove_rest(url: str) -> np.ndarray:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    assert await client.is_server_live(url) and await client.is_server_ready(url)
    assert await client.is_model_ready(url, NAME)
    answers = []
    for binary_in in (True, False):
        for binary_out in (None, True, False):
            answers.append(probabilities(await client.infer(url, request(binary_in, binary_out), model_name=NAME)))
    assert all(np.array_equal(it, answers[0]) for it in answers), answers
    try:
        await client.infer(url, request(False), model_name="none")
    except httpx.HTTPStatusError as error:
        assert error.response.status_code == 404 and "none is not known here" in str(error), error
    else:
        raise AssertionError("an unknown model answered")
    await client.close()
    return answers[0]


async def prove_grpc(target: str, expected: np.ndarray) -> None:
    async with InferenceGRPCClient(target) as client:
        assert await client.is_server_live() and await client.is_server_ready()
        assert await client.is_model_ready(NAME)
        for binary_in in (True, False):
            assert np.array_equal(probabilities(await client.infer(request(binary_in))), expected)
        unknown = request(True)
        unknown.model_name = "none"
        try:
            await client.infer(unknown)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND, error
        else:
            raise AssertionError("an unknown model answered")


def main() -> None:
    target, url, path = sys.argv[1:]
    node = release_pb2.ModelNode(input_tensor="input", output_tensor="probabilities", output_column=1)
    with connect(target) as connection:
        deploy(connection, NAME, create_release(connection, NAME, path, node, 0.5))
    wait_until(lambda: httpx.get(f"{url}/v2/models/{NAME}/ready").is_success, NAME)
    expected = asyncio.run(prove_rest(url))
    print("rest agrees")
    asyncio.run(prove_grpc(target, expected))
    print("grpc agrees")


if __name__ == "__main__":
    main()
