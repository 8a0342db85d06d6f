import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import data_version_pb2 as _data_version_pb2
from throughline.features.v1 import feature_store_service_pb2 as _feature_store_service_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListDataVersionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDataVersionsResponse(_message.Message):
    __slots__ = ("data_versions", "next_page_token")
    DATA_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    data_versions: _containers.RepeatedCompositeFieldContainer[_data_version_pb2.DataVersion]
    next_page_token: str
    def __init__(self, data_versions: _Optional[_Iterable[_Union[_data_version_pb2.DataVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDataVersionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetDataVersionResponse(_message.Message):
    __slots__ = ("data_version",)
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    data_version: _data_version_pb2.DataVersion
    def __init__(self, data_version: _Optional[_Union[_data_version_pb2.DataVersion, _Mapping]] = ...) -> None: ...

class TagDataVersionRequest(_message.Message):
    __slots__ = ("parent", "tag", "data_version", "expected_data_version", "reason", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    tag: str
    data_version: int
    expected_data_version: int
    reason: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., tag: _Optional[str] = ..., data_version: _Optional[int] = ..., expected_data_version: _Optional[int] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class TagDataVersionResponse(_message.Message):
    __slots__ = ("tag",)
    TAG_FIELD_NUMBER: _ClassVar[int]
    tag: _data_version_pb2.DataTag
    def __init__(self, tag: _Optional[_Union[_data_version_pb2.DataTag, _Mapping]] = ...) -> None: ...

class GetDataTagRequest(_message.Message):
    __slots__ = ("name", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetDataTagResponse(_message.Message):
    __slots__ = ("tag",)
    TAG_FIELD_NUMBER: _ClassVar[int]
    tag: _data_version_pb2.DataTag
    def __init__(self, tag: _Optional[_Union[_data_version_pb2.DataTag, _Mapping]] = ...) -> None: ...

class ListDataTagsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDataTagsResponse(_message.Message):
    __slots__ = ("tags", "next_page_token")
    TAGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tags: _containers.RepeatedCompositeFieldContainer[_data_version_pb2.DataTag]
    next_page_token: str
    def __init__(self, tags: _Optional[_Iterable[_Union[_data_version_pb2.DataTag, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListDataTagChangesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDataTagChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_data_version_pb2.DataTag]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[_data_version_pb2.DataTag, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DiffDataVersionsRequest(_message.Message):
    __slots__ = ("parent", "to", "sample_row_count")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    to: str
    sample_row_count: int
    def __init__(self, parent: _Optional[str] = ..., to: _Optional[str] = ..., sample_row_count: _Optional[int] = ..., **kwargs) -> None: ...

class DiffDataVersionsResponse(_message.Message):
    __slots__ = ("to", "sources", "rows")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    to: int
    sources: _containers.RepeatedCompositeFieldContainer[_data_version_pb2.SourceDifference]
    rows: _containers.RepeatedCompositeFieldContainer[ChangedRow]
    def __init__(self, to: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[_data_version_pb2.SourceDifference, _Mapping]]] = ..., rows: _Optional[_Iterable[_Union[ChangedRow, _Mapping]]] = ..., **kwargs) -> None: ...

class ChangedRow(_message.Message):
    __slots__ = ("source", "added", "row")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    source: str
    added: bool
    row: _feature_store_service_pb2.SourceRow
    def __init__(self, source: _Optional[str] = ..., added: bool = ..., row: _Optional[_Union[_feature_store_service_pb2.SourceRow, _Mapping]] = ...) -> None: ...

class ReadSourceRequest(_message.Message):
    __slots__ = ("source", "data_version", "page_size", "page_token")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    source: str
    data_version: str
    page_size: int
    page_token: str
    def __init__(self, source: _Optional[str] = ..., data_version: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReadSourceResponse(_message.Message):
    __slots__ = ("rows", "data_version", "row_count", "next_page_token", "forgotten_row_count")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[_feature_store_service_pb2.SourceRow]
    data_version: int
    row_count: int
    next_page_token: str
    forgotten_row_count: int
    def __init__(self, rows: _Optional[_Iterable[_Union[_feature_store_service_pb2.SourceRow, _Mapping]]] = ..., data_version: _Optional[int] = ..., row_count: _Optional[int] = ..., next_page_token: _Optional[str] = ..., forgotten_row_count: _Optional[int] = ...) -> None: ...

class RevertDataVersionRequest(_message.Message):
    __slots__ = ("name", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevertDataVersionResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class RevertSourceRequest(_message.Message):
    __slots__ = ("source", "data_version", "reason", "request_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    source: str
    data_version: str
    reason: str
    request_id: str
    def __init__(self, source: _Optional[str] = ..., data_version: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevertSourceResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class RevertResult(_message.Message):
    __slots__ = ("data_version",)
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    data_version: _data_version_pb2.DataVersion
    def __init__(self, data_version: _Optional[_Union[_data_version_pb2.DataVersion, _Mapping]] = ...) -> None: ...

class CompactSourceRequest(_message.Message):
    __slots__ = ("source", "request_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    source: str
    request_id: str
    def __init__(self, source: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CompactSourceResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class CompactResult(_message.Message):
    __slots__ = ("data_versions",)
    DATA_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    data_versions: _containers.RepeatedCompositeFieldContainer[_data_version_pb2.DataVersion]
    def __init__(self, data_versions: _Optional[_Iterable[_Union[_data_version_pb2.DataVersion, _Mapping]]] = ...) -> None: ...

class SetDataRetentionRequest(_message.Message):
    __slots__ = ("retention", "expected_revision", "reason", "request_id")
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    retention: _data_version_pb2.DataRetention
    expected_revision: int
    reason: str
    request_id: str
    def __init__(self, retention: _Optional[_Union[_data_version_pb2.DataRetention, _Mapping]] = ..., expected_revision: _Optional[int] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetDataRetentionResponse(_message.Message):
    __slots__ = ("retention",)
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    retention: _data_version_pb2.DataRetention
    def __init__(self, retention: _Optional[_Union[_data_version_pb2.DataRetention, _Mapping]] = ...) -> None: ...

class GetDataRetentionRequest(_message.Message):
    __slots__ = ("name", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetDataRetentionResponse(_message.Message):
    __slots__ = ("retention",)
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    retention: _data_version_pb2.DataRetention
    def __init__(self, retention: _Optional[_Union[_data_version_pb2.DataRetention, _Mapping]] = ...) -> None: ...

class ExpireDataVersionsRequest(_message.Message):
    __slots__ = ("parent", "validate_only", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    validate_only: bool
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., validate_only: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class ExpireDataVersionsResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class ExpireResult(_message.Message):
    __slots__ = ("oldest_kept", "needed_older_count", "marked_file_count", "marked_byte_count", "removed_file_count", "removed_byte_count")
    OLDEST_KEPT_FIELD_NUMBER: _ClassVar[int]
    NEEDED_OLDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    MARKED_FILE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MARKED_BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FILE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_BYTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    oldest_kept: int
    needed_older_count: int
    marked_file_count: int
    marked_byte_count: int
    removed_file_count: int
    removed_byte_count: int
    def __init__(self, oldest_kept: _Optional[int] = ..., needed_older_count: _Optional[int] = ..., marked_file_count: _Optional[int] = ..., marked_byte_count: _Optional[int] = ..., removed_file_count: _Optional[int] = ..., removed_byte_count: _Optional[int] = ...) -> None: ...
