"""Serves a model and asks it with tritonclient: `python prove_open_inference.py TARGET MODEL.onnx`.

The model takes `input` [N, 3] and answers `probabilities` [N, 2], whose rows sum to one.
"""

import sys
import time
from pathlib import Path

import numpy as np
import tritonclient.grpc as triton

from throughline.lineage.v1 import artifact_pb2
from throughline.registry.v1 import deployment_pb2, model_pb2, release_pb2
from throughline.registry.v1 import deployment_service_pb2, registry_service_pb2, release_service_pb2
from throughline_client import Connection, connect, upload

NAME = f"open-inference-{time.time_ns()}"
WAIT_S = 30


def deploy(connection: Connection, path: str) -> None:
    """Uploads, registers, releases and deploys the model."""
    artifact = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_MODEL)
    model = connection.registry.CreateModel(
        registry_service_pb2.CreateModelRequest(parent=connection.parent, model_id=NAME)
    ).model
    version = connection.registry.CreateModelVersion(
        registry_service_pb2.CreateModelVersionRequest(
            parent=model.name,
            version=model_pb2.ModelVersion(digest=artifact.digest, format=model_pb2.MODEL_FORMAT_ONNX),
        )
    ).version
    node = release_pb2.GraphNode(
        name="score",
        model=release_pb2.ModelNode(input_tensor="input", output_tensor="probabilities", output_column=1),
    )
    manifest = release_pb2.ReleaseManifest(
        models={"score": release_pb2.ReleaseModel(model_version=version.name)},
        graph=release_pb2.Graph(nodes=[node], output_node="score"),
    )
    release = connection.releases.CreateRelease(
        release_service_pb2.CreateReleaseRequest(parent=connection.parent, manifest=manifest)
    ).release
    traffic = [deployment_pb2.TrafficShare(release=release.name, weight_basis_points=10_000)]
    connection.deployments.CreateDeployment(
        deployment_service_pb2.CreateDeploymentRequest(
            parent=connection.parent,
            deployment_id=NAME,
            deployment=deployment_pb2.Deployment(traffic=traffic),
            reason="proof",
        )
    )


def wait_until_ready(client: triton.InferenceServerClient) -> None:
    deadline = time.monotonic() + WAIT_S
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if client.is_model_ready(NAME):
                return
        except triton.InferenceServerException as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"{NAME} was not ready after {WAIT_S} s: {last}")


def infer(client: triton.InferenceServerClient, rows: np.ndarray) -> np.ndarray:
    tensor = triton.InferInput("input", list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows)
    answer = client.infer(NAME, [tensor], outputs=[triton.InferRequestedOutput("probabilities")])
    return answer.as_numpy("probabilities")


def main() -> None:
    target, path = sys.argv[1:]
    client = triton.InferenceServerClient(target)
    assert client.is_server_live()
    assert client.get_server_metadata().name == "throughline", client.get_server_metadata()
    with connect(target) as connection:
        deploy(connection, str(Path(path)))
    wait_until_ready(client)
    assert client.is_server_ready()
    metadata = client.get_model_metadata(NAME)
    shown = [(it.name, it.datatype, list(it.shape)) for it in (*metadata.inputs, *metadata.outputs)]
    assert shown == [("input", "FP32", [-1, 3]), ("probabilities", "FP32", [-1, 2])], shown
    print("live, ready, metadata")

    rows = np.array([[0.5, -1.0, 2.0], [3.0, 0.0, -0.25], [0.0, 0.0, 0.0]], np.float32)
    together = infer(client, rows)
    assert together.shape == (3, 2), together
    assert np.allclose(together.sum(axis=1), 1, atol=1e-6), together
    assert len(np.unique(together[:, 1])) == 3, together
    one_by_one = np.concatenate([infer(client, row[np.newaxis]) for row in rows])
    assert np.allclose(together, one_by_one, atol=1e-6), (together, one_by_one)
    print("infer agrees")


if __name__ == "__main__":
    main()
