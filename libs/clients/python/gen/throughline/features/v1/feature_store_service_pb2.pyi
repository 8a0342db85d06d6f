import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import definition_pb2 as _definition_pb2
from throughline.features.v1 import online_pb2 as _online_pb2
from throughline.features.v1 import prediction_log_pb2 as _prediction_log_pb2
from throughline.features.v1 import training_set_pb2 as _training_set_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FileFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILE_FORMAT_UNSPECIFIED: _ClassVar[FileFormat]
    FILE_FORMAT_PARQUET: _ClassVar[FileFormat]
    FILE_FORMAT_CSV: _ClassVar[FileFormat]
FILE_FORMAT_UNSPECIFIED: FileFormat
FILE_FORMAT_PARQUET: FileFormat
FILE_FORMAT_CSV: FileFormat

class CreateEntityRequest(_message.Message):
    __slots__ = ("parent", "entity_id", "entity", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    entity_id: str
    entity: _definition_pb2.Entity
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., entity_id: _Optional[str] = ..., entity: _Optional[_Union[_definition_pb2.Entity, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateEntityResponse(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: _definition_pb2.Entity
    def __init__(self, entity: _Optional[_Union[_definition_pb2.Entity, _Mapping]] = ...) -> None: ...

class GetEntityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetEntityResponse(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: _definition_pb2.Entity
    def __init__(self, entity: _Optional[_Union[_definition_pb2.Entity, _Mapping]] = ...) -> None: ...

class ListEntitiesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntitiesResponse(_message.Message):
    __slots__ = ("entities", "next_page_token")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[_definition_pb2.Entity]
    next_page_token: str
    def __init__(self, entities: _Optional[_Iterable[_Union[_definition_pb2.Entity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSourceRequest(_message.Message):
    __slots__ = ("parent", "source_id", "source", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    source_id: str
    source: _definition_pb2.Source
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., source_id: _Optional[str] = ..., source: _Optional[_Union[_definition_pb2.Source, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSourceResponse(_message.Message):
    __slots__ = ("source",)
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    source: _definition_pb2.Source
    def __init__(self, source: _Optional[_Union[_definition_pb2.Source, _Mapping]] = ...) -> None: ...

class GetSourceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSourceResponse(_message.Message):
    __slots__ = ("source",)
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    source: _definition_pb2.Source
    def __init__(self, source: _Optional[_Union[_definition_pb2.Source, _Mapping]] = ...) -> None: ...

class ListSourcesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSourcesResponse(_message.Message):
    __slots__ = ("sources", "next_page_token")
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sources: _containers.RepeatedCompositeFieldContainer[_definition_pb2.Source]
    next_page_token: str
    def __init__(self, sources: _Optional[_Iterable[_Union[_definition_pb2.Source, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class LoadSourceRequest(_message.Message):
    __slots__ = ("source", "digest", "format", "request_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    source: str
    digest: str
    format: FileFormat
    request_id: str
    def __init__(self, source: _Optional[str] = ..., digest: _Optional[str] = ..., format: _Optional[_Union[FileFormat, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class LoadSourceResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class LoadSourceResult(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: _definition_pb2.Segment
    def __init__(self, segment: _Optional[_Union[_definition_pb2.Segment, _Mapping]] = ...) -> None: ...

class PushRowsRequest(_message.Message):
    __slots__ = ("source", "rows", "request_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    source: str
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    request_id: str
    def __init__(self, source: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class Row(_message.Message):
    __slots__ = ("values",)
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.MessageMap[str, _value_pb2.Value]
    def __init__(self, values: _Optional[_Mapping[str, _value_pb2.Value]] = ...) -> None: ...

class PushRowsResponse(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: _definition_pb2.Segment
    def __init__(self, segment: _Optional[_Union[_definition_pb2.Segment, _Mapping]] = ...) -> None: ...

class StreamRowsRequest(_message.Message):
    __slots__ = ("source", "stream_id", "sequence", "rows")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    source: str
    stream_id: str
    sequence: int
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    def __init__(self, source: _Optional[str] = ..., stream_id: _Optional[str] = ..., sequence: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ...) -> None: ...

class StreamRowsResponse(_message.Message):
    __slots__ = ("acknowledged_sequence", "data_version")
    ACKNOWLEDGED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    acknowledged_sequence: int
    data_version: int
    def __init__(self, acknowledged_sequence: _Optional[int] = ..., data_version: _Optional[int] = ...) -> None: ...

class ApplyFeatureViewRequest(_message.Message):
    __slots__ = ("parent", "feature_view_id", "feature_view", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_VIEW_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_VIEW_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    feature_view_id: str
    feature_view: _definition_pb2.FeatureView
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., feature_view_id: _Optional[str] = ..., feature_view: _Optional[_Union[_definition_pb2.FeatureView, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApplyFeatureViewResponse(_message.Message):
    __slots__ = ("feature_view",)
    FEATURE_VIEW_FIELD_NUMBER: _ClassVar[int]
    feature_view: _definition_pb2.FeatureView
    def __init__(self, feature_view: _Optional[_Union[_definition_pb2.FeatureView, _Mapping]] = ...) -> None: ...

class GetFeatureViewRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetFeatureViewResponse(_message.Message):
    __slots__ = ("feature_view",)
    FEATURE_VIEW_FIELD_NUMBER: _ClassVar[int]
    feature_view: _definition_pb2.FeatureView
    def __init__(self, feature_view: _Optional[_Union[_definition_pb2.FeatureView, _Mapping]] = ...) -> None: ...

class ListFeatureViewsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFeatureViewsResponse(_message.Message):
    __slots__ = ("feature_views", "next_page_token")
    FEATURE_VIEWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    feature_views: _containers.RepeatedCompositeFieldContainer[_definition_pb2.FeatureView]
    next_page_token: str
    def __init__(self, feature_views: _Optional[_Iterable[_Union[_definition_pb2.FeatureView, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApplyFeatureServiceRequest(_message.Message):
    __slots__ = ("parent", "feature_service_id", "feature_service", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    feature_service_id: str
    feature_service: _definition_pb2.FeatureService
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., feature_service_id: _Optional[str] = ..., feature_service: _Optional[_Union[_definition_pb2.FeatureService, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApplyFeatureServiceResponse(_message.Message):
    __slots__ = ("feature_service",)
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    feature_service: _definition_pb2.FeatureService
    def __init__(self, feature_service: _Optional[_Union[_definition_pb2.FeatureService, _Mapping]] = ...) -> None: ...

class GetFeatureServiceRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetFeatureServiceResponse(_message.Message):
    __slots__ = ("feature_service",)
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    feature_service: _definition_pb2.FeatureService
    def __init__(self, feature_service: _Optional[_Union[_definition_pb2.FeatureService, _Mapping]] = ...) -> None: ...

class ListFeatureServicesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFeatureServicesResponse(_message.Message):
    __slots__ = ("feature_services", "next_page_token")
    FEATURE_SERVICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    feature_services: _containers.RepeatedCompositeFieldContainer[_definition_pb2.FeatureService]
    next_page_token: str
    def __init__(self, feature_services: _Optional[_Iterable[_Union[_definition_pb2.FeatureService, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateTrainingSetRequest(_message.Message):
    __slots__ = ("parent", "feature_service", "feature_service_version", "spine_digest", "cutoff_column", "label_columns", "data_version", "certificate_seed", "certificate_row_count", "request_id", "data_tag", "purpose", "privacy_key_version", "label_time_column", "label_delay", "time_split", "prediction_log")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    SPINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_COLUMN_FIELD_NUMBER: _ClassVar[int]
    LABEL_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_SEED_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_TAG_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    PRIVACY_KEY_VERSION_FIELD_NUMBER: _ClassVar[int]
    LABEL_TIME_COLUMN_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_FIELD_NUMBER: _ClassVar[int]
    TIME_SPLIT_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_LOG_FIELD_NUMBER: _ClassVar[int]
    parent: str
    feature_service: str
    feature_service_version: int
    spine_digest: str
    cutoff_column: str
    label_columns: _containers.RepeatedScalarFieldContainer[str]
    data_version: int
    certificate_seed: int
    certificate_row_count: int
    request_id: str
    data_tag: str
    purpose: str
    privacy_key_version: int
    label_time_column: str
    label_delay: _duration_pb2.Duration
    time_split: _training_set_pb2.TimeSplit
    prediction_log: _prediction_log_pb2.PredictionLogWindow
    def __init__(self, parent: _Optional[str] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., spine_digest: _Optional[str] = ..., cutoff_column: _Optional[str] = ..., label_columns: _Optional[_Iterable[str]] = ..., data_version: _Optional[int] = ..., certificate_seed: _Optional[int] = ..., certificate_row_count: _Optional[int] = ..., request_id: _Optional[str] = ..., data_tag: _Optional[str] = ..., purpose: _Optional[str] = ..., privacy_key_version: _Optional[int] = ..., label_time_column: _Optional[str] = ..., label_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., time_split: _Optional[_Union[_training_set_pb2.TimeSplit, _Mapping]] = ..., prediction_log: _Optional[_Union[_prediction_log_pb2.PredictionLogWindow, _Mapping]] = ...) -> None: ...

class CreateTrainingSetResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class CreateTrainingSetResult(_message.Message):
    __slots__ = ("training_set",)
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    training_set: _training_set_pb2.TrainingSet
    def __init__(self, training_set: _Optional[_Union[_training_set_pb2.TrainingSet, _Mapping]] = ...) -> None: ...

class GetTrainingSetRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetTrainingSetResponse(_message.Message):
    __slots__ = ("training_set",)
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    training_set: _training_set_pb2.TrainingSet
    def __init__(self, training_set: _Optional[_Union[_training_set_pb2.TrainingSet, _Mapping]] = ...) -> None: ...

class ListTrainingSetsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTrainingSetsResponse(_message.Message):
    __slots__ = ("training_sets", "next_page_token")
    TRAINING_SETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    training_sets: _containers.RepeatedCompositeFieldContainer[_training_set_pb2.TrainingSet]
    next_page_token: str
    def __init__(self, training_sets: _Optional[_Iterable[_Union[_training_set_pb2.TrainingSet, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MaterializeRequest(_message.Message):
    __slots__ = ("feature_service", "version", "request_id")
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    feature_service: str
    version: int
    request_id: str
    def __init__(self, feature_service: _Optional[str] = ..., version: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class MaterializeResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class MaterializeResult(_message.Message):
    __slots__ = ("data_version", "entry_count")
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    data_version: int
    entry_count: int
    def __init__(self, data_version: _Optional[int] = ..., entry_count: _Optional[int] = ...) -> None: ...

class GetOnlineFeaturesRequest(_message.Message):
    __slots__ = ("feature_service", "version", "rows", "as_of", "with_details")
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    WITH_DETAILS_FIELD_NUMBER: _ClassVar[int]
    feature_service: str
    version: int
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    as_of: _timestamp_pb2.Timestamp
    with_details: bool
    def __init__(self, feature_service: _Optional[str] = ..., version: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., with_details: bool = ...) -> None: ...

class GetOnlineFeaturesResponse(_message.Message):
    __slots__ = ("features", "vectors", "version", "digest")
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    features: _containers.RepeatedScalarFieldContainer[str]
    vectors: _containers.RepeatedCompositeFieldContainer[_online_pb2.FeatureVector]
    version: int
    digest: str
    def __init__(self, features: _Optional[_Iterable[str]] = ..., vectors: _Optional[_Iterable[_Union[_online_pb2.FeatureVector, _Mapping]]] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class TraceFeaturesRequest(_message.Message):
    __slots__ = ("feature_service", "version", "row", "as_of", "row_limit")
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ROW_LIMIT_FIELD_NUMBER: _ClassVar[int]
    feature_service: str
    version: int
    row: Row
    as_of: _timestamp_pb2.Timestamp
    row_limit: int
    def __init__(self, feature_service: _Optional[str] = ..., version: _Optional[int] = ..., row: _Optional[_Union[Row, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., row_limit: _Optional[int] = ...) -> None: ...

class TraceFeaturesResponse(_message.Message):
    __slots__ = ("views",)
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    views: _containers.RepeatedCompositeFieldContainer[ViewTrace]
    def __init__(self, views: _Optional[_Iterable[_Union[ViewTrace, _Mapping]]] = ...) -> None: ...

class ViewTrace(_message.Message):
    __slots__ = ("view", "version", "source", "row_count", "rows")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    view: str
    version: int
    source: str
    row_count: int
    rows: _containers.RepeatedCompositeFieldContainer[SourceRow]
    def __init__(self, view: _Optional[str] = ..., version: _Optional[int] = ..., source: _Optional[str] = ..., row_count: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[SourceRow, _Mapping]]] = ...) -> None: ...

class SourceRow(_message.Message):
    __slots__ = ("segment_digest", "row_number", "values", "event_time", "knowledge_time")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.Value
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.Value, _Mapping]] = ...) -> None: ...
    SEGMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    segment_digest: str
    row_number: int
    values: _containers.MessageMap[str, _value_pb2.Value]
    event_time: _timestamp_pb2.Timestamp
    knowledge_time: _timestamp_pb2.Timestamp
    def __init__(self, segment_digest: _Optional[str] = ..., row_number: _Optional[int] = ..., values: _Optional[_Mapping[str, _value_pb2.Value]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., knowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
