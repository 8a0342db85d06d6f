import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.validation.v1 import schema_pb2 as _schema_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DriftVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRIFT_VERDICT_UNSPECIFIED: _ClassVar[DriftVerdict]
    DRIFT_VERDICT_STABLE: _ClassVar[DriftVerdict]
    DRIFT_VERDICT_DRIFTED: _ClassVar[DriftVerdict]
    DRIFT_VERDICT_NOT_ENOUGH_DATA: _ClassVar[DriftVerdict]
DRIFT_VERDICT_UNSPECIFIED: DriftVerdict
DRIFT_VERDICT_STABLE: DriftVerdict
DRIFT_VERDICT_DRIFTED: DriftVerdict
DRIFT_VERDICT_NOT_ENOUGH_DATA: DriftVerdict

class DriftReport(_message.Message):
    __slots__ = ("name", "baseline_digest", "current_digest", "columns", "anomalies", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASELINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CURRENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ANOMALIES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    baseline_digest: str
    current_digest: str
    columns: _containers.RepeatedCompositeFieldContainer[ColumnDrift]
    anomalies: _containers.RepeatedCompositeFieldContainer[_schema_pb2.Anomaly]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., baseline_digest: _Optional[str] = ..., current_digest: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[ColumnDrift, _Mapping]]] = ..., anomalies: _Optional[_Iterable[_Union[_schema_pb2.Anomaly, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ColumnDrift(_message.Message):
    __slots__ = ("column", "distances", "baseline_count", "current_count", "p_value", "adjusted_p_value", "verdict")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DISTANCES_FIELD_NUMBER: _ClassVar[int]
    BASELINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    P_VALUE_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    column: str
    distances: _containers.RepeatedCompositeFieldContainer[MeasuredDistance]
    baseline_count: int
    current_count: int
    p_value: float
    adjusted_p_value: float
    verdict: DriftVerdict
    def __init__(self, column: _Optional[str] = ..., distances: _Optional[_Iterable[_Union[MeasuredDistance, _Mapping]]] = ..., baseline_count: _Optional[int] = ..., current_count: _Optional[int] = ..., p_value: _Optional[float] = ..., adjusted_p_value: _Optional[float] = ..., verdict: _Optional[_Union[DriftVerdict, str]] = ...) -> None: ...

class MeasuredDistance(_message.Message):
    __slots__ = ("distance", "value", "limit")
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    distance: _schema_pb2.Distance
    value: float
    limit: float
    def __init__(self, distance: _Optional[_Union[_schema_pb2.Distance, str]] = ..., value: _Optional[float] = ..., limit: _Optional[float] = ...) -> None: ...
