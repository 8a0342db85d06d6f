import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import skew_report_pb2 as _skew_report_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateSkewReportRequest(_message.Message):
    __slots__ = ("parent", "deployment", "start_time", "end_time", "release", "known_by", "data_version", "data_tag", "feature_service_version", "example_count", "request_id", "feature_service")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    DATA_TAG_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    deployment: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    release: str
    known_by: _timestamp_pb2.Timestamp
    data_version: int
    data_tag: str
    feature_service_version: int
    example_count: int
    request_id: str
    feature_service: str
    def __init__(self, parent: _Optional[str] = ..., deployment: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release: _Optional[str] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., data_version: _Optional[int] = ..., data_tag: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., example_count: _Optional[int] = ..., request_id: _Optional[str] = ..., feature_service: _Optional[str] = ...) -> None: ...

class CreateSkewReportResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class CreateSkewReportResult(_message.Message):
    __slots__ = ("skew_report",)
    SKEW_REPORT_FIELD_NUMBER: _ClassVar[int]
    skew_report: _skew_report_pb2.SkewReport
    def __init__(self, skew_report: _Optional[_Union[_skew_report_pb2.SkewReport, _Mapping]] = ...) -> None: ...

class GetSkewReportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSkewReportResponse(_message.Message):
    __slots__ = ("skew_report",)
    SKEW_REPORT_FIELD_NUMBER: _ClassVar[int]
    skew_report: _skew_report_pb2.SkewReport
    def __init__(self, skew_report: _Optional[_Union[_skew_report_pb2.SkewReport, _Mapping]] = ...) -> None: ...

class ListSkewReportsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "as_of")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSkewReportsResponse(_message.Message):
    __slots__ = ("skew_reports", "next_page_token")
    SKEW_REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    skew_reports: _containers.RepeatedCompositeFieldContainer[_skew_report_pb2.SkewReport]
    next_page_token: str
    def __init__(self, skew_reports: _Optional[_Iterable[_Union[_skew_report_pb2.SkewReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
