import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrainingSet(_message.Message):
    __slots__ = ("name", "digest", "file_digest", "feature_service", "feature_service_version", "feature_service_digest", "spine_digest", "data_version", "row_count", "columns", "cutoff_column", "label_columns", "certificate", "certificate_digest", "size_bytes", "create_time", "segment_digests")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SPINE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_COLUMN_FIELD_NUMBER: _ClassVar[int]
    LABEL_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    file_digest: str
    feature_service: str
    feature_service_version: int
    feature_service_digest: str
    spine_digest: str
    data_version: int
    row_count: int
    columns: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    cutoff_column: str
    label_columns: _containers.RepeatedScalarFieldContainer[str]
    certificate: LeakageCertificate
    certificate_digest: str
    size_bytes: int
    create_time: _timestamp_pb2.Timestamp
    segment_digests: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., file_digest: _Optional[str] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., feature_service_digest: _Optional[str] = ..., spine_digest: _Optional[str] = ..., data_version: _Optional[int] = ..., row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., cutoff_column: _Optional[str] = ..., label_columns: _Optional[_Iterable[str]] = ..., certificate: _Optional[_Union[LeakageCertificate, _Mapping]] = ..., certificate_digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment_digests: _Optional[_Iterable[str]] = ...) -> None: ...

class LeakageCertificate(_message.Message):
    __slots__ = ("passed", "seed", "sampled_row_count", "mismatch_count", "later_knowledge_count", "suspects", "training_set_digest")
    PASSED_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SAMPLED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISMATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATER_KNOWLEDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUSPECTS_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    passed: bool
    seed: int
    sampled_row_count: int
    mismatch_count: int
    later_knowledge_count: int
    suspects: _containers.RepeatedCompositeFieldContainer[SuspectFeature]
    training_set_digest: str
    def __init__(self, passed: bool = ..., seed: _Optional[int] = ..., sampled_row_count: _Optional[int] = ..., mismatch_count: _Optional[int] = ..., later_knowledge_count: _Optional[int] = ..., suspects: _Optional[_Iterable[_Union[SuspectFeature, _Mapping]]] = ..., training_set_digest: _Optional[str] = ...) -> None: ...

class SuspectFeature(_message.Message):
    __slots__ = ("feature", "label", "correlation")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    feature: str
    label: str
    correlation: float
    def __init__(self, feature: _Optional[str] = ..., label: _Optional[str] = ..., correlation: _Optional[float] = ...) -> None: ...
