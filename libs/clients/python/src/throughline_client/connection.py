"""One channel and the stubs of every service on it."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from inference.open_inference_pb2_grpc import GRPCInferenceServiceStub
from throughline.features.v1.feature_store_service_pb2_grpc import FeatureStoreServiceStub
from throughline.inference.v1.inference_service_pb2_grpc import InferenceServiceStub
from throughline.lineage.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from throughline.lineage.v1.lineage_service_pb2_grpc import LineageServiceStub
from throughline.registry.v1.deployment_service_pb2_grpc import DeploymentServiceStub
from throughline.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from throughline.registry.v1.release_service_pb2_grpc import ReleaseServiceStub
from throughline.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub
from throughline.type.v1.operation_pb2_grpc import OperationServiceStub
from throughline.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from throughline_client.errors import translating

DEADLINE_S = 30.0
"""Deadline of a call that names none, in seconds."""


@dataclass(frozen=True)
class Connection:
    """The services as one caller sees them. Use it as a context manager, or call `close`.

    Every call fails with ThroughlineError, which carries the stable reason and the fields at fault.
    """

    project: str
    channel: grpc.Channel
    tracking: TrackingServiceStub
    artifacts: ArtifactServiceStub
    lineage: LineageServiceStub
    registry: RegistryServiceStub
    releases: ReleaseServiceStub
    deployments: DeploymentServiceStub
    features: FeatureStoreServiceStub
    validation: ValidationServiceStub
    inference: InferenceServiceStub
    open_inference: GRPCInferenceServiceStub
    operations: OperationServiceStub

    @property
    def parent(self) -> str:
        """Name of the project, as requests take it: `projects/{project}`."""
        return f"projects/{self.project}"

    def close(self) -> None:
        self.channel.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    target: str = "127.0.0.1:9090",
    *,
    project: str = "default",
    token: str | None = None,
    actor: str | None = None,
    root_certificates: bytes | None = None,
) -> Connection:
    """Connects to the platform's gRPC address.

    `token` proves who calls; it is only sent over TLS or to this machine. `actor` is the name for histories where the
    platform does not ask for tokens. `root_certificates` (PEM) turns TLS on.
    """
    if token is not None and root_certificates is None and not _is_loopback(target):
        raise ValueError(f"a token would go to {target} without TLS: pass root_certificates")
    metadata = []
    if token is not None:
        metadata.append(("authorization", f"Bearer {token}"))
    if actor is not None:
        metadata.append(("throughline-actor", actor))
    limit = 64 * 1024 * 1024
    options = [("grpc.max_receive_message_length", limit), ("grpc.max_send_message_length", limit)]
    plain = (
        grpc.insecure_channel(target, options)
        if root_certificates is None
        else grpc.secure_channel(target, grpc.ssl_channel_credentials(root_certificates), options)
    )
    channel = grpc.intercept_channel(plain, translating(metadata, DEADLINE_S))
    return Connection(
        project=project,
        channel=channel,
        tracking=TrackingServiceStub(channel),
        artifacts=ArtifactServiceStub(channel),
        lineage=LineageServiceStub(channel),
        registry=RegistryServiceStub(channel),
        releases=ReleaseServiceStub(channel),
        deployments=DeploymentServiceStub(channel),
        features=FeatureStoreServiceStub(channel),
        validation=ValidationServiceStub(channel),
        inference=InferenceServiceStub(channel),
        open_inference=GRPCInferenceServiceStub(channel),
        operations=OperationServiceStub(channel),
    )


def _is_loopback(target: str) -> bool:
    host = target.rsplit(":", 1)[0].strip("[]")
    return host in ("localhost", "::1") or host.startswith("127.")
