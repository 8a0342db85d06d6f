import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SweepStorageRequest(_message.Message):
    __slots__ = ("parent", "dry_run")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    dry_run: bool
    def __init__(self, parent: _Optional[str] = ..., dry_run: bool = ...) -> None: ...

class SweepStorageResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class SweepStorageResult(_message.Message):
    __slots__ = ("dry_run", "needed_count", "condemned_count", "condemned_bytes", "waiting_count", "waiting_bytes", "taken_back_count", "erased_count", "erased_bytes")
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    NEEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONDEMNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONDEMNED_BYTES_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITING_BYTES_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BACK_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERASED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERASED_BYTES_FIELD_NUMBER: _ClassVar[int]
    dry_run: bool
    needed_count: int
    condemned_count: int
    condemned_bytes: int
    waiting_count: int
    waiting_bytes: int
    taken_back_count: int
    erased_count: int
    erased_bytes: int
    def __init__(self, dry_run: bool = ..., needed_count: _Optional[int] = ..., condemned_count: _Optional[int] = ..., condemned_bytes: _Optional[int] = ..., waiting_count: _Optional[int] = ..., waiting_bytes: _Optional[int] = ..., taken_back_count: _Optional[int] = ..., erased_count: _Optional[int] = ..., erased_bytes: _Optional[int] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ("artifact", "size_bytes", "let_go_by", "let_go_time", "condemn_time", "erase_time")
    ARTIFACT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LET_GO_BY_FIELD_NUMBER: _ClassVar[int]
    LET_GO_TIME_FIELD_NUMBER: _ClassVar[int]
    CONDEMN_TIME_FIELD_NUMBER: _ClassVar[int]
    ERASE_TIME_FIELD_NUMBER: _ClassVar[int]
    artifact: str
    size_bytes: int
    let_go_by: str
    let_go_time: _timestamp_pb2.Timestamp
    condemn_time: _timestamp_pb2.Timestamp
    erase_time: _timestamp_pb2.Timestamp
    def __init__(self, artifact: _Optional[str] = ..., size_bytes: _Optional[int] = ..., let_go_by: _Optional[str] = ..., let_go_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., condemn_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., erase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListErasuresRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListErasuresResponse(_message.Message):
    __slots__ = ("erasures", "next_page_token")
    ERASURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    erasures: _containers.RepeatedCompositeFieldContainer[Erasure]
    next_page_token: str
    def __init__(self, erasures: _Optional[_Iterable[_Union[Erasure, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
