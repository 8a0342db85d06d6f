import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import online_pb2 as _online_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PredictionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PREDICTION_STATUS_UNSPECIFIED: _ClassVar[PredictionStatus]
    PREDICTION_STATUS_ANSWERED: _ClassVar[PredictionStatus]
    PREDICTION_STATUS_OUTLIER: _ClassVar[PredictionStatus]
    PREDICTION_STATUS_NO_SCORE: _ClassVar[PredictionStatus]

class CoverageAlarm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COVERAGE_ALARM_UNSPECIFIED: _ClassVar[CoverageAlarm]
    COVERAGE_ALARM_NONE: _ClassVar[CoverageAlarm]
    COVERAGE_ALARM_UNDER: _ClassVar[CoverageAlarm]
    COVERAGE_ALARM_OVER: _ClassVar[CoverageAlarm]
PREDICTION_STATUS_UNSPECIFIED: PredictionStatus
PREDICTION_STATUS_ANSWERED: PredictionStatus
PREDICTION_STATUS_OUTLIER: PredictionStatus
PREDICTION_STATUS_NO_SCORE: PredictionStatus
COVERAGE_ALARM_UNSPECIFIED: CoverageAlarm
COVERAGE_ALARM_NONE: CoverageAlarm
COVERAGE_ALARM_UNDER: CoverageAlarm
COVERAGE_ALARM_OVER: CoverageAlarm

class Prediction(_message.Message):
    __slots__ = ("name", "release", "release_digest", "score", "decisions", "features", "vector", "view_versions", "path", "entity", "as_of", "time", "log_position", "feedback", "model_versions", "choices", "absent_nodes", "gate_verdicts", "scores", "status", "node_features", "interval", "label_set", "calibration_group", "payload", "release_propensity")
    class DecisionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: bool = ...) -> None: ...
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class EntityEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...
    class ModelVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    ABSENT_NODES_FIELD_NUMBER: _ClassVar[int]
    GATE_VERDICTS_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    NODE_FEATURES_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    LABEL_SET_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_GROUP_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    RELEASE_PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    release: str
    release_digest: str
    score: float
    decisions: _containers.ScalarMap[str, bool]
    features: _containers.RepeatedScalarFieldContainer[str]
    vector: _online_pb2.FeatureVector
    view_versions: _containers.ScalarMap[str, int]
    path: _containers.RepeatedScalarFieldContainer[str]
    entity: _containers.MessageMap[str, _value_pb2.Value]
    as_of: _timestamp_pb2.Timestamp
    time: _timestamp_pb2.Timestamp
    log_position: LogPosition
    feedback: Feedback
    model_versions: _containers.ScalarMap[str, str]
    choices: _containers.RepeatedCompositeFieldContainer[GraphChoice]
    absent_nodes: _containers.RepeatedCompositeFieldContainer[AbsentNode]
    gate_verdicts: _containers.RepeatedCompositeFieldContainer[GateVerdict]
    scores: _containers.RepeatedScalarFieldContainer[float]
    status: PredictionStatus
    node_features: _containers.RepeatedCompositeFieldContainer[NodeFeatures]
    interval: _value_pb2.Interval
    label_set: _containers.RepeatedScalarFieldContainer[str]
    calibration_group: str
    payload: PayloadReference
    release_propensity: float
    def __init__(self, name: _Optional[str] = ..., release: _Optional[str] = ..., release_digest: _Optional[str] = ..., score: _Optional[float] = ..., decisions: _Optional[_Mapping[str, bool]] = ..., features: _Optional[_Iterable[str]] = ..., vector: _Optional[_Union[_online_pb2.FeatureVector, _Mapping]] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., path: _Optional[_Iterable[str]] = ..., entity: _Optional[_Mapping[str, _value_pb2.Value]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., log_position: _Optional[_Union[LogPosition, _Mapping]] = ..., feedback: _Optional[_Union[Feedback, _Mapping]] = ..., model_versions: _Optional[_Mapping[str, str]] = ..., choices: _Optional[_Iterable[_Union[GraphChoice, _Mapping]]] = ..., absent_nodes: _Optional[_Iterable[_Union[AbsentNode, _Mapping]]] = ..., gate_verdicts: _Optional[_Iterable[_Union[GateVerdict, _Mapping]]] = ..., scores: _Optional[_Iterable[float]] = ..., status: _Optional[_Union[PredictionStatus, str]] = ..., node_features: _Optional[_Iterable[_Union[NodeFeatures, _Mapping]]] = ..., interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., label_set: _Optional[_Iterable[str]] = ..., calibration_group: _Optional[str] = ..., payload: _Optional[_Union[PayloadReference, _Mapping]] = ..., release_propensity: _Optional[float] = ...) -> None: ...

class PayloadReference(_message.Message):
    __slots__ = ("digest", "size_bytes")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    digest: str
    size_bytes: int
    def __init__(self, digest: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class GraphChoice(_message.Message):
    __slots__ = ("node", "branch", "propensity", "fallback")
    NODE_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_FIELD_NUMBER: _ClassVar[int]
    node: str
    branch: str
    propensity: float
    fallback: bool
    def __init__(self, node: _Optional[str] = ..., branch: _Optional[str] = ..., propensity: _Optional[float] = ..., fallback: bool = ...) -> None: ...

class AbsentNode(_message.Message):
    __slots__ = ("node", "reason")
    NODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    node: str
    reason: str
    def __init__(self, node: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GateVerdict(_message.Message):
    __slots__ = ("node", "score", "limit", "outlier")
    NODE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_FIELD_NUMBER: _ClassVar[int]
    node: str
    score: float
    limit: float
    outlier: bool
    def __init__(self, node: _Optional[str] = ..., score: _Optional[float] = ..., limit: _Optional[float] = ..., outlier: bool = ...) -> None: ...

class NodeFeatures(_message.Message):
    __slots__ = ("node", "feature_service", "feature_service_version", "view_versions", "features", "vector")
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    NODE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    node: str
    feature_service: str
    feature_service_version: int
    view_versions: _containers.ScalarMap[str, int]
    features: _containers.RepeatedScalarFieldContainer[str]
    vector: _online_pb2.FeatureVector
    def __init__(self, node: _Optional[str] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., features: _Optional[_Iterable[str]] = ..., vector: _Optional[_Union[_online_pb2.FeatureVector, _Mapping]] = ...) -> None: ...

class ShadowPrediction(_message.Message):
    __slots__ = ("prediction", "release", "node", "scores", "failure", "as_of", "time", "latency_ms", "log_position", "interval", "label_set", "calibration_group")
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    LABEL_SET_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_GROUP_FIELD_NUMBER: _ClassVar[int]
    prediction: str
    release: str
    node: str
    scores: _containers.RepeatedScalarFieldContainer[float]
    failure: str
    as_of: _timestamp_pb2.Timestamp
    time: _timestamp_pb2.Timestamp
    latency_ms: float
    log_position: LogPosition
    interval: _value_pb2.Interval
    label_set: _containers.RepeatedScalarFieldContainer[str]
    calibration_group: str
    def __init__(self, prediction: _Optional[str] = ..., release: _Optional[str] = ..., node: _Optional[str] = ..., scores: _Optional[_Iterable[float]] = ..., failure: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., latency_ms: _Optional[float] = ..., log_position: _Optional[_Union[LogPosition, _Mapping]] = ..., interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., label_set: _Optional[_Iterable[str]] = ..., calibration_group: _Optional[str] = ...) -> None: ...

class LogPosition(_message.Message):
    __slots__ = ("segment", "offset")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    segment: str
    offset: int
    def __init__(self, segment: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class Feedback(_message.Message):
    __slots__ = ("prediction", "actual", "actual_time", "revision", "reward")
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    prediction: str
    actual: float
    actual_time: _timestamp_pb2.Timestamp
    revision: int
    reward: float
    def __init__(self, prediction: _Optional[str] = ..., actual: _Optional[float] = ..., actual_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., reward: _Optional[float] = ...) -> None: ...

class ReleaseMetrics(_message.Message):
    __slots__ = ("release", "prediction_count", "feedback_count", "mean_score", "mean_actual", "log_loss", "brier", "auc", "auc_interval", "latency_ms_p50", "latency_ms_p99", "error_count", "outlier_count", "coverage", "group_coverage", "logged_count")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    MEAN_ACTUAL_FIELD_NUMBER: _ClassVar[int]
    LOG_LOSS_FIELD_NUMBER: _ClassVar[int]
    BRIER_FIELD_NUMBER: _ClassVar[int]
    AUC_FIELD_NUMBER: _ClassVar[int]
    AUC_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_P50_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_P99_FIELD_NUMBER: _ClassVar[int]
    ERROR_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_COUNT_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    GROUP_COVERAGE_FIELD_NUMBER: _ClassVar[int]
    LOGGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    release: str
    prediction_count: int
    feedback_count: int
    mean_score: float
    mean_actual: float
    log_loss: float
    brier: float
    auc: float
    auc_interval: _value_pb2.Interval
    latency_ms_p50: float
    latency_ms_p99: float
    error_count: int
    outlier_count: int
    coverage: CalibrationCoverage
    group_coverage: _containers.RepeatedCompositeFieldContainer[CalibrationCoverage]
    logged_count: int
    def __init__(self, release: _Optional[str] = ..., prediction_count: _Optional[int] = ..., feedback_count: _Optional[int] = ..., mean_score: _Optional[float] = ..., mean_actual: _Optional[float] = ..., log_loss: _Optional[float] = ..., brier: _Optional[float] = ..., auc: _Optional[float] = ..., auc_interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., latency_ms_p50: _Optional[float] = ..., latency_ms_p99: _Optional[float] = ..., error_count: _Optional[int] = ..., outlier_count: _Optional[int] = ..., coverage: _Optional[_Union[CalibrationCoverage, _Mapping]] = ..., group_coverage: _Optional[_Iterable[_Union[CalibrationCoverage, _Mapping]]] = ..., logged_count: _Optional[int] = ...) -> None: ...

class CalibrationCoverage(_message.Message):
    __slots__ = ("group", "row_count", "covered_count", "interval", "promised", "alarm")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    PROMISED_FIELD_NUMBER: _ClassVar[int]
    ALARM_FIELD_NUMBER: _ClassVar[int]
    group: str
    row_count: int
    covered_count: int
    interval: _value_pb2.Interval
    promised: _value_pb2.Interval
    alarm: CoverageAlarm
    def __init__(self, group: _Optional[str] = ..., row_count: _Optional[int] = ..., covered_count: _Optional[int] = ..., interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., promised: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., alarm: _Optional[_Union[CoverageAlarm, str]] = ...) -> None: ...

class MirrorMetrics(_message.Message):
    __slots__ = ("answered_count", "failed_count", "dropped_count")
    ANSWERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    answered_count: int
    failed_count: int
    dropped_count: int
    def __init__(self, answered_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., dropped_count: _Optional[int] = ...) -> None: ...
