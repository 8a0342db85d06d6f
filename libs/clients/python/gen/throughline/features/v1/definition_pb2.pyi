import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import privacy_pb2 as _privacy_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SourceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_KIND_UNSPECIFIED: _ClassVar[SourceKind]
    SOURCE_KIND_PARQUET: _ClassVar[SourceKind]
    SOURCE_KIND_CSV: _ClassVar[SourceKind]
    SOURCE_KIND_REQUEST: _ClassVar[SourceKind]
    SOURCE_KIND_PUSH: _ClassVar[SourceKind]
    SOURCE_KIND_STREAM: _ClassVar[SourceKind]

class AggregateFunction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGGREGATE_FUNCTION_UNSPECIFIED: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_COUNT: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_SUM: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_MEAN: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_VARIANCE: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_STANDARD_DEVIATION: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_MIN: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_MAX: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_FIRST: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_LAST: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_TOP: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_DISTINCT: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_APPROXIMATE_DISTINCT: _ClassVar[AggregateFunction]
    AGGREGATE_FUNCTION_QUANTILE: _ClassVar[AggregateFunction]
SOURCE_KIND_UNSPECIFIED: SourceKind
SOURCE_KIND_PARQUET: SourceKind
SOURCE_KIND_CSV: SourceKind
SOURCE_KIND_REQUEST: SourceKind
SOURCE_KIND_PUSH: SourceKind
SOURCE_KIND_STREAM: SourceKind
AGGREGATE_FUNCTION_UNSPECIFIED: AggregateFunction
AGGREGATE_FUNCTION_COUNT: AggregateFunction
AGGREGATE_FUNCTION_SUM: AggregateFunction
AGGREGATE_FUNCTION_MEAN: AggregateFunction
AGGREGATE_FUNCTION_VARIANCE: AggregateFunction
AGGREGATE_FUNCTION_STANDARD_DEVIATION: AggregateFunction
AGGREGATE_FUNCTION_MIN: AggregateFunction
AGGREGATE_FUNCTION_MAX: AggregateFunction
AGGREGATE_FUNCTION_FIRST: AggregateFunction
AGGREGATE_FUNCTION_LAST: AggregateFunction
AGGREGATE_FUNCTION_TOP: AggregateFunction
AGGREGATE_FUNCTION_DISTINCT: AggregateFunction
AGGREGATE_FUNCTION_APPROXIMATE_DISTINCT: AggregateFunction
AGGREGATE_FUNCTION_QUANTILE: AggregateFunction

class Entity(_message.Message):
    __slots__ = ("name", "keys", "description", "create_time", "owner", "tags")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    keys: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    description: str
    create_time: _timestamp_pb2.Timestamp
    owner: str
    tags: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., owner: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("name", "columns", "event_time_column", "knowledge_time_column", "knowledge_delay", "skip_rows_without_time", "description", "row_count", "segments", "create_time", "kind", "owner", "tags", "privacy_policy", "version")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
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
    KIND_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    PRIVACY_POLICY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
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
    kind: SourceKind
    owner: str
    tags: _containers.ScalarMap[str, str]
    privacy_policy: _privacy_pb2.PrivacyPolicy
    version: int
    def __init__(self, name: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., event_time_column: _Optional[str] = ..., knowledge_time_column: _Optional[str] = ..., knowledge_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., skip_rows_without_time: bool = ..., description: _Optional[str] = ..., row_count: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[SourceKind, str]] = ..., owner: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., privacy_policy: _Optional[_Union[_privacy_pb2.PrivacyPolicy, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("digest", "row_count", "skipped_row_count", "data_version", "event_time_min", "event_time_max", "loaded_digest", "load_time", "knowledge_time_min", "knowledge_time_max", "source_version")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MIN_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MAX_FIELD_NUMBER: _ClassVar[int]
    LOADED_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOAD_TIME_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_TIME_MIN_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_TIME_MAX_FIELD_NUMBER: _ClassVar[int]
    SOURCE_VERSION_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    skipped_row_count: int
    data_version: int
    event_time_min: _timestamp_pb2.Timestamp
    event_time_max: _timestamp_pb2.Timestamp
    loaded_digest: str
    load_time: _timestamp_pb2.Timestamp
    knowledge_time_min: _timestamp_pb2.Timestamp
    knowledge_time_max: _timestamp_pb2.Timestamp
    source_version: int
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., skipped_row_count: _Optional[int] = ..., data_version: _Optional[int] = ..., event_time_min: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_time_max: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., loaded_digest: _Optional[str] = ..., load_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., knowledge_time_min: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., knowledge_time_max: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source_version: _Optional[int] = ...) -> None: ...

class FeatureView(_message.Message):
    __slots__ = ("name", "version", "digest", "entity", "source", "key_columns", "features", "ttl", "description", "owner", "create_time", "tags", "freshness_target", "cost_note")
    class KeyColumnsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class TagsEntry(_message.Message):
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
    TAGS_FIELD_NUMBER: _ClassVar[int]
    FRESHNESS_TARGET_FIELD_NUMBER: _ClassVar[int]
    COST_NOTE_FIELD_NUMBER: _ClassVar[int]
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
    tags: _containers.ScalarMap[str, str]
    freshness_target: _duration_pb2.Duration
    cost_note: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., entity: _Optional[str] = ..., source: _Optional[str] = ..., key_columns: _Optional[_Mapping[str, str]] = ..., features: _Optional[_Iterable[_Union[Feature, _Mapping]]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., description: _Optional[str] = ..., owner: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tags: _Optional[_Mapping[str, str]] = ..., freshness_target: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., cost_note: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("function", "column", "window", "k", "quantile", "accuracy")
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    function: AggregateFunction
    column: str
    window: _duration_pb2.Duration
    k: int
    quantile: float
    accuracy: float
    def __init__(self, function: _Optional[_Union[AggregateFunction, str]] = ..., column: _Optional[str] = ..., window: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., k: _Optional[int] = ..., quantile: _Optional[float] = ..., accuracy: _Optional[float] = ...) -> None: ...

class OnDemandView(_message.Message):
    __slots__ = ("name", "version", "digest", "views", "request_columns", "request_sources", "outputs", "description", "owner", "tags", "create_time")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_SOURCES_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    digest: str
    views: _containers.RepeatedCompositeFieldContainer[ViewSelection]
    request_columns: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    request_sources: _containers.RepeatedScalarFieldContainer[str]
    outputs: _containers.RepeatedCompositeFieldContainer[OnDemandOutput]
    description: str
    owner: str
    tags: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., views: _Optional[_Iterable[_Union[ViewSelection, _Mapping]]] = ..., request_columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., request_sources: _Optional[_Iterable[str]] = ..., outputs: _Optional[_Iterable[_Union[OnDemandOutput, _Mapping]]] = ..., description: _Optional[str] = ..., owner: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OnDemandOutput(_message.Message):
    __slots__ = ("name", "description", "expression", "type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    expression: str
    type: _value_pb2.ValueType
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., expression: _Optional[str] = ..., type: _Optional[_Union[_value_pb2.ValueType, str]] = ...) -> None: ...

class FeatureService(_message.Message):
    __slots__ = ("name", "version", "digest", "views", "request_features", "features", "description", "create_time", "request_sources", "owner", "tags", "on_demand_views")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FEATURES_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_SOURCES_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    ON_DEMAND_VIEWS_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    digest: str
    views: _containers.RepeatedCompositeFieldContainer[ViewSelection]
    request_features: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    features: _containers.RepeatedScalarFieldContainer[str]
    description: str
    create_time: _timestamp_pb2.Timestamp
    request_sources: _containers.RepeatedScalarFieldContainer[str]
    owner: str
    tags: _containers.ScalarMap[str, str]
    on_demand_views: _containers.RepeatedCompositeFieldContainer[OnDemandSelection]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., views: _Optional[_Iterable[_Union[ViewSelection, _Mapping]]] = ..., request_features: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., features: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_sources: _Optional[_Iterable[str]] = ..., owner: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., on_demand_views: _Optional[_Iterable[_Union[OnDemandSelection, _Mapping]]] = ...) -> None: ...

class OnDemandSelection(_message.Message):
    __slots__ = ("view", "version", "features", "digest")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    view: str
    version: int
    features: _containers.RepeatedScalarFieldContainer[str]
    digest: str
    def __init__(self, view: _Optional[str] = ..., version: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ..., digest: _Optional[str] = ...) -> None: ...

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
