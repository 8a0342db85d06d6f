import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import online_pb2 as _online_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Prediction(_message.Message):
    __slots__ = ("name", "release", "release_digest", "score", "decisions", "features", "vector", "view_versions", "path", "entity", "as_of", "time", "log_position", "feedback")
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
    def __init__(self, name: _Optional[str] = ..., release: _Optional[str] = ..., release_digest: _Optional[str] = ..., score: _Optional[float] = ..., decisions: _Optional[_Mapping[str, bool]] = ..., features: _Optional[_Iterable[str]] = ..., vector: _Optional[_Union[_online_pb2.FeatureVector, _Mapping]] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., path: _Optional[_Iterable[str]] = ..., entity: _Optional[_Mapping[str, _value_pb2.Value]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., log_position: _Optional[_Union[LogPosition, _Mapping]] = ..., feedback: _Optional[_Union[Feedback, _Mapping]] = ...) -> None: ...

class LogPosition(_message.Message):
    __slots__ = ("segment", "offset")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    segment: str
    offset: int
    def __init__(self, segment: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class Feedback(_message.Message):
    __slots__ = ("prediction", "actual", "actual_time", "revision")
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    prediction: str
    actual: float
    actual_time: _timestamp_pb2.Timestamp
    revision: int
    def __init__(self, prediction: _Optional[str] = ..., actual: _Optional[float] = ..., actual_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ReleaseMetrics(_message.Message):
    __slots__ = ("release", "prediction_count", "feedback_count", "mean_score", "mean_actual", "log_loss", "brier", "auc", "auc_interval", "latency_ms_p50", "latency_ms_p99", "error_count")
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
    def __init__(self, release: _Optional[str] = ..., prediction_count: _Optional[int] = ..., feedback_count: _Optional[int] = ..., mean_score: _Optional[float] = ..., mean_actual: _Optional[float] = ..., log_loss: _Optional[float] = ..., brier: _Optional[float] = ..., auc: _Optional[float] = ..., auc_interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., latency_ms_p50: _Optional[float] = ..., latency_ms_p99: _Optional[float] = ..., error_count: _Optional[int] = ...) -> None: ...
