import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DatasetStatistics(_message.Message):
    __slots__ = ("name", "digest", "data_digest", "row_count", "columns", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    data_digest: str
    row_count: int
    columns: _containers.RepeatedCompositeFieldContainer[ColumnStatistics]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., data_digest: _Optional[str] = ..., row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[ColumnStatistics, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ColumnStatistics(_message.Message):
    __slots__ = ("name", "type", "present_count", "missing_count", "distinct_count", "numeric", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PRESENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_COUNT_FIELD_NUMBER: _ClassVar[int]
    NUMERIC_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: _value_pb2.ValueType
    present_count: int
    missing_count: int
    distinct_count: int
    numeric: NumericStatistics
    text: StringStatistics
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[_value_pb2.ValueType, str]] = ..., present_count: _Optional[int] = ..., missing_count: _Optional[int] = ..., distinct_count: _Optional[int] = ..., numeric: _Optional[_Union[NumericStatistics, _Mapping]] = ..., text: _Optional[_Union[StringStatistics, _Mapping]] = ...) -> None: ...

class NumericStatistics(_message.Message):
    __slots__ = ("mean", "standard_deviation", "min", "max", "zero_count", "nan_count", "infinite_count", "deciles", "histogram")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    ZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    NAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    INFINITE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECILES_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_FIELD_NUMBER: _ClassVar[int]
    mean: float
    standard_deviation: float
    min: float
    max: float
    zero_count: int
    nan_count: int
    infinite_count: int
    deciles: _containers.RepeatedScalarFieldContainer[float]
    histogram: _containers.RepeatedCompositeFieldContainer[Bucket]
    def __init__(self, mean: _Optional[float] = ..., standard_deviation: _Optional[float] = ..., min: _Optional[float] = ..., max: _Optional[float] = ..., zero_count: _Optional[int] = ..., nan_count: _Optional[int] = ..., infinite_count: _Optional[int] = ..., deciles: _Optional[_Iterable[float]] = ..., histogram: _Optional[_Iterable[_Union[Bucket, _Mapping]]] = ...) -> None: ...

class Bucket(_message.Message):
    __slots__ = ("low", "high", "count")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    count: int
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

class StringStatistics(_message.Message):
    __slots__ = ("mean_length", "top_values")
    MEAN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    TOP_VALUES_FIELD_NUMBER: _ClassVar[int]
    mean_length: float
    top_values: _containers.RepeatedCompositeFieldContainer[ValueCount]
    def __init__(self, mean_length: _Optional[float] = ..., top_values: _Optional[_Iterable[_Union[ValueCount, _Mapping]]] = ...) -> None: ...

class ValueCount(_message.Message):
    __slots__ = ("value", "count")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    value: str
    count: int
    def __init__(self, value: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
