import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PredictionLogWindow(_message.Message):
    __slots__ = ("deployment", "start_time", "end_time", "release", "label_delay", "keep_unlabeled", "known_by")
    DEPLOYMENT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_FIELD_NUMBER: _ClassVar[int]
    KEEP_UNLABELED_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    deployment: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    release: str
    label_delay: _duration_pb2.Duration
    keep_unlabeled: bool
    known_by: _timestamp_pb2.Timestamp
    def __init__(self, deployment: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release: _Optional[str] = ..., label_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., keep_unlabeled: bool = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ServedRows(_message.Message):
    __slots__ = ("window", "releases", "log_segments", "predictions_digest", "labeled_row_count", "left_out")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    LOG_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LABELED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    window: PredictionLogWindow
    releases: _containers.RepeatedCompositeFieldContainer[AnsweringRelease]
    log_segments: _containers.RepeatedCompositeFieldContainer[LogSegment]
    predictions_digest: str
    labeled_row_count: int
    left_out: LeftOutPredictions
    def __init__(self, window: _Optional[_Union[PredictionLogWindow, _Mapping]] = ..., releases: _Optional[_Iterable[_Union[AnsweringRelease, _Mapping]]] = ..., log_segments: _Optional[_Iterable[_Union[LogSegment, _Mapping]]] = ..., predictions_digest: _Optional[str] = ..., labeled_row_count: _Optional[int] = ..., left_out: _Optional[_Union[LeftOutPredictions, _Mapping]] = ...) -> None: ...

class AnsweringRelease(_message.Message):
    __slots__ = ("release", "digest", "row_count")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    release: str
    digest: str
    row_count: int
    def __init__(self, release: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...

class LogSegment(_message.Message):
    __slots__ = ("segment", "digest", "row_count")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    segment: str
    digest: str
    row_count: int
    def __init__(self, segment: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...

class LeftOutPredictions(_message.Message):
    __slots__ = ("without_entity_count", "later_as_of_count", "without_label_count", "not_sampled_count")
    WITHOUT_ENTITY_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATER_AS_OF_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    NOT_SAMPLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    without_entity_count: int
    later_as_of_count: int
    without_label_count: int
    not_sampled_count: int
    def __init__(self, without_entity_count: _Optional[int] = ..., later_as_of_count: _Optional[int] = ..., without_label_count: _Optional[int] = ..., not_sampled_count: _Optional[int] = ...) -> None: ...
