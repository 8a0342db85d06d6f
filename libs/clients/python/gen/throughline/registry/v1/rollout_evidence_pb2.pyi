import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RolloutEvidencePart(_message.Message):
    __slots__ = ("router", "rollout_revision", "log_positions", "known_by", "analyses", "arms", "report_time")
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    ROLLOUT_REVISION_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    ANALYSES_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    REPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    router: str
    rollout_revision: int
    log_positions: _containers.RepeatedCompositeFieldContainer[EvidencePosition]
    known_by: _timestamp_pb2.Timestamp
    analyses: _containers.RepeatedCompositeFieldContainer[AnalysisSums]
    arms: _containers.RepeatedCompositeFieldContainer[ArmRewards]
    report_time: _timestamp_pb2.Timestamp
    def __init__(self, router: _Optional[str] = ..., rollout_revision: _Optional[int] = ..., log_positions: _Optional[_Iterable[_Union[EvidencePosition, _Mapping]]] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., analyses: _Optional[_Iterable[_Union[AnalysisSums, _Mapping]]] = ..., arms: _Optional[_Iterable[_Union[ArmRewards, _Mapping]]] = ..., report_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EvidencePosition(_message.Message):
    __slots__ = ("segment", "offset")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    segment: str
    offset: int
    def __init__(self, segment: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class AnalysisSums(_message.Message):
    __slots__ = ("analysis", "candidate", "baseline", "weight", "sum", "squares", "squares_above", "squares_below", "rho", "tuned_by", "pilot_count", "pilot_squares", "missing_count", "waiting_count", "worse", "cleared")
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    SQUARES_FIELD_NUMBER: _ClassVar[int]
    SQUARES_ABOVE_FIELD_NUMBER: _ClassVar[int]
    SQUARES_BELOW_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    TUNED_BY_FIELD_NUMBER: _ClassVar[int]
    PILOT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PILOT_SQUARES_FIELD_NUMBER: _ClassVar[int]
    MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    WORSE_FIELD_NUMBER: _ClassVar[int]
    CLEARED_FIELD_NUMBER: _ClassVar[int]
    analysis: str
    candidate: ValueMoments
    baseline: ValueMoments
    weight: float
    sum: float
    squares: float
    squares_above: float
    squares_below: float
    rho: float
    tuned_by: str
    pilot_count: int
    pilot_squares: float
    missing_count: int
    waiting_count: int
    worse: ShownClaim
    cleared: ShownClaim
    def __init__(self, analysis: _Optional[str] = ..., candidate: _Optional[_Union[ValueMoments, _Mapping]] = ..., baseline: _Optional[_Union[ValueMoments, _Mapping]] = ..., weight: _Optional[float] = ..., sum: _Optional[float] = ..., squares: _Optional[float] = ..., squares_above: _Optional[float] = ..., squares_below: _Optional[float] = ..., rho: _Optional[float] = ..., tuned_by: _Optional[str] = ..., pilot_count: _Optional[int] = ..., pilot_squares: _Optional[float] = ..., missing_count: _Optional[int] = ..., waiting_count: _Optional[int] = ..., worse: _Optional[_Union[ShownClaim, _Mapping]] = ..., cleared: _Optional[_Union[ShownClaim, _Mapping]] = ...) -> None: ...

class ValueMoments(_message.Message):
    __slots__ = ("count", "mean", "m2")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    M2_FIELD_NUMBER: _ClassVar[int]
    count: int
    mean: float
    m2: float
    def __init__(self, count: _Optional[int] = ..., mean: _Optional[float] = ..., m2: _Optional[float] = ...) -> None: ...

class ShownClaim(_message.Message):
    __slots__ = ("candidate_count", "bound", "log_e_value")
    CANDIDATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    candidate_count: int
    bound: float
    log_e_value: float
    def __init__(self, candidate_count: _Optional[int] = ..., bound: _Optional[float] = ..., log_e_value: _Optional[float] = ...) -> None: ...

class ArmRewards(_message.Message):
    __slots__ = ("release", "sums")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    release: str
    sums: _containers.RepeatedCompositeFieldContainer[ExactTotal]
    def __init__(self, release: _Optional[str] = ..., sums: _Optional[_Iterable[_Union[ExactTotal, _Mapping]]] = ...) -> None: ...

class ExactTotal(_message.Message):
    __slots__ = ("terms",)
    TERMS_FIELD_NUMBER: _ClassVar[int]
    terms: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, terms: _Optional[_Iterable[float]] = ...) -> None: ...

class AnalysisTuning(_message.Message):
    __slots__ = ("analysis", "router", "rho")
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    analysis: str
    router: str
    rho: float
    def __init__(self, analysis: _Optional[str] = ..., router: _Optional[str] = ..., rho: _Optional[float] = ...) -> None: ...
