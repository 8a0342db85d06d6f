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

class CommitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMIT_KIND_UNSPECIFIED: _ClassVar[CommitKind]
    COMMIT_KIND_LOAD: _ClassVar[CommitKind]
    COMMIT_KIND_PUSH: _ClassVar[CommitKind]
    COMMIT_KIND_REVERT: _ClassVar[CommitKind]
    COMMIT_KIND_COMPACTION: _ClassVar[CommitKind]
    COMMIT_KIND_FORGET: _ClassVar[CommitKind]
COMMIT_KIND_UNSPECIFIED: CommitKind
COMMIT_KIND_LOAD: CommitKind
COMMIT_KIND_PUSH: CommitKind
COMMIT_KIND_REVERT: CommitKind
COMMIT_KIND_COMPACTION: CommitKind
COMMIT_KIND_FORGET: CommitKind

class DataVersion(_message.Message):
    __slots__ = ("name", "number", "kind", "source", "added", "removed", "added_row_count", "removed_row_count", "actor", "reason", "create_time", "tags", "compacted", "forgotten_row_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    ADDED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    COMPACTED_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: int
    kind: CommitKind
    source: str
    added: _containers.RepeatedCompositeFieldContainer[CommittedSegment]
    removed: _containers.RepeatedCompositeFieldContainer[CommittedSegment]
    added_row_count: int
    removed_row_count: int
    actor: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    tags: _containers.RepeatedScalarFieldContainer[str]
    compacted: _containers.RepeatedCompositeFieldContainer[CompactedSegment]
    forgotten_row_count: int
    def __init__(self, name: _Optional[str] = ..., number: _Optional[int] = ..., kind: _Optional[_Union[CommitKind, str]] = ..., source: _Optional[str] = ..., added: _Optional[_Iterable[_Union[CommittedSegment, _Mapping]]] = ..., removed: _Optional[_Iterable[_Union[CommittedSegment, _Mapping]]] = ..., added_row_count: _Optional[int] = ..., removed_row_count: _Optional[int] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tags: _Optional[_Iterable[str]] = ..., compacted: _Optional[_Iterable[_Union[CompactedSegment, _Mapping]]] = ..., forgotten_row_count: _Optional[int] = ...) -> None: ...

class CommittedSegment(_message.Message):
    __slots__ = ("digest", "data_version", "row_count")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    digest: str
    data_version: int
    row_count: int
    def __init__(self, digest: _Optional[str] = ..., data_version: _Optional[int] = ..., row_count: _Optional[int] = ...) -> None: ...

class CompactedSegment(_message.Message):
    __slots__ = ("digest", "row_count", "rows_digest", "parts", "first_data_version", "last_data_version")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    FIRST_DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    LAST_DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    rows_digest: str
    parts: _containers.RepeatedCompositeFieldContainer[CompactedPart]
    first_data_version: int
    last_data_version: int
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., rows_digest: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[CompactedPart, _Mapping]]] = ..., first_data_version: _Optional[int] = ..., last_data_version: _Optional[int] = ...) -> None: ...

class CompactedPart(_message.Message):
    __slots__ = ("digest", "row_count", "rows_digest")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    rows_digest: str
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., rows_digest: _Optional[str] = ...) -> None: ...

class DataTag(_message.Message):
    __slots__ = ("name", "data_version", "actor", "reason", "set_time", "revision")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SET_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    name: str
    data_version: int
    actor: str
    reason: str
    set_time: _timestamp_pb2.Timestamp
    revision: int
    def __init__(self, name: _Optional[str] = ..., data_version: _Optional[int] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., set_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class DataRetention(_message.Message):
    __slots__ = ("name", "keep", "revision", "actor", "reason", "set_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SET_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    keep: _duration_pb2.Duration
    revision: int
    actor: str
    reason: str
    set_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., keep: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., revision: _Optional[int] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., set_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SourceDifference(_message.Message):
    __slots__ = ("source", "added", "removed", "added_segment_count", "removed_segment_count", "added_row_count", "removed_row_count")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    ADDED_SEGMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_SEGMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    ADDED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    source: str
    added: _containers.RepeatedCompositeFieldContainer[CommittedSegment]
    removed: _containers.RepeatedCompositeFieldContainer[CommittedSegment]
    added_segment_count: int
    removed_segment_count: int
    added_row_count: int
    removed_row_count: int
    def __init__(self, source: _Optional[str] = ..., added: _Optional[_Iterable[_Union[CommittedSegment, _Mapping]]] = ..., removed: _Optional[_Iterable[_Union[CommittedSegment, _Mapping]]] = ..., added_segment_count: _Optional[int] = ..., removed_segment_count: _Optional[int] = ..., added_row_count: _Optional[int] = ..., removed_row_count: _Optional[int] = ...) -> None: ...
