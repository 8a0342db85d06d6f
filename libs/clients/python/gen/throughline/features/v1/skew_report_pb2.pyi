import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import prediction_log_pb2 as _prediction_log_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SkewCauseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SKEW_CAUSE_KIND_UNSPECIFIED: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_LATE_DATA: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_TAKEN_BACK: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_NOT_ONLINE: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_VIEW_CHANGED: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_OLDER_DATA: _ClassVar[SkewCauseKind]
    SKEW_CAUSE_KIND_UNKNOWN: _ClassVar[SkewCauseKind]
SKEW_CAUSE_KIND_UNSPECIFIED: SkewCauseKind
SKEW_CAUSE_KIND_LATE_DATA: SkewCauseKind
SKEW_CAUSE_KIND_TAKEN_BACK: SkewCauseKind
SKEW_CAUSE_KIND_NOT_ONLINE: SkewCauseKind
SKEW_CAUSE_KIND_VIEW_CHANGED: SkewCauseKind
SKEW_CAUSE_KIND_OLDER_DATA: SkewCauseKind
SKEW_CAUSE_KIND_UNKNOWN: SkewCauseKind

class SkewReport(_message.Message):
    __slots__ = ("name", "digest", "size_bytes", "deployment", "start_time", "end_time", "release", "known_by", "feature_service", "feature_service_version", "served_feature_service_version", "data_version", "row_count", "differing_row_count", "features", "uncompared_features", "notes", "releases", "log_segments", "predictions_digest", "left_out", "actor", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVED_FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERING_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    UNCOMPARED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    LOG_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    size_bytes: int
    deployment: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    release: str
    known_by: _timestamp_pb2.Timestamp
    feature_service: str
    feature_service_version: int
    served_feature_service_version: int
    data_version: int
    row_count: int
    differing_row_count: int
    features: _containers.RepeatedCompositeFieldContainer[FeatureSkew]
    uncompared_features: _containers.RepeatedScalarFieldContainer[str]
    notes: _containers.RepeatedScalarFieldContainer[str]
    releases: _containers.RepeatedCompositeFieldContainer[_prediction_log_pb2.AnsweringRelease]
    log_segments: _containers.RepeatedCompositeFieldContainer[_prediction_log_pb2.LogSegment]
    predictions_digest: str
    left_out: _prediction_log_pb2.LeftOutPredictions
    actor: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., deployment: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release: _Optional[str] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., served_feature_service_version: _Optional[int] = ..., data_version: _Optional[int] = ..., row_count: _Optional[int] = ..., differing_row_count: _Optional[int] = ..., features: _Optional[_Iterable[_Union[FeatureSkew, _Mapping]]] = ..., uncompared_features: _Optional[_Iterable[str]] = ..., notes: _Optional[_Iterable[str]] = ..., releases: _Optional[_Iterable[_Union[_prediction_log_pb2.AnsweringRelease, _Mapping]]] = ..., log_segments: _Optional[_Iterable[_Union[_prediction_log_pb2.LogSegment, _Mapping]]] = ..., predictions_digest: _Optional[str] = ..., left_out: _Optional[_Union[_prediction_log_pb2.LeftOutPredictions, _Mapping]] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FeatureSkew(_message.Message):
    __slots__ = ("feature", "view", "view_version", "served_view_version", "differing_count", "served_missing_count", "joined_missing_count", "absolute_difference_max", "absolute_difference_mean", "examples", "distances", "causes", "examined_row_count")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVED_VIEW_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIFFERING_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVED_MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    JOINED_MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_DIFFERENCE_MAX_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_DIFFERENCE_MEAN_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    DISTANCES_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    EXAMINED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    feature: str
    view: str
    view_version: int
    served_view_version: int
    differing_count: int
    served_missing_count: int
    joined_missing_count: int
    absolute_difference_max: float
    absolute_difference_mean: float
    examples: _containers.RepeatedCompositeFieldContainer[SkewExample]
    distances: DistributionDistances
    causes: _containers.RepeatedCompositeFieldContainer[SkewCause]
    examined_row_count: int
    def __init__(self, feature: _Optional[str] = ..., view: _Optional[str] = ..., view_version: _Optional[int] = ..., served_view_version: _Optional[int] = ..., differing_count: _Optional[int] = ..., served_missing_count: _Optional[int] = ..., joined_missing_count: _Optional[int] = ..., absolute_difference_max: _Optional[float] = ..., absolute_difference_mean: _Optional[float] = ..., examples: _Optional[_Iterable[_Union[SkewExample, _Mapping]]] = ..., distances: _Optional[_Union[DistributionDistances, _Mapping]] = ..., causes: _Optional[_Iterable[_Union[SkewCause, _Mapping]]] = ..., examined_row_count: _Optional[int] = ...) -> None: ...

class SkewExample(_message.Message):
    __slots__ = ("prediction", "as_of", "served", "joined")
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    SERVED_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    prediction: str
    as_of: _timestamp_pb2.Timestamp
    served: _value_pb2.Value
    joined: _value_pb2.Value
    def __init__(self, prediction: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., served: _Optional[_Union[_value_pb2.Value, _Mapping]] = ..., joined: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...

class DistributionDistances(_message.Message):
    __slots__ = ("jensen_shannon", "population_stability", "wasserstein", "l_infinity")
    JENSEN_SHANNON_FIELD_NUMBER: _ClassVar[int]
    POPULATION_STABILITY_FIELD_NUMBER: _ClassVar[int]
    WASSERSTEIN_FIELD_NUMBER: _ClassVar[int]
    L_INFINITY_FIELD_NUMBER: _ClassVar[int]
    jensen_shannon: float
    population_stability: float
    wasserstein: float
    l_infinity: float
    def __init__(self, jensen_shannon: _Optional[float] = ..., population_stability: _Optional[float] = ..., wasserstein: _Optional[float] = ..., l_infinity: _Optional[float] = ...) -> None: ...

class SkewCause(_message.Message):
    __slots__ = ("kind", "description", "row_count", "data_versions")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    kind: SkewCauseKind
    description: str
    row_count: int
    data_versions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kind: _Optional[_Union[SkewCauseKind, str]] = ..., description: _Optional[str] = ..., row_count: _Optional[int] = ..., data_versions: _Optional[_Iterable[int]] = ...) -> None: ...
