import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.inference.v1 import prediction_pb2 as _prediction_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SealedLog(_message.Message):
    __slots__ = ("name", "hour", "start", "end", "digest", "size_bytes", "row_count", "not_sampled_count", "releases", "columns", "left_out_feature_count", "segments", "seal_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOUR_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    NOT_SAMPLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FEATURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    SEAL_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    hour: _timestamp_pb2.Timestamp
    start: _prediction_pb2.LogPosition
    end: _prediction_pb2.LogPosition
    digest: str
    size_bytes: int
    row_count: int
    not_sampled_count: int
    releases: _containers.RepeatedScalarFieldContainer[str]
    columns: _containers.RepeatedCompositeFieldContainer[SealedColumn]
    left_out_feature_count: int
    segments: _containers.RepeatedCompositeFieldContainer[SealedSegment]
    seal_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., hour: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start: _Optional[_Union[_prediction_pb2.LogPosition, _Mapping]] = ..., end: _Optional[_Union[_prediction_pb2.LogPosition, _Mapping]] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., row_count: _Optional[int] = ..., not_sampled_count: _Optional[int] = ..., releases: _Optional[_Iterable[str]] = ..., columns: _Optional[_Iterable[_Union[SealedColumn, _Mapping]]] = ..., left_out_feature_count: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[SealedSegment, _Mapping]]] = ..., seal_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SealedColumn(_message.Message):
    __slots__ = ("name", "feature", "entity_field", "type")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    feature: str
    entity_field: str
    type: str
    def __init__(self, name: _Optional[str] = ..., feature: _Optional[str] = ..., entity_field: _Optional[str] = ..., type: _Optional[str] = ...) -> None: ...

class SealedSegment(_message.Message):
    __slots__ = ("segment", "digest", "size_bytes", "row_count")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    segment: str
    digest: str
    size_bytes: int
    row_count: int
    def __init__(self, segment: _Optional[str] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., row_count: _Optional[int] = ...) -> None: ...

class ListSealedLogsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "start_time", "end_time")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSealedLogsResponse(_message.Message):
    __slots__ = ("sealed_logs", "next_page_token")
    SEALED_LOGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sealed_logs: _containers.RepeatedCompositeFieldContainer[SealedLog]
    next_page_token: str
    def __init__(self, sealed_logs: _Optional[_Iterable[_Union[SealedLog, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSealedLogRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSealedLogResponse(_message.Message):
    __slots__ = ("sealed_log",)
    SEALED_LOG_FIELD_NUMBER: _ClassVar[int]
    sealed_log: SealedLog
    def __init__(self, sealed_log: _Optional[_Union[SealedLog, _Mapping]] = ...) -> None: ...

class SealLogRequest(_message.Message):
    __slots__ = ("deployment", "request_id")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    request_id: str
    def __init__(self, deployment: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SealLogResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class SealLogResult(_message.Message):
    __slots__ = ("sealed_logs",)
    SEALED_LOGS_FIELD_NUMBER: _ClassVar[int]
    sealed_logs: _containers.RepeatedCompositeFieldContainer[SealedLog]
    def __init__(self, sealed_logs: _Optional[_Iterable[_Union[SealedLog, _Mapping]]] = ...) -> None: ...
