import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import change_pb2 as _change_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_RECREATE: _ClassVar[Strategy]
    STRATEGY_CANARY: _ClassVar[Strategy]
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_RECREATE: Strategy
STRATEGY_CANARY: Strategy

class Deployment(_message.Message):
    __slots__ = ("name", "traffic", "sticky_key", "strategy", "description", "change", "create_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_FIELD_NUMBER: _ClassVar[int]
    STICKY_KEY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    traffic: _containers.RepeatedCompositeFieldContainer[TrafficShare]
    sticky_key: str
    strategy: Strategy
    description: str
    change: _change_pb2.Change
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., traffic: _Optional[_Iterable[_Union[TrafficShare, _Mapping]]] = ..., sticky_key: _Optional[str] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., description: _Optional[str] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class TrafficShare(_message.Message):
    __slots__ = ("release", "weight_basis_points")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    release: str
    weight_basis_points: int
    def __init__(self, release: _Optional[str] = ..., weight_basis_points: _Optional[int] = ...) -> None: ...
