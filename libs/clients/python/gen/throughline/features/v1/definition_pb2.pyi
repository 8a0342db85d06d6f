import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AggregateFunction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGREGATE_FUNCTION_UNSPECIFIED: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_COUNT: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_SUM: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_MEAN: _ClassVar[AggregateFunction]
AGGREGATE_FUNCTION_UNSPECIFIED: AggregateFunction
AGGREGATE_FUNCTION_COUNT: AggregateFunction
AGGREGATE_FUNCTION_SUM: AggregateFunction
AGGREGATE_FUNCTION_MEAN: AggregateFunction

class Entity(_message.Message):
    __slots__ = ("name", "keys", "description", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    keys: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    description: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("name", "columns", "event_time_column", "knowledge_time_column", "knowledge_delay", "skip_rows_without_time", "description", "row_count", "segments", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_COLUMN_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_TIME_COLUMN_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_DELAY_FIELD_NUMBER: _ClassVar[int]
    SKIP_ROWS_WITHOUT_TIME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    columns: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    event_time_column: str
    knowledge_time_column: str
    knowledge_delay: _duration_pb2.Duration
    skip_rows_without_time: bool
    description: str
    row_count: int
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., event_time_column: _Optional[str] = ..., knowledge_time_column: _Optional[str] = ..., knowledge_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., skip_rows_without_time: bool = ..., description: _Optional[str] = ..., row_count: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("digest", "row_count", "skipped_row_count", "data_version", "event_time_min", "event_time_max", "loaded_digest", "load_time")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MIN_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MAX_FIELD_NUMBER: _ClassVar[int]
    LOADED_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOAD_TIME_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    skipped_row_count: int
    data_version: int
    event_time_min: _timestamp_pb2.Timestamp
    event_time_max: _timestamp_pb2.Timestamp
    loaded_digest: str
    load_time: _timestamp_pb2.Timestamp
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., skipped_row_count: _Optional[int] = ..., data_version: _Optional[int] = ..., event_time_min: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_time_max: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., loaded_digest: _Optional[str] = ..., load_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FeatureView(_message.Message):
    __slots__ = ("name", "version", "digest", "entity", "source", "key_columns", "features", "ttl", "description", "owner", "create_time")
    class KeyColumnsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEY_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    digest: str
    entity: str
    source: str
    key_columns: _containers.ScalarMap[str, str]
    features: _containers.RepeatedCompositeFieldContainer[Feature]
    ttl: _duration_pb2.Duration
    description: str
    owner: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., entity: _Optional[str] = ..., source: _Optional[str] = ..., key_columns: _Optional[_Mapping[str, str]] = ..., features: _Optional[_Iterable[_Union[Feature, _Mapping]]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., description: _Optional[str] = ..., owner: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Feature(_message.Message):
    __slots__ = ("name", "description", "column", "aggregate", "type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    column: str
    aggregate: Aggregate
    type: _value_pb2.ValueType
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., column: _Optional[str] = ..., aggregate: _Optional[_Union[Aggregate, _Mapping]] = ..., type: _Optional[_Union[_value_pb2.ValueType, str]] = ...) -> None: ...

class Aggregate(_message.Message):
    __slots__ = ("function", "column", "window")
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    function: AggregateFunction
    column: str
    window: _duration_pb2.Duration
    def __init__(self, function: _Optional[_Union[AggregateFunction, str]] = ..., column: _Optional[str] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class FeatureService(_message.Message):
    __slots__ = ("name", "version", "digest", "views", "request_features", "features", "description", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FEATURES_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    digest: str
    views: _containers.RepeatedCompositeFieldContainer[ViewSelection]
    request_features: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    features: _containers.RepeatedScalarFieldContainer[str]
    description: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., views: _Optional[_Iterable[_Union[ViewSelection, _Mapping]]] = ..., request_features: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., features: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ViewSelection(_message.Message):
    __slots__ = ("view", "version", "features", "digest", "key_fields")
    class KeyFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELDS_FIELD_NUMBER: _ClassVar[int]
    view: str
    version: int
    features: _containers.RepeatedScalarFieldContainer[str]
    digest: str
    key_fields: _containers.ScalarMap[str, str]
    def __init__(self, view: _Optional[str] = ..., version: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ..., digest: _Optional[str] = ..., key_fields: _Optional[_Mapping[str, str]] = ...) -> None: ...
