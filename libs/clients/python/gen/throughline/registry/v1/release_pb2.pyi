import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.registry.v1 import model_pb2 as _model_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Dependency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEPENDENCY_UNSPECIFIED: _ClassVar[Dependency]
    DEPENDENCY_HARD: _ClassVar[Dependency]
    DEPENDENCY_SOFT: _ClassVar[Dependency]

class ColumnType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLUMN_TYPE_UNSPECIFIED: _ClassVar[ColumnType]
    COLUMN_TYPE_DOUBLE: _ClassVar[ColumnType]
    COLUMN_TYPE_INT: _ClassVar[ColumnType]
    COLUMN_TYPE_BOOL: _ClassVar[ColumnType]
    COLUMN_TYPE_STRING: _ClassVar[ColumnType]

class CombineMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMBINE_METHOD_UNSPECIFIED: _ClassVar[CombineMethod]
    COMBINE_METHOD_MEAN: _ClassVar[CombineMethod]
    COMBINE_METHOD_WEIGHTED: _ClassVar[CombineMethod]
    COMBINE_METHOD_VOTE: _ClassVar[CombineMethod]
    COMBINE_METHOD_EXPRESSION: _ClassVar[CombineMethod]

class ArmPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARM_POLICY_UNSPECIFIED: _ClassVar[ArmPolicy]
    ARM_POLICY_EPSILON_GREEDY: _ClassVar[ArmPolicy]
    ARM_POLICY_UCB1: _ClassVar[ArmPolicy]
    ARM_POLICY_THOMPSON_BERNOULLI: _ClassVar[ArmPolicy]
    ARM_POLICY_THOMPSON_GAUSSIAN: _ClassVar[ArmPolicy]
    ARM_POLICY_LINEAR_THOMPSON: _ClassVar[ArmPolicy]
DEPENDENCY_UNSPECIFIED: Dependency
DEPENDENCY_HARD: Dependency
DEPENDENCY_SOFT: Dependency
COLUMN_TYPE_UNSPECIFIED: ColumnType
COLUMN_TYPE_DOUBLE: ColumnType
COLUMN_TYPE_INT: ColumnType
COLUMN_TYPE_BOOL: ColumnType
COLUMN_TYPE_STRING: ColumnType
COMBINE_METHOD_UNSPECIFIED: CombineMethod
COMBINE_METHOD_MEAN: CombineMethod
COMBINE_METHOD_WEIGHTED: CombineMethod
COMBINE_METHOD_VOTE: CombineMethod
COMBINE_METHOD_EXPRESSION: CombineMethod
ARM_POLICY_UNSPECIFIED: ArmPolicy
ARM_POLICY_EPSILON_GREEDY: ArmPolicy
ARM_POLICY_UCB1: ArmPolicy
ARM_POLICY_THOMPSON_BERNOULLI: ArmPolicy
ARM_POLICY_THOMPSON_GAUSSIAN: ArmPolicy
ARM_POLICY_LINEAR_THOMPSON: ArmPolicy

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
    __slots__ = ("name", "model", "transform", "enrich", "combine", "switch", "split", "bandit", "outlier_gate", "shadow", "cache", "deadline", "dependency")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    ENRICH_FIELD_NUMBER: _ClassVar[int]
    COMBINE_FIELD_NUMBER: _ClassVar[int]
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    BANDIT_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_GATE_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    DEPENDENCY_FIELD_NUMBER: _ClassVar[int]
    name: str
    model: ModelNode
    transform: TransformNode
    enrich: EnrichNode
    combine: CombineNode
    switch: SwitchNode
    split: SplitNode
    bandit: BanditNode
    outlier_gate: OutlierGateNode
    shadow: ShadowNode
    cache: CacheNode
    deadline: _duration_pb2.Duration
    dependency: Dependency
    def __init__(self, name: _Optional[str] = ..., model: _Optional[_Union[ModelNode, _Mapping]] = ..., transform: _Optional[_Union[TransformNode, _Mapping]] = ..., enrich: _Optional[_Union[EnrichNode, _Mapping]] = ..., combine: _Optional[_Union[CombineNode, _Mapping]] = ..., switch: _Optional[_Union[SwitchNode, _Mapping]] = ..., split: _Optional[_Union[SplitNode, _Mapping]] = ..., bandit: _Optional[_Union[BanditNode, _Mapping]] = ..., outlier_gate: _Optional[_Union[OutlierGateNode, _Mapping]] = ..., shadow: _Optional[_Union[ShadowNode, _Mapping]] = ..., cache: _Optional[_Union[CacheNode, _Mapping]] = ..., deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., dependency: _Optional[_Union[Dependency, str]] = ...) -> None: ...

class ModelNode(_message.Message):
    __slots__ = ("input_tensor", "output_tensor", "output_column", "inputs", "output_columns")
    INPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMN_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    input_tensor: str
    output_tensor: str
    output_column: int
    inputs: _containers.RepeatedScalarFieldContainer[str]
    output_columns: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, input_tensor: _Optional[str] = ..., output_tensor: _Optional[str] = ..., output_column: _Optional[int] = ..., inputs: _Optional[_Iterable[str]] = ..., output_columns: _Optional[_Iterable[int]] = ...) -> None: ...

class TransformNode(_message.Message):
    __slots__ = ("inputs", "outputs")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedScalarFieldContainer[str]
    outputs: _containers.RepeatedCompositeFieldContainer[TransformOutput]
    def __init__(self, inputs: _Optional[_Iterable[str]] = ..., outputs: _Optional[_Iterable[_Union[TransformOutput, _Mapping]]] = ...) -> None: ...

class TransformOutput(_message.Message):
    __slots__ = ("name", "expression", "type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    expression: str
    type: ColumnType
    def __init__(self, name: _Optional[str] = ..., expression: _Optional[str] = ..., type: _Optional[_Union[ColumnType, str]] = ...) -> None: ...

class EnrichNode(_message.Message):
    __slots__ = ("feature_service", "feature_service_version", "digest", "view_versions", "features", "request_features", "keys", "inputs")
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FEATURES_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    feature_service: str
    feature_service_version: int
    digest: str
    view_versions: _containers.ScalarMap[str, int]
    features: _containers.RepeatedScalarFieldContainer[str]
    request_features: _containers.RepeatedScalarFieldContainer[str]
    keys: _containers.RepeatedCompositeFieldContainer[KeyBinding]
    inputs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., digest: _Optional[str] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., features: _Optional[_Iterable[str]] = ..., request_features: _Optional[_Iterable[str]] = ..., keys: _Optional[_Iterable[_Union[KeyBinding, _Mapping]]] = ..., inputs: _Optional[_Iterable[str]] = ...) -> None: ...

class KeyBinding(_message.Message):
    __slots__ = ("key", "request_field", "column")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    key: str
    request_field: str
    column: str
    def __init__(self, key: _Optional[str] = ..., request_field: _Optional[str] = ..., column: _Optional[str] = ...) -> None: ...

class CombineNode(_message.Message):
    __slots__ = ("inputs", "method", "weights", "threshold", "expression", "fallback")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedScalarFieldContainer[str]
    method: CombineMethod
    weights: _containers.RepeatedScalarFieldContainer[float]
    threshold: float
    expression: str
    fallback: float
    def __init__(self, inputs: _Optional[_Iterable[str]] = ..., method: _Optional[_Union[CombineMethod, str]] = ..., weights: _Optional[_Iterable[float]] = ..., threshold: _Optional[float] = ..., expression: _Optional[str] = ..., fallback: _Optional[float] = ...) -> None: ...

class SwitchNode(_message.Message):
    __slots__ = ("inputs", "cases", "default_node")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_NODE_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedScalarFieldContainer[str]
    cases: _containers.RepeatedCompositeFieldContainer[SwitchCase]
    default_node: str
    def __init__(self, inputs: _Optional[_Iterable[str]] = ..., cases: _Optional[_Iterable[_Union[SwitchCase, _Mapping]]] = ..., default_node: _Optional[str] = ...) -> None: ...

class SwitchCase(_message.Message):
    __slots__ = ("condition", "node")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    condition: str
    node: str
    def __init__(self, condition: _Optional[str] = ..., node: _Optional[str] = ...) -> None: ...

class SplitNode(_message.Message):
    __slots__ = ("branches", "sticky_field", "default_node")
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    STICKY_FIELD_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_NODE_FIELD_NUMBER: _ClassVar[int]
    branches: _containers.RepeatedCompositeFieldContainer[SplitBranch]
    sticky_field: str
    default_node: str
    def __init__(self, branches: _Optional[_Iterable[_Union[SplitBranch, _Mapping]]] = ..., sticky_field: _Optional[str] = ..., default_node: _Optional[str] = ...) -> None: ...

class SplitBranch(_message.Message):
    __slots__ = ("node", "weight_basis_points")
    NODE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    node: str
    weight_basis_points: int
    def __init__(self, node: _Optional[str] = ..., weight_basis_points: _Optional[int] = ...) -> None: ...

class BanditNode(_message.Message):
    __slots__ = ("arms", "policy", "epsilon", "context_features", "reward", "default_node", "inputs")
    ARMS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_NODE_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    arms: _containers.RepeatedCompositeFieldContainer[GraphArm]
    policy: ArmPolicy
    epsilon: float
    context_features: _containers.RepeatedScalarFieldContainer[str]
    reward: str
    default_node: str
    inputs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, arms: _Optional[_Iterable[_Union[GraphArm, _Mapping]]] = ..., policy: _Optional[_Union[ArmPolicy, str]] = ..., epsilon: _Optional[float] = ..., context_features: _Optional[_Iterable[str]] = ..., reward: _Optional[str] = ..., default_node: _Optional[str] = ..., inputs: _Optional[_Iterable[str]] = ...) -> None: ...

class GraphArm(_message.Message):
    __slots__ = ("node", "floor_basis_points")
    NODE_FIELD_NUMBER: _ClassVar[int]
    FLOOR_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    node: str
    floor_basis_points: int
    def __init__(self, node: _Optional[str] = ..., floor_basis_points: _Optional[int] = ...) -> None: ...

class OutlierGateNode(_message.Message):
    __slots__ = ("inputs", "mahalanobis", "model", "false_positive_rate", "pass_node", "otherwise_node")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    MAHALANOBIS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FALSE_POSITIVE_RATE_FIELD_NUMBER: _ClassVar[int]
    PASS_NODE_FIELD_NUMBER: _ClassVar[int]
    OTHERWISE_NODE_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedScalarFieldContainer[str]
    mahalanobis: MahalanobisMethod
    model: AnomalyModelMethod
    false_positive_rate: float
    pass_node: str
    otherwise_node: str
    def __init__(self, inputs: _Optional[_Iterable[str]] = ..., mahalanobis: _Optional[_Union[MahalanobisMethod, _Mapping]] = ..., model: _Optional[_Union[AnomalyModelMethod, _Mapping]] = ..., false_positive_rate: _Optional[float] = ..., pass_node: _Optional[str] = ..., otherwise_node: _Optional[str] = ...) -> None: ...

class MahalanobisMethod(_message.Message):
    __slots__ = ("mean", "inverse_covariance", "limit")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    INVERSE_COVARIANCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    mean: _containers.RepeatedScalarFieldContainer[float]
    inverse_covariance: _containers.RepeatedScalarFieldContainer[float]
    limit: float
    def __init__(self, mean: _Optional[_Iterable[float]] = ..., inverse_covariance: _Optional[_Iterable[float]] = ..., limit: _Optional[float] = ...) -> None: ...

class AnomalyModelMethod(_message.Message):
    __slots__ = ("input_tensor", "output_tensor", "output_column", "threshold", "outlier_below")
    INPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMN_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_BELOW_FIELD_NUMBER: _ClassVar[int]
    input_tensor: str
    output_tensor: str
    output_column: int
    threshold: float
    outlier_below: bool
    def __init__(self, input_tensor: _Optional[str] = ..., output_tensor: _Optional[str] = ..., output_column: _Optional[int] = ..., threshold: _Optional[float] = ..., outlier_below: bool = ...) -> None: ...

class ShadowNode(_message.Message):
    __slots__ = ("primary_node", "mirror_nodes")
    PRIMARY_NODE_FIELD_NUMBER: _ClassVar[int]
    MIRROR_NODES_FIELD_NUMBER: _ClassVar[int]
    primary_node: str
    mirror_nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, primary_node: _Optional[str] = ..., mirror_nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class CacheNode(_message.Message):
    __slots__ = ("node", "ttl", "max_entries")
    NODE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    node: str
    ttl: _duration_pb2.Duration
    max_entries: int
    def __init__(self, node: _Optional[str] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_entries: _Optional[int] = ...) -> None: ...
