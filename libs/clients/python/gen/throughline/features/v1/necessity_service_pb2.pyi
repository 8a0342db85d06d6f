import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import necessity_pb2 as _necessity_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateNecessityReportRequest(_message.Message):
    __slots__ = ("parent", "training_set", "feature_service", "feature_service_version", "label", "seed", "sample_row_count", "thresholds", "importance", "costs", "request_id", "drop_costs", "drop_one")
    class CostsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class DropCostsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _necessity_pb2.Estimate
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_necessity_pb2.Estimate, _Mapping]] = ...) -> None: ...
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DROP_COSTS_FIELD_NUMBER: _ClassVar[int]
    DROP_ONE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    training_set: str
    feature_service: str
    feature_service_version: int
    label: str
    seed: int
    sample_row_count: int
    thresholds: _necessity_pb2.NecessityThresholds
    importance: ImportanceRequest
    costs: _containers.ScalarMap[str, float]
    request_id: str
    drop_costs: _containers.MessageMap[str, _necessity_pb2.Estimate]
    drop_one: _necessity_pb2.DropOneBasis
    def __init__(self, parent: _Optional[str] = ..., training_set: _Optional[str] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., label: _Optional[str] = ..., seed: _Optional[int] = ..., sample_row_count: _Optional[int] = ..., thresholds: _Optional[_Union[_necessity_pb2.NecessityThresholds, _Mapping]] = ..., importance: _Optional[_Union[ImportanceRequest, _Mapping]] = ..., costs: _Optional[_Mapping[str, float]] = ..., request_id: _Optional[str] = ..., drop_costs: _Optional[_Mapping[str, _necessity_pb2.Estimate]] = ..., drop_one: _Optional[_Union[_necessity_pb2.DropOneBasis, _Mapping]] = ...) -> None: ...

class ImportanceRequest(_message.Message):
    __slots__ = ("model_version", "output_tensor", "output_column", "loss", "row_count", "repeat_count", "groups")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMN_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEAT_COUNT_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    model_version: str
    output_tensor: str
    output_column: int
    loss: _necessity_pb2.ImportanceLoss
    row_count: int
    repeat_count: int
    groups: _containers.RepeatedCompositeFieldContainer[FeatureGroup]
    def __init__(self, model_version: _Optional[str] = ..., output_tensor: _Optional[str] = ..., output_column: _Optional[int] = ..., loss: _Optional[_Union[_necessity_pb2.ImportanceLoss, str]] = ..., row_count: _Optional[int] = ..., repeat_count: _Optional[int] = ..., groups: _Optional[_Iterable[_Union[FeatureGroup, _Mapping]]] = ...) -> None: ...

class FeatureGroup(_message.Message):
    __slots__ = ("features",)
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, features: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateNecessityReportResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class CreateNecessityReportResult(_message.Message):
    __slots__ = ("necessity_report",)
    NECESSITY_REPORT_FIELD_NUMBER: _ClassVar[int]
    necessity_report: _necessity_pb2.NecessityReport
    def __init__(self, necessity_report: _Optional[_Union[_necessity_pb2.NecessityReport, _Mapping]] = ...) -> None: ...

class GetNecessityReportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetNecessityReportResponse(_message.Message):
    __slots__ = ("necessity_report",)
    NECESSITY_REPORT_FIELD_NUMBER: _ClassVar[int]
    necessity_report: _necessity_pb2.NecessityReport
    def __init__(self, necessity_report: _Optional[_Union[_necessity_pb2.NecessityReport, _Mapping]] = ...) -> None: ...

class ListNecessityReportsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "feature_service", "as_of")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    feature_service: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., feature_service: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListNecessityReportsResponse(_message.Message):
    __slots__ = ("necessity_reports", "next_page_token")
    NECESSITY_REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    necessity_reports: _containers.RepeatedCompositeFieldContainer[_necessity_pb2.NecessityReport]
    next_page_token: str
    def __init__(self, necessity_reports: _Optional[_Iterable[_Union[_necessity_pb2.NecessityReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
