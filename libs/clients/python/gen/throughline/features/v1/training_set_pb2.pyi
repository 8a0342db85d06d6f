import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import prediction_log_pb2 as _prediction_log_pb2
from throughline.features.v1 import privacy_pb2 as _privacy_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SuspicionMeasure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUSPICION_MEASURE_UNSPECIFIED: _ClassVar[SuspicionMeasure]
    SUSPICION_MEASURE_PEARSON: _ClassVar[SuspicionMeasure]
    SUSPICION_MEASURE_CORRELATION: _ClassVar[SuspicionMeasure]
    SUSPICION_MEASURE_CORRELATION_RATIO: _ClassVar[SuspicionMeasure]
    SUSPICION_MEASURE_CRAMERS_V: _ClassVar[SuspicionMeasure]
    SUSPICION_MEASURE_INFORMATION: _ClassVar[SuspicionMeasure]
SUSPICION_MEASURE_UNSPECIFIED: SuspicionMeasure
SUSPICION_MEASURE_PEARSON: SuspicionMeasure
SUSPICION_MEASURE_CORRELATION: SuspicionMeasure
SUSPICION_MEASURE_CORRELATION_RATIO: SuspicionMeasure
SUSPICION_MEASURE_CRAMERS_V: SuspicionMeasure
SUSPICION_MEASURE_INFORMATION: SuspicionMeasure

class TrainingSet(_message.Message):
    __slots__ = ("name", "digest", "file_digest", "feature_service", "feature_service_version", "feature_service_digest", "spine_digest", "data_version", "row_count", "columns", "cutoff_column", "label_columns", "certificate", "certificate_digest", "size_bytes", "create_time", "segment_digests", "privacy", "served_rows")
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
    PRIVACY_FIELD_NUMBER: _ClassVar[int]
    SERVED_ROWS_FIELD_NUMBER: _ClassVar[int]
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
    privacy: _privacy_pb2.TrainingSetPrivacy
    served_rows: _prediction_log_pb2.ServedRows
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., file_digest: _Optional[str] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., feature_service_digest: _Optional[str] = ..., spine_digest: _Optional[str] = ..., data_version: _Optional[int] = ..., row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., cutoff_column: _Optional[str] = ..., label_columns: _Optional[_Iterable[str]] = ..., certificate: _Optional[_Union[LeakageCertificate, _Mapping]] = ..., certificate_digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., segment_digests: _Optional[_Iterable[str]] = ..., privacy: _Optional[_Union[_privacy_pb2.TrainingSetPrivacy, _Mapping]] = ..., served_rows: _Optional[_Union[_prediction_log_pb2.ServedRows, _Mapping]] = ...) -> None: ...

class LeakageCertificate(_message.Message):
    __slots__ = ("passed", "seed", "sampled_row_count", "mismatch_count", "later_knowledge_count", "suspects", "training_set_digest", "label_times", "time_split", "absences", "first_cutoff_time", "last_cutoff_time", "compared_row_count", "served")
    PASSED_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SAMPLED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISMATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATER_KNOWLEDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUSPECTS_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LABEL_TIMES_FIELD_NUMBER: _ClassVar[int]
    TIME_SPLIT_FIELD_NUMBER: _ClassVar[int]
    ABSENCES_FIELD_NUMBER: _ClassVar[int]
    FIRST_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_CUTOFF_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPARED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVED_FIELD_NUMBER: _ClassVar[int]
    passed: bool
    seed: int
    sampled_row_count: int
    mismatch_count: int
    later_knowledge_count: int
    suspects: _containers.RepeatedCompositeFieldContainer[SuspectFeature]
    training_set_digest: str
    label_times: LabelTimeCheck
    time_split: TimeSplitCheck
    absences: _containers.RepeatedCompositeFieldContainer[ViewAbsence]
    first_cutoff_time: _timestamp_pb2.Timestamp
    last_cutoff_time: _timestamp_pb2.Timestamp
    compared_row_count: int
    served: ServedChecks
    def __init__(self, passed: bool = ..., seed: _Optional[int] = ..., sampled_row_count: _Optional[int] = ..., mismatch_count: _Optional[int] = ..., later_knowledge_count: _Optional[int] = ..., suspects: _Optional[_Iterable[_Union[SuspectFeature, _Mapping]]] = ..., training_set_digest: _Optional[str] = ..., label_times: _Optional[_Union[LabelTimeCheck, _Mapping]] = ..., time_split: _Optional[_Union[TimeSplitCheck, _Mapping]] = ..., absences: _Optional[_Iterable[_Union[ViewAbsence, _Mapping]]] = ..., first_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_cutoff_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., compared_row_count: _Optional[int] = ..., served: _Optional[_Union[ServedChecks, _Mapping]] = ...) -> None: ...

class TimeSplit(_message.Message):
    __slots__ = ("time", "column")
    TIME_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    column: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., column: _Optional[str] = ...) -> None: ...

class LabelTimeCheck(_message.Message):
    __slots__ = ("column", "delay", "row_count", "unknown_row_count", "known_at_cutoff_row_count", "least_wait", "most_wait")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_CUTOFF_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEAST_WAIT_FIELD_NUMBER: _ClassVar[int]
    MOST_WAIT_FIELD_NUMBER: _ClassVar[int]
    column: str
    delay: _duration_pb2.Duration
    row_count: int
    unknown_row_count: int
    known_at_cutoff_row_count: int
    least_wait: _duration_pb2.Duration
    most_wait: _duration_pb2.Duration
    def __init__(self, column: _Optional[str] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., row_count: _Optional[int] = ..., unknown_row_count: _Optional[int] = ..., known_at_cutoff_row_count: _Optional[int] = ..., least_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., most_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TimeSplitCheck(_message.Message):
    __slots__ = ("split", "held", "uses_label_times", "train_row_count", "test_row_count", "unknown_row_count", "last_train_time", "first_test_time", "late_train_row_count", "early_test_row_count", "test_entity_count", "shared_entity_count")
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    USES_LABEL_TIMES_FIELD_NUMBER: _ClassVar[int]
    TRAIN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEST_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_TRAIN_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRST_TEST_TIME_FIELD_NUMBER: _ClassVar[int]
    LATE_TRAIN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    EARLY_TEST_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    TEST_ENTITY_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARED_ENTITY_COUNT_FIELD_NUMBER: _ClassVar[int]
    split: TimeSplit
    held: bool
    uses_label_times: bool
    train_row_count: int
    test_row_count: int
    unknown_row_count: int
    last_train_time: _timestamp_pb2.Timestamp
    first_test_time: _timestamp_pb2.Timestamp
    late_train_row_count: int
    early_test_row_count: int
    test_entity_count: int
    shared_entity_count: int
    def __init__(self, split: _Optional[_Union[TimeSplit, _Mapping]] = ..., held: bool = ..., uses_label_times: bool = ..., train_row_count: _Optional[int] = ..., test_row_count: _Optional[int] = ..., unknown_row_count: _Optional[int] = ..., last_train_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_test_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., late_train_row_count: _Optional[int] = ..., early_test_row_count: _Optional[int] = ..., test_entity_count: _Optional[int] = ..., shared_entity_count: _Optional[int] = ...) -> None: ...

class ViewAbsence(_message.Message):
    __slots__ = ("view", "view_version", "unknown_row_count", "expired_row_count")
    VIEW_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSION_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    view: str
    view_version: int
    unknown_row_count: int
    expired_row_count: int
    def __init__(self, view: _Optional[str] = ..., view_version: _Optional[int] = ..., unknown_row_count: _Optional[int] = ..., expired_row_count: _Optional[int] = ...) -> None: ...

class SuspectFeature(_message.Message):
    __slots__ = ("feature", "label", "correlation", "measure", "strength", "row_count", "share_told_by_missing")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARE_TOLD_BY_MISSING_FIELD_NUMBER: _ClassVar[int]
    feature: str
    label: str
    correlation: float
    measure: SuspicionMeasure
    strength: float
    row_count: int
    share_told_by_missing: float
    def __init__(self, feature: _Optional[str] = ..., label: _Optional[str] = ..., correlation: _Optional[float] = ..., measure: _Optional[_Union[SuspicionMeasure, str]] = ..., strength: _Optional[float] = ..., row_count: _Optional[int] = ..., share_told_by_missing: _Optional[float] = ...) -> None: ...

class ServedChecks(_message.Message):
    __slots__ = ("logged_rows_digest", "later_as_of_count", "late_label_count")
    LOGGED_ROWS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LATER_AS_OF_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATE_LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    logged_rows_digest: str
    later_as_of_count: int
    late_label_count: int
    def __init__(self, logged_rows_digest: _Optional[str] = ..., later_as_of_count: _Optional[int] = ..., late_label_count: _Optional[int] = ...) -> None: ...
