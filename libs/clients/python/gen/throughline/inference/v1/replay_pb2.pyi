import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReplayDecisionRequest(_message.Message):
    __slots__ = ("decision",)
    DECISION_FIELD_NUMBER: _ClassVar[int]
    decision: str
    def __init__(self, decision: _Optional[str] = ...) -> None: ...

class ReplayDecisionResponse(_message.Message):
    __slots__ = ("equal", "differences", "verdict", "reason", "known_by", "replayed_routers", "recorded_routers")
    EQUAL_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_ROUTERS_FIELD_NUMBER: _ClassVar[int]
    RECORDED_ROUTERS_FIELD_NUMBER: _ClassVar[int]
    equal: bool
    differences: _containers.RepeatedCompositeFieldContainer[ReplayDifference]
    verdict: str
    reason: str
    known_by: _timestamp_pb2.Timestamp
    replayed_routers: _containers.RepeatedScalarFieldContainer[str]
    recorded_routers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, equal: bool = ..., differences: _Optional[_Iterable[_Union[ReplayDifference, _Mapping]]] = ..., verdict: _Optional[str] = ..., reason: _Optional[str] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replayed_routers: _Optional[_Iterable[str]] = ..., recorded_routers: _Optional[_Iterable[str]] = ...) -> None: ...

class ReplayDifference(_message.Message):
    __slots__ = ("field", "recorded", "replayed")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    field: str
    recorded: str
    replayed: str
    def __init__(self, field: _Optional[str] = ..., recorded: _Optional[str] = ..., replayed: _Optional[str] = ...) -> None: ...
