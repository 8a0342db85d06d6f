import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import online_pb2 as _online_pb2
from throughline.inference.v1 import prediction_pb2 as _prediction_pb2
from throughline.inference.v1 import replay_pb2 as _replay_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RequestPriority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUEST_PRIORITY_UNSPECIFIED: _ClassVar[RequestPriority]
    REQUEST_PRIORITY_LOW: _ClassVar[RequestPriority]
    REQUEST_PRIORITY_NORMAL: _ClassVar[RequestPriority]
    REQUEST_PRIORITY_HIGH: _ClassVar[RequestPriority]
REQUEST_PRIORITY_UNSPECIFIED: RequestPriority
REQUEST_PRIORITY_LOW: RequestPriority
REQUEST_PRIORITY_NORMAL: RequestPriority
REQUEST_PRIORITY_HIGH: RequestPriority

class PredictRequest(_message.Message):
    __slots__ = ("deployment", "entity", "as_of", "request_id", "priority")
    class EntityEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    entity: _containers.MessageMap[str, _value_pb2.Value]
    as_of: _timestamp_pb2.Timestamp
    request_id: str
    priority: RequestPriority
    def __init__(self, deployment: _Optional[str] = ..., entity: _Optional[_Mapping[str, _value_pb2.Value]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., priority: _Optional[_Union[RequestPriority, str]] = ...) -> None: ...

class PredictResponse(_message.Message):
    __slots__ = ("prediction", "score", "decisions", "release", "release_digest", "view_versions", "path", "absent_features", "log_position", "row_digest", "model_versions", "choices", "absent_nodes", "gate_verdicts", "scores", "status", "node_features", "interval", "label_set", "calibration_group", "not_sampled", "release_propensity")
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
    class AbsentFeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _online_pb2.FeatureStatus
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_online_pb2.FeatureStatus, str]] = ...) -> None: ...
    class ModelVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FEATURES_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITION_FIELD_NUMBER: _ClassVar[int]
    ROW_DIGEST_FIELD_NUMBER: _ClassVar[int]
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
    NOT_SAMPLED_FIELD_NUMBER: _ClassVar[int]
    RELEASE_PROPENSITY_FIELD_NUMBER: _ClassVar[int]
    prediction: str
    score: float
    decisions: _containers.ScalarMap[str, bool]
    release: str
    release_digest: str
    view_versions: _containers.ScalarMap[str, int]
    path: _containers.RepeatedScalarFieldContainer[str]
    absent_features: _containers.ScalarMap[str, _online_pb2.FeatureStatus]
    log_position: _prediction_pb2.LogPosition
    row_digest: str
    model_versions: _containers.ScalarMap[str, str]
    choices: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.GraphChoice]
    absent_nodes: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.AbsentNode]
    gate_verdicts: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.GateVerdict]
    scores: _containers.RepeatedScalarFieldContainer[float]
    status: _prediction_pb2.PredictionStatus
    node_features: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.NodeFeatures]
    interval: _value_pb2.Interval
    label_set: _containers.RepeatedScalarFieldContainer[str]
    calibration_group: str
    not_sampled: bool
    release_propensity: float
    def __init__(self, prediction: _Optional[str] = ..., score: _Optional[float] = ..., decisions: _Optional[_Mapping[str, bool]] = ..., release: _Optional[str] = ..., release_digest: _Optional[str] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., path: _Optional[_Iterable[str]] = ..., absent_features: _Optional[_Mapping[str, _online_pb2.FeatureStatus]] = ..., log_position: _Optional[_Union[_prediction_pb2.LogPosition, _Mapping]] = ..., row_digest: _Optional[str] = ..., model_versions: _Optional[_Mapping[str, str]] = ..., choices: _Optional[_Iterable[_Union[_prediction_pb2.GraphChoice, _Mapping]]] = ..., absent_nodes: _Optional[_Iterable[_Union[_prediction_pb2.AbsentNode, _Mapping]]] = ..., gate_verdicts: _Optional[_Iterable[_Union[_prediction_pb2.GateVerdict, _Mapping]]] = ..., scores: _Optional[_Iterable[float]] = ..., status: _Optional[_Union[_prediction_pb2.PredictionStatus, str]] = ..., node_features: _Optional[_Iterable[_Union[_prediction_pb2.NodeFeatures, _Mapping]]] = ..., interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ..., label_set: _Optional[_Iterable[str]] = ..., calibration_group: _Optional[str] = ..., not_sampled: bool = ..., release_propensity: _Optional[float] = ...) -> None: ...

class PredictRowsRequest(_message.Message):
    __slots__ = ("deployment", "rows", "as_of", "request_id", "priority")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    rows: _containers.RepeatedCompositeFieldContainer[PredictRow]
    as_of: _timestamp_pb2.Timestamp
    request_id: str
    priority: RequestPriority
    def __init__(self, deployment: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[PredictRow, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ..., priority: _Optional[_Union[RequestPriority, str]] = ...) -> None: ...

class PredictRow(_message.Message):
    __slots__ = ("entity",)
    class EntityEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: _containers.MessageMap[str, _value_pb2.Value]
    def __init__(self, entity: _Optional[_Mapping[str, _value_pb2.Value]] = ...) -> None: ...

class PredictRowsResponse(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[PredictedRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[PredictedRow, _Mapping]]] = ...) -> None: ...

class PredictedRow(_message.Message):
    __slots__ = ("answer", "problem")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    answer: PredictResponse
    problem: RowProblem
    def __init__(self, answer: _Optional[_Union[PredictResponse, _Mapping]] = ..., problem: _Optional[_Union[RowProblem, _Mapping]] = ...) -> None: ...

class RowProblem(_message.Message):
    __slots__ = ("code", "reason", "message", "retry_delay")
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_DELAY_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: str
    message: str
    retry_delay: _duration_pb2.Duration
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., retry_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetPredictionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetPredictionResponse(_message.Message):
    __slots__ = ("prediction",)
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    prediction: _prediction_pb2.Prediction
    def __init__(self, prediction: _Optional[_Union[_prediction_pb2.Prediction, _Mapping]] = ...) -> None: ...

class ListPredictionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPredictionsResponse(_message.Message):
    __slots__ = ("predictions", "next_page_token")
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    predictions: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.Prediction]
    next_page_token: str
    def __init__(self, predictions: _Optional[_Iterable[_Union[_prediction_pb2.Prediction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListShadowPredictionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListShadowPredictionsResponse(_message.Message):
    __slots__ = ("shadow_predictions", "next_page_token")
    SHADOW_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    shadow_predictions: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.ShadowPrediction]
    next_page_token: str
    def __init__(self, shadow_predictions: _Optional[_Iterable[_Union[_prediction_pb2.ShadowPrediction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SendFeedbackRequest(_message.Message):
    __slots__ = ("deployment", "feedback")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    feedback: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.Feedback]
    def __init__(self, deployment: _Optional[str] = ..., feedback: _Optional[_Iterable[_Union[_prediction_pb2.Feedback, _Mapping]]] = ...) -> None: ...

class SendFeedbackResponse(_message.Message):
    __slots__ = ("new_count", "corrected_count", "unchanged_count")
    NEW_COUNT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    new_count: int
    corrected_count: int
    unchanged_count: int
    def __init__(self, new_count: _Optional[int] = ..., corrected_count: _Optional[int] = ..., unchanged_count: _Optional[int] = ...) -> None: ...

class GetDeploymentMetricsRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class GetDeploymentMetricsResponse(_message.Message):
    __slots__ = ("releases", "mirror")
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    MIRROR_FIELD_NUMBER: _ClassVar[int]
    releases: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.ReleaseMetrics]
    mirror: _prediction_pb2.MirrorMetrics
    def __init__(self, releases: _Optional[_Iterable[_Union[_prediction_pb2.ReleaseMetrics, _Mapping]]] = ..., mirror: _Optional[_Union[_prediction_pb2.MirrorMetrics, _Mapping]] = ...) -> None: ...

class WatchDeploymentMetricsRequest(_message.Message):
    __slots__ = ("deployment",)
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    def __init__(self, deployment: _Optional[str] = ...) -> None: ...

class WatchDeploymentMetricsResponse(_message.Message):
    __slots__ = ("releases",)
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    releases: _containers.RepeatedCompositeFieldContainer[_prediction_pb2.ReleaseMetrics]
    def __init__(self, releases: _Optional[_Iterable[_Union[_prediction_pb2.ReleaseMetrics, _Mapping]]] = ...) -> None: ...

class ExportPredictionsRequest(_message.Message):
    __slots__ = ("deployment", "start_time", "end_time", "release", "request_id", "known_by", "label_delay", "labeled_only", "by_entity")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_FIELD_NUMBER: _ClassVar[int]
    LABELED_ONLY_FIELD_NUMBER: _ClassVar[int]
    BY_ENTITY_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    release: str
    request_id: str
    known_by: _timestamp_pb2.Timestamp
    label_delay: _duration_pb2.Duration
    labeled_only: bool
    by_entity: bool
    def __init__(self, deployment: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release: _Optional[str] = ..., request_id: _Optional[str] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., label_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., labeled_only: bool = ..., by_entity: bool = ...) -> None: ...

class ExportPredictionsResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class ExportPredictionsResult(_message.Message):
    __slots__ = ("digest", "row_count", "rows_digest", "known_by", "features", "feature_columns", "releases", "segments", "labeled_count", "without_entity_count", "later_as_of_count", "without_label_count", "not_sampled_count")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    FEATURE_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    LABELED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_ENTITY_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATER_AS_OF_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    NOT_SAMPLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    rows_digest: str
    known_by: _timestamp_pb2.Timestamp
    features: _containers.RepeatedScalarFieldContainer[str]
    feature_columns: _containers.RepeatedScalarFieldContainer[str]
    releases: _containers.RepeatedCompositeFieldContainer[ExportedRelease]
    segments: _containers.RepeatedCompositeFieldContainer[ExportedSegment]
    labeled_count: int
    without_entity_count: int
    later_as_of_count: int
    without_label_count: int
    not_sampled_count: int
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., rows_digest: _Optional[str] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., features: _Optional[_Iterable[str]] = ..., feature_columns: _Optional[_Iterable[str]] = ..., releases: _Optional[_Iterable[_Union[ExportedRelease, _Mapping]]] = ..., segments: _Optional[_Iterable[_Union[ExportedSegment, _Mapping]]] = ..., labeled_count: _Optional[int] = ..., without_entity_count: _Optional[int] = ..., later_as_of_count: _Optional[int] = ..., without_label_count: _Optional[int] = ..., not_sampled_count: _Optional[int] = ...) -> None: ...

class ExportedRelease(_message.Message):
    __slots__ = ("release", "digest", "row_count", "feature_service", "feature_service_version", "feature_service_digest", "view_versions", "model_versions")
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class ModelVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    release: str
    digest: str
    row_count: int
    feature_service: str
    feature_service_version: int
    feature_service_digest: str
    view_versions: _containers.ScalarMap[str, int]
    model_versions: _containers.ScalarMap[str, str]
    def __init__(self, release: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., feature_service_digest: _Optional[str] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., model_versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ExportedSegment(_message.Message):
    __slots__ = ("segment", "digest", "row_count")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    segment: str
    digest: str
    row_count: int
    def __init__(self, segment: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...
