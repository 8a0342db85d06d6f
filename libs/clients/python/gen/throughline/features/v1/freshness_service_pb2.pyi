import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FreshnessAlertKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRESHNESS_ALERT_KIND_UNSPECIFIED: _ClassVar[FreshnessAlertKind]
    FRESHNESS_ALERT_KIND_STALE: _ClassVar[FreshnessAlertKind]
    FRESHNESS_ALERT_KIND_RECOVERED: _ClassVar[FreshnessAlertKind]

class FreshnessState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRESHNESS_STATE_UNSPECIFIED: _ClassVar[FreshnessState]
    FRESHNESS_STATE_FRESH: _ClassVar[FreshnessState]
    FRESHNESS_STATE_STALE: _ClassVar[FreshnessState]
    FRESHNESS_STATE_EMPTY: _ClassVar[FreshnessState]
FRESHNESS_ALERT_KIND_UNSPECIFIED: FreshnessAlertKind
FRESHNESS_ALERT_KIND_STALE: FreshnessAlertKind
FRESHNESS_ALERT_KIND_RECOVERED: FreshnessAlertKind
FRESHNESS_STATE_UNSPECIFIED: FreshnessState
FRESHNESS_STATE_FRESH: FreshnessState
FRESHNESS_STATE_STALE: FreshnessState
FRESHNESS_STATE_EMPTY: FreshnessState

class Freshness(_message.Message):
    __slots__ = ("view", "version", "newest_event_time", "newest_knowledge_time", "event_age", "knowledge_age", "target", "state", "segments_behind")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NEWEST_EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    NEWEST_KNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_AGE_FIELD_NUMBER: _ClassVar[int]
    KNOWLEDGE_AGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_BEHIND_FIELD_NUMBER: _ClassVar[int]
    view: str
    version: int
    newest_event_time: _timestamp_pb2.Timestamp
    newest_knowledge_time: _timestamp_pb2.Timestamp
    event_age: _duration_pb2.Duration
    knowledge_age: _duration_pb2.Duration
    target: _duration_pb2.Duration
    state: FreshnessState
    segments_behind: int
    def __init__(self, view: _Optional[str] = ..., version: _Optional[int] = ..., newest_event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., newest_knowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., knowledge_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., target: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., state: _Optional[_Union[FreshnessState, str]] = ..., segments_behind: _Optional[int] = ...) -> None: ...

class GetFreshnessRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetFreshnessResponse(_message.Message):
    __slots__ = ("freshness", "next_page_token")
    FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    freshness: _containers.RepeatedCompositeFieldContainer[Freshness]
    next_page_token: str
    def __init__(self, freshness: _Optional[_Iterable[_Union[Freshness, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FreshnessAlert(_message.Message):
    __slots__ = ("name", "number", "view", "version", "kind", "actor", "time", "event_age", "target", "newest_event_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_AGE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    NEWEST_EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: int
    view: str
    version: int
    kind: FreshnessAlertKind
    actor: str
    time: _timestamp_pb2.Timestamp
    event_age: _duration_pb2.Duration
    target: _duration_pb2.Duration
    newest_event_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., number: _Optional[int] = ..., view: _Optional[str] = ..., version: _Optional[int] = ..., kind: _Optional[_Union[FreshnessAlertKind, str]] = ..., actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., target: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., newest_event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListFreshnessAlertsRequest(_message.Message):
    __slots__ = ("parent", "view", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    view: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., view: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFreshnessAlertsResponse(_message.Message):
    __slots__ = ("alerts", "next_page_token")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[FreshnessAlert]
    next_page_token: str
    def __init__(self, alerts: _Optional[_Iterable[_Union[FreshnessAlert, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchFreshnessAlertsRequest(_message.Message):
    __slots__ = ("parent", "after")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    after: int
    def __init__(self, parent: _Optional[str] = ..., after: _Optional[int] = ...) -> None: ...

class WatchFreshnessAlertsResponse(_message.Message):
    __slots__ = ("alert",)
    ALERT_FIELD_NUMBER: _ClassVar[int]
    alert: FreshnessAlert
    def __init__(self, alert: _Optional[_Union[FreshnessAlert, _Mapping]] = ...) -> None: ...
