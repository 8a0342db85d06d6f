import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.registry.v1 import model_pb2 as _model_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Release(_message.Message):
    __slots__ = ("name", "digest", "manifest", "description", "actor", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    manifest: ReleaseManifest
    description: str
    actor: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., manifest: _Optional[_Union[ReleaseManifest, _Mapping]] = ..., description: _Optional[str] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReleaseManifest(_message.Message):
    __slots__ = ("models", "graph", "features", "schema_digest", "baseline_statistics_digest", "certificate_digest", "calibration_digest", "thresholds")
    class ModelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ReleaseModel
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ReleaseModel, _Mapping]] = ...) -> None: ...
    class ThresholdsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODELS_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    BASELINE_STATISTICS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_DIGEST_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    models: _containers.MessageMap[str, ReleaseModel]
    graph: Graph
    features: ReleaseFeatures
    schema_digest: str
    baseline_statistics_digest: str
    certificate_digest: str
    calibration_digest: str
    thresholds: _containers.ScalarMap[str, float]
    def __init__(self, models: _Optional[_Mapping[str, ReleaseModel]] = ..., graph: _Optional[_Union[Graph, _Mapping]] = ..., features: _Optional[_Union[ReleaseFeatures, _Mapping]] = ..., schema_digest: _Optional[str] = ..., baseline_statistics_digest: _Optional[str] = ..., certificate_digest: _Optional[str] = ..., calibration_digest: _Optional[str] = ..., thresholds: _Optional[_Mapping[str, float]] = ...) -> None: ...

class ReleaseModel(_message.Message):
    __slots__ = ("model_version", "digest", "signature", "transform_fit_digest")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    model_version: str
    digest: str
    signature: _model_pb2.Signature
    transform_fit_digest: str
    def __init__(self, model_version: _Optional[str] = ..., digest: _Optional[str] = ..., signature: _Optional[_Union[_model_pb2.Signature, _Mapping]] = ..., transform_fit_digest: _Optional[str] = ...) -> None: ...

class ReleaseFeatures(_message.Message):
    __slots__ = ("feature_service", "digest", "view_versions", "features", "request_features", "feature_service_version")
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FEATURES_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    feature_service: str
    digest: str
    view_versions: _containers.ScalarMap[str, int]
    features: _containers.RepeatedScalarFieldContainer[str]
    request_features: _containers.RepeatedScalarFieldContainer[str]
    feature_service_version: int
    def __init__(self, feature_service: _Optional[str] = ..., digest: _Optional[str] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., features: _Optional[_Iterable[str]] = ..., request_features: _Optional[_Iterable[str]] = ..., feature_service_version: _Optional[int] = ...) -> None: ...

class Graph(_message.Message):
    __slots__ = ("nodes", "output_node")
    NODES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_NODE_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[GraphNode]
    output_node: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[GraphNode, _Mapping]]] = ..., output_node: _Optional[str] = ...) -> None: ...

class GraphNode(_message.Message):
    __slots__ = ("name", "model")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    name: str
    model: ModelNode
    def __init__(self, name: _Optional[str] = ..., model: _Optional[_Union[ModelNode, _Mapping]] = ...) -> None: ...

class ModelNode(_message.Message):
    __slots__ = ("input_tensor", "output_tensor", "output_column")
    INPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMN_FIELD_NUMBER: _ClassVar[int]
    input_tensor: str
    output_tensor: str
    output_column: int
    def __init__(self, input_tensor: _Optional[str] = ..., output_tensor: _Optional[str] = ..., output_column: _Optional[int] = ...) -> None: ...
