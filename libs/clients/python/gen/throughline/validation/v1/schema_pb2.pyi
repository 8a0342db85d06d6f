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

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_WARNING: _ClassVar[Severity]
    SEVERITY_ERROR: _ClassVar[Severity]

class Distance(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISTANCE_UNSPECIFIED: _ClassVar[Distance]
    DISTANCE_JENSEN_SHANNON: _ClassVar[Distance]
    DISTANCE_L_INFINITY: _ClassVar[Distance]
    DISTANCE_POPULATION_STABILITY: _ClassVar[Distance]
    DISTANCE_KOLMOGOROV_SMIRNOV: _ClassVar[Distance]
    DISTANCE_WASSERSTEIN: _ClassVar[Distance]
SEVERITY_UNSPECIFIED: Severity
SEVERITY_WARNING: Severity
SEVERITY_ERROR: Severity
DISTANCE_UNSPECIFIED: Distance
DISTANCE_JENSEN_SHANNON: Distance
DISTANCE_L_INFINITY: Distance
DISTANCE_POPULATION_STABILITY: Distance
DISTANCE_KOLMOGOROV_SMIRNOV: Distance
DISTANCE_WASSERSTEIN: Distance

class Schema(_message.Message):
    __slots__ = ("name", "digest", "columns", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    columns: _containers.RepeatedCompositeFieldContainer[ColumnSchema]
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[ColumnSchema, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ColumnSchema(_message.Message):
    __slots__ = ("name", "type", "min_present_share", "min", "max", "domain", "min_domain_mass", "drift_limit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MIN_PRESENT_SHARE_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    MIN_DOMAIN_MASS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_LIMIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: _value_pb2.ValueType
    min_present_share: float
    min: float
    max: float
    domain: _containers.RepeatedScalarFieldContainer[str]
    min_domain_mass: float
    drift_limit: DistanceLimit
    def __init__(self, name: _Optional[str] = ..., type: _Optional[_Union[_value_pb2.ValueType, str]] = ..., min_present_share: _Optional[float] = ..., min: _Optional[float] = ..., max: _Optional[float] = ..., domain: _Optional[_Iterable[str]] = ..., min_domain_mass: _Optional[float] = ..., drift_limit: _Optional[_Union[DistanceLimit, _Mapping]] = ...) -> None: ...

class DistanceLimit(_message.Message):
    __slots__ = ("distance", "limit")
    DISTANCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    distance: Distance
    limit: float
    def __init__(self, distance: _Optional[_Union[Distance, str]] = ..., limit: _Optional[float] = ...) -> None: ...

class Anomaly(_message.Message):
    __slots__ = ("column", "type", "description", "severity", "observed", "expected")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    column: str
    type: str
    description: str
    severity: Severity
    observed: float
    expected: float
    def __init__(self, column: _Optional[str] = ..., type: _Optional[str] = ..., description: _Optional[str] = ..., severity: _Optional[_Union[Severity, str]] = ..., observed: _Optional[float] = ..., expected: _Optional[float] = ...) -> None: ...
