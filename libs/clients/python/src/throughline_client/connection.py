"""One channel and the stubs of every service on it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from throughline.features.v1.data_version_service_pb2_grpc import DataVersionServiceStub
from throughline.features.v1.definition_service_pb2_grpc import DefinitionServiceStub
from throughline.features.v1.feature_store_service_pb2_grpc import FeatureStoreServiceStub
from throughline.features.v1.freshness_service_pb2_grpc import FreshnessServiceStub
from throughline.features.v1.necessity_service_pb2_grpc import NecessityServiceStub
from throughline.features.v1.online_service_pb2_grpc import OnlineServiceStub
from throughline.features.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from throughline.features.v1.skew_service_pb2_grpc import SkewServiceStub
from throughline.features.v1.transform_service_pb2_grpc import TransformServiceStub
from throughline.inference.v1.batch_prediction_service_pb2_grpc import BatchPredictionServiceStub
from throughline.inference.v1.inference_service_pb2_grpc import InferenceServiceStub
from throughline.inference.v1.sealed_log_service_pb2_grpc import SealedLogServiceStub
from throughline.lineage.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from throughline.lineage.v1.lineage_service_pb2_grpc import LineageServiceStub
from throughline.registry.v1.calibration_service_pb2_grpc import CalibrationServiceStub
from throughline.registry.v1.canvas_service_pb2_grpc import CanvasServiceStub
from throughline.registry.v1.card_service_pb2_grpc import CardServiceStub
from throughline.registry.v1.deployment_service_pb2_grpc import DeploymentServiceStub
from throughline.registry.v1.gate_service_pb2_grpc import GateServiceStub
from throughline.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from throughline.registry.v1.release_service_pb2_grpc import ReleaseServiceStub
from throughline.registry.v1.rollout_service_pb2_grpc import RolloutServiceStub
from throughline.registry.v1.webhook_service_pb2_grpc import WebhookServiceStub
from throughline.tracking.v1.dataset_service_pb2_grpc import DatasetServiceStub
from throughline.tracking.v1.file_service_pb2_grpc import FileServiceStub
from throughline.tracking.v1.logged_model_service_pb2_grpc import LoggedModelServiceStub
from throughline.tracking.v1.study_service_pb2_grpc import StudyServiceStub
from throughline.tracking.v1.tracking_service_pb2_grpc import TrackingServiceStub
from throughline.type.v1.operation_pb2_grpc import OperationServiceStub
from throughline.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from throughline_client.errors import Translating

if TYPE_CHECKING:
    from inference.open_inference_pb2_grpc import GRPCInferenceServiceStub

DEADLINE_S = 30.0
"""Deadline of a call that names none, in seconds."""


@dataclass(frozen=True)
class Connection:
    """The services as one caller sees them. Use it as a context manager, or call `close`.

    Every call fails with ThroughlineError, which carries the stable reason and the fields at fault.
    """

    project: str
    channel: grpc.Channel
    calls: Translating
    tracking: TrackingServiceStub
    artifacts: ArtifactServiceStub
    lineage: LineageServiceStub
    registry: RegistryServiceStub
    releases: ReleaseServiceStub
    deployments: DeploymentServiceStub
    features: FeatureStoreServiceStub
    data_versions: DataVersionServiceStub
    definitions: DefinitionServiceStub
    transforms: TransformServiceStub
    freshness: FreshnessServiceStub
    necessity: NecessityServiceStub
    online: OnlineServiceStub
    privacy: PrivacyServiceStub
    skew: SkewServiceStub
    validation: ValidationServiceStub
    inference: InferenceServiceStub
    batches: BatchPredictionServiceStub
    sealed_logs: SealedLogServiceStub
    operations: OperationServiceStub
    datasets: DatasetServiceStub
    files: FileServiceStub
    logged_models: LoggedModelServiceStub
    studies: StudyServiceStub
    rollouts: RolloutServiceStub
    webhooks: WebhookServiceStub
    gates: GateServiceStub
    canvases: CanvasServiceStub
    calibrations: CalibrationServiceStub
    cards: CardServiceStub

    @property
    def parent(self) -> str:
        """Name of the project, as requests take it: `projects/{project}`."""
        return f"projects/{self.project}"

    @property
    def open_inference(self) -> GRPCInferenceServiceStub:
        """The Open Inference Protocol.

        Loaded when it is first asked for: its messages cannot be in one process with those that another client of the
        protocol, such as tritonclient, brings along under the same names.
        """
        from inference.open_inference_pb2_grpc import GRPCInferenceServiceStub

        return GRPCInferenceServiceStub(self.channel)

    def close(self) -> None:
        self.calls.closed = True
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
    calls = Translating(metadata, DEADLINE_S)
    channel = grpc.intercept_channel(plain, calls)
    return Connection(
        project=project,
        channel=channel,
        calls=calls,
        tracking=TrackingServiceStub(channel),
        artifacts=ArtifactServiceStub(channel),
        lineage=LineageServiceStub(channel),
        registry=RegistryServiceStub(channel),
        releases=ReleaseServiceStub(channel),
        deployments=DeploymentServiceStub(channel),
        features=FeatureStoreServiceStub(channel),
        data_versions=DataVersionServiceStub(channel),
        definitions=DefinitionServiceStub(channel),
        transforms=TransformServiceStub(channel),
        freshness=FreshnessServiceStub(channel),
        necessity=NecessityServiceStub(channel),
        online=OnlineServiceStub(channel),
        privacy=PrivacyServiceStub(channel),
        skew=SkewServiceStub(channel),
        validation=ValidationServiceStub(channel),
        inference=InferenceServiceStub(channel),
        batches=BatchPredictionServiceStub(channel),
        sealed_logs=SealedLogServiceStub(channel),
        operations=OperationServiceStub(channel),
        datasets=DatasetServiceStub(channel),
        files=FileServiceStub(channel),
        logged_models=LoggedModelServiceStub(channel),
        studies=StudyServiceStub(channel),
        rollouts=RolloutServiceStub(channel),
        webhooks=WebhookServiceStub(channel),
        gates=GateServiceStub(channel),
        canvases=CanvasServiceStub(channel),
        calibrations=CalibrationServiceStub(channel),
        cards=CardServiceStub(channel),
    )


def _is_loopback(target: str) -> bool:
    host = target.rsplit(":", 1)[0].strip("[]")
    if host == "localhost":
        return True
    # Only an address can be trusted to be what it looks like: `127.example.com` is a name.
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
