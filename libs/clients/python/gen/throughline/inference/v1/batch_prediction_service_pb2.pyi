import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BatchPredictRequest(_message.Message):
    __slots__ = ("deployment", "input_digest", "release", "vectors", "as_of", "as_of_column", "column_prefix", "request_id")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    AS_OF_COLUMN_FIELD_NUMBER: _ClassVar[int]
    COLUMN_PREFIX_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    input_digest: str
    release: str
    vectors: bool
    as_of: _timestamp_pb2.Timestamp
    as_of_column: str
    column_prefix: str
    request_id: str
    def __init__(self, deployment: _Optional[str] = ..., input_digest: _Optional[str] = ..., release: _Optional[str] = ..., vectors: bool = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., as_of_column: _Optional[str] = ..., column_prefix: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchPredictResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class BatchPredictResult(_message.Message):
    __slots__ = ("digest", "row_count", "problem_counts", "release", "release_digest", "as_of", "rows_digest")
    class ProblemCountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_COUNTS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ROWS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: str
    row_count: int
    problem_counts: _containers.ScalarMap[str, int]
    release: str
    release_digest: str
    as_of: _timestamp_pb2.Timestamp
    rows_digest: str
    def __init__(self, digest: _Optional[str] = ..., row_count: _Optional[int] = ..., problem_counts: _Optional[_Mapping[str, int]] = ..., release: _Optional[str] = ..., release_digest: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rows_digest: _Optional[str] = ...) -> None: ...
