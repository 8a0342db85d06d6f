import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import definition_pb2 as _definition_pb2
from throughline.features.v1 import online_pb2 as _online_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FeatureColumn(_message.Message):
    __slots__ = ("view_index", "name", "type", "bool_values", "int64_values", "float64_values", "string_values", "bytes_values", "statuses", "null_rows")
    VIEW_INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUES_FIELD_NUMBER: _ClassVar[int]
    INT64_VALUES_FIELD_NUMBER: _ClassVar[int]
    FLOAT64_VALUES_FIELD_NUMBER: _ClassVar[int]
    STRING_VALUES_FIELD_NUMBER: _ClassVar[int]
    BYTES_VALUES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    NULL_ROWS_FIELD_NUMBER: _ClassVar[int]
    view_index: int
    name: str
    type: _value_pb2.ValueType
    bool_values: _containers.RepeatedScalarFieldContainer[bool]
    int64_values: _containers.RepeatedScalarFieldContainer[int]
    float64_values: _containers.RepeatedScalarFieldContainer[float]
    string_values: _containers.RepeatedScalarFieldContainer[str]
    bytes_values: _containers.RepeatedScalarFieldContainer[bytes]
    statuses: _containers.RepeatedScalarFieldContainer[_online_pb2.FeatureStatus]
    null_rows: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, view_index: _Optional[int] = ..., name: _Optional[str] = ..., type: _Optional[_Union[_value_pb2.ValueType, str]] = ..., bool_values: _Optional[_Iterable[bool]] = ..., int64_values: _Optional[_Iterable[int]] = ..., float64_values: _Optional[_Iterable[float]] = ..., string_values: _Optional[_Iterable[str]] = ..., bytes_values: _Optional[_Iterable[bytes]] = ..., statuses: _Optional[_Iterable[_Union[_online_pb2.FeatureStatus, str]]] = ..., null_rows: _Optional[_Iterable[int]] = ...) -> None: ...

class ReadView(_message.Message):
    __slots__ = ("view", "version", "event_times_ns")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIMES_NS_FIELD_NUMBER: _ClassVar[int]
    view: str
    version: int
    event_times_ns: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, view: _Optional[str] = ..., version: _Optional[int] = ..., event_times_ns: _Optional[_Iterable[int]] = ...) -> None: ...

class ReadColumnsRequest(_message.Message):
    __slots__ = ("parent", "feature_service", "version", "views", "fields", "convert_values", "as_of")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _value_pb2.ValueList
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_value_pb2.ValueList, _Mapping]] = ...) -> None: ...
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    CONVERT_VALUES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    parent: str
    feature_service: str
    version: int
    views: _containers.RepeatedCompositeFieldContainer[_definition_pb2.ViewSelection]
    fields: _containers.MessageMap[str, _value_pb2.ValueList]
    convert_values: bool
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., feature_service: _Optional[str] = ..., version: _Optional[int] = ..., views: _Optional[_Iterable[_Union[_definition_pb2.ViewSelection, _Mapping]]] = ..., fields: _Optional[_Mapping[str, _value_pb2.ValueList]] = ..., convert_values: bool = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReadColumnsResponse(_message.Message):
    __slots__ = ("columns", "views", "version", "digest")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[FeatureColumn]
    views: _containers.RepeatedCompositeFieldContainer[ReadView]
    version: int
    digest: str
    def __init__(self, columns: _Optional[_Iterable[_Union[FeatureColumn, _Mapping]]] = ..., views: _Optional[_Iterable[_Union[ReadView, _Mapping]]] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class MaterializeViewsRequest(_message.Message):
    __slots__ = ("parent", "views", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    views: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., views: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class MaterializeViewsResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...
