import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import feature_store_service_pb2 as _feature_store_service_pb2
from throughline.features.v1 import privacy_pb2 as _privacy_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SetPrivacyPolicyRequest(_message.Message):
    __slots__ = ("policy", "expected_version", "reason", "request_id")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    policy: _privacy_pb2.PrivacyPolicy
    expected_version: int
    reason: str
    request_id: str
    def __init__(self, policy: _Optional[_Union[_privacy_pb2.PrivacyPolicy, _Mapping]] = ..., expected_version: _Optional[int] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetPrivacyPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _privacy_pb2.PrivacyPolicy
    def __init__(self, policy: _Optional[_Union[_privacy_pb2.PrivacyPolicy, _Mapping]] = ...) -> None: ...

class GetPrivacyPolicyRequest(_message.Message):
    __slots__ = ("name", "version", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPrivacyPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _privacy_pb2.PrivacyPolicy
    def __init__(self, policy: _Optional[_Union[_privacy_pb2.PrivacyPolicy, _Mapping]] = ...) -> None: ...

class ListPrivacyPolicyVersionsRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPrivacyPolicyVersionsResponse(_message.Message):
    __slots__ = ("policies", "next_page_token")
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[_privacy_pb2.PrivacyPolicy]
    next_page_token: str
    def __init__(self, policies: _Optional[_Iterable[_Union[_privacy_pb2.PrivacyPolicy, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreatePrivacyReportRequest(_message.Message):
    __slots__ = ("parent", "training_set", "quasi_identifiers", "sensitive", "demand", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    QUASI_IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    training_set: str
    quasi_identifiers: _containers.RepeatedScalarFieldContainer[str]
    sensitive: _containers.RepeatedScalarFieldContainer[str]
    demand: _privacy_pb2.AnonymityDemand
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., training_set: _Optional[str] = ..., quasi_identifiers: _Optional[_Iterable[str]] = ..., sensitive: _Optional[_Iterable[str]] = ..., demand: _Optional[_Union[_privacy_pb2.AnonymityDemand, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreatePrivacyReportResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class CreatePrivacyReportResult(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: _privacy_pb2.PrivacyReport
    def __init__(self, report: _Optional[_Union[_privacy_pb2.PrivacyReport, _Mapping]] = ...) -> None: ...

class GetPrivacyReportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetPrivacyReportResponse(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: _privacy_pb2.PrivacyReport
    def __init__(self, report: _Optional[_Union[_privacy_pb2.PrivacyReport, _Mapping]] = ...) -> None: ...

class ListPrivacyReportsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPrivacyReportsResponse(_message.Message):
    __slots__ = ("reports", "next_page_token")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[_privacy_pb2.PrivacyReport]
    next_page_token: str
    def __init__(self, reports: _Optional[_Iterable[_Union[_privacy_pb2.PrivacyReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ForgetEntityRequest(_message.Message):
    __slots__ = ("entity", "key", "reason", "request_id")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    entity: str
    key: _feature_store_service_pb2.Row
    reason: str
    request_id: str
    def __init__(self, entity: _Optional[str] = ..., key: _Optional[_Union[_feature_store_service_pb2.Row, _Mapping]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ForgetEntityResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class ForgetEntityResult(_message.Message):
    __slots__ = ("forgetting",)
    FORGETTING_FIELD_NUMBER: _ClassVar[int]
    forgetting: _privacy_pb2.Forgetting
    def __init__(self, forgetting: _Optional[_Union[_privacy_pb2.Forgetting, _Mapping]] = ...) -> None: ...

class GetForgettingRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetForgettingResponse(_message.Message):
    __slots__ = ("forgetting",)
    FORGETTING_FIELD_NUMBER: _ClassVar[int]
    forgetting: _privacy_pb2.Forgetting
    def __init__(self, forgetting: _Optional[_Union[_privacy_pb2.Forgetting, _Mapping]] = ...) -> None: ...

class ListForgettingsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListForgettingsResponse(_message.Message):
    __slots__ = ("forgettings", "next_page_token")
    FORGETTINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    forgettings: _containers.RepeatedCompositeFieldContainer[_privacy_pb2.Forgetting]
    next_page_token: str
    def __init__(self, forgettings: _Optional[_Iterable[_Union[_privacy_pb2.Forgetting, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
