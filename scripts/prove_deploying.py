"""Deploys a model for the proofs of foreign clients."""

import time
from collections.abc import Callable

from throughline.lineage.v1 import artifact_pb2
from throughline.registry.v1 import deployment_pb2, model_pb2, release_pb2
from throughline.registry.v1 import deployment_service_pb2, registry_service_pb2, release_service_pb2
from throughline_client import Connection, upload

WAIT_S = 30


def create_release(connection: Connection, name: str, path: str, node: release_pb2.ModelNode, score: float) -> str:
    """Uploads and registers the model, and releases it; gives the release's name. Another `score` is another release."""
    artifact = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_MODEL)
    model = connection.registry.CreateModel(
        registry_service_pb2.CreateModelRequest(parent=connection.parent, model_id=name)
    ).model
    version = connection.registry.CreateModelVersion(
        registry_service_pb2.CreateModelVersionRequest(
            parent=model.name,
            version=model_pb2.ModelVersion(digest=artifact.digest, format=model_pb2.MODEL_FORMAT_ONNX),
        )
    ).version
    manifest = release_pb2.ReleaseManifest(
        models={"score": release_pb2.ReleaseModel(model_version=version.name)},
        graph=release_pb2.Graph(nodes=[release_pb2.GraphNode(name="score", model=node)], output_node="score"),
        thresholds={"high": score},
    )
    return connection.releases.CreateRelease(
        release_service_pb2.CreateReleaseRequest(parent=connection.parent, manifest=manifest)
    ).release.name


def deploy(connection: Connection, name: str, release: str) -> None:
    """Gives the release the whole traffic of a new deployment."""
    traffic = [deployment_pb2.TrafficShare(release=release, weight_basis_points=10_000)]
    connection.deployments.CreateDeployment(
        deployment_service_pb2.CreateDeploymentRequest(
            parent=connection.parent,
            deployment_id=name,
            deployment=deployment_pb2.Deployment(traffic=traffic),
            reason="proof",
        )
    )


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Asks again until the answer is yes. Errors count as no."""
    deadline = time.monotonic() + WAIT_S
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except Exception as error:  # Each client has errors of its own.
            last = error
        time.sleep(0.1)
    raise AssertionError(f"{what} was not ready after {WAIT_S} s: {last}")
