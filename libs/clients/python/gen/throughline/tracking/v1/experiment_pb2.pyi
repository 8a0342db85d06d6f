import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LifecycleStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIFECYCLE_STAGE_UNSPECIFIED: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_ACTIVE: _ClassVar[LifecycleStage]
    LIFECYCLE_STAGE_DELETED: _ClassVar[LifecycleStage]

class SearchView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_VIEW_UNSPECIFIED: _ClassVar[SearchView]
    SEARCH_VIEW_ACTIVE: _ClassVar[SearchView]
    SEARCH_VIEW_DELETED: _ClassVar[SearchView]
    SEARCH_VIEW_ALL: _ClassVar[SearchView]
LIFECYCLE_STAGE_UNSPECIFIED: LifecycleStage
LIFECYCLE_STAGE_ACTIVE: LifecycleStage
LIFECYCLE_STAGE_DELETED: LifecycleStage
SEARCH_VIEW_UNSPECIFIED: SearchView
SEARCH_VIEW_ACTIVE: SearchView
SEARCH_VIEW_DELETED: SearchView
SEARCH_VIEW_ALL: SearchView

class Experiment(_message.Message):
    __slots__ = ("name", "display_name", "description", "tags", "lifecycle_stage", "create_time", "update_time", "etag", "retention")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_STAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    description: str
    tags: _containers.ScalarMap[str, str]
    lifecycle_stage: LifecycleStage
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    retention: RetentionRule
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., lifecycle_stage: _Optional[_Union[LifecycleStage, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., retention: _Optional[_Union[RetentionRule, _Mapping]] = ...) -> None: ...

class RetentionRule(_message.Message):
    __slots__ = ("delete_ended_after", "purge_deleted_after")
    DELETE_ENDED_AFTER_FIELD_NUMBER: _ClassVar[int]
    PURGE_DELETED_AFTER_FIELD_NUMBER: _ClassVar[int]
    delete_ended_after: _duration_pb2.Duration
    purge_deleted_after: _duration_pb2.Duration
    def __init__(self, delete_ended_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., purge_deleted_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
