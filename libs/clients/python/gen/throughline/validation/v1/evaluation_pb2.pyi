import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvaluationTask(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVALUATION_TASK_UNSPECIFIED: _ClassVar[EvaluationTask]
    EVALUATION_TASK_BINARY: _ClassVar[EvaluationTask]
    EVALUATION_TASK_REGRESSION: _ClassVar[EvaluationTask]
EVALUATION_TASK_UNSPECIFIED: EvaluationTask
EVALUATION_TASK_BINARY: EvaluationTask
EVALUATION_TASK_REGRESSION: EvaluationTask

class Evaluation(_message.Message):
    __slots__ = ("name", "digest", "data_digest", "subject", "slices", "create_time", "small_slices", "task")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SMALL_SLICES_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    data_digest: str
    subject: str
    slices: _containers.RepeatedCompositeFieldContainer[Slice]
    create_time: _timestamp_pb2.Timestamp
    small_slices: _containers.RepeatedScalarFieldContainer[str]
    task: EvaluationTask
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., data_digest: _Optional[str] = ..., subject: _Optional[str] = ..., slices: _Optional[_Iterable[_Union[Slice, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., small_slices: _Optional[_Iterable[str]] = ..., task: _Optional[_Union[EvaluationTask, str]] = ...) -> None: ...

class Slice(_message.Message):
    __slots__ = ("key", "row_count", "positive_count", "metrics")
    class KeyEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KEY_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    key: _containers.ScalarMap[str, str]
    row_count: int
    positive_count: int
    metrics: _containers.RepeatedCompositeFieldContainer[EvaluationMetric]
    def __init__(self, key: _Optional[_Mapping[str, str]] = ..., row_count: _Optional[int] = ..., positive_count: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[EvaluationMetric, _Mapping]]] = ...) -> None: ...

class EvaluationMetric(_message.Message):
    __slots__ = ("name", "value", "interval")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    interval: _value_pb2.Interval
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ..., interval: _Optional[_Union[_value_pb2.Interval, _Mapping]] = ...) -> None: ...
