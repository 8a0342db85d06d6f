import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.registry.v1 import deployment_pb2 as _deployment_pb2
from throughline.registry.v1 import rollout_evidence_pb2 as _rollout_evidence_pb2
from throughline.registry.v1 import rollout_plan_pb2 as _rollout_plan_pb2
from throughline.type.v1 import change_pb2 as _change_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RolloutState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLLOUT_STATE_UNSPECIFIED: _ClassVar[RolloutState]
    ROLLOUT_STATE_RUNNING: _ClassVar[RolloutState]
    ROLLOUT_STATE_WAITING_APPROVAL: _ClassVar[RolloutState]
    ROLLOUT_STATE_PAUSED: _ClassVar[RolloutState]
    ROLLOUT_STATE_INCONCLUSIVE: _ClassVar[RolloutState]
    ROLLOUT_STATE_PROMOTED: _ClassVar[RolloutState]
    ROLLOUT_STATE_ABORTED: _ClassVar[RolloutState]
    ROLLOUT_STATE_SUPERSEDED: _ClassVar[RolloutState]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_CONTINUE: _ClassVar[Verdict]
    VERDICT_PROMOTE: _ClassVar[Verdict]
    VERDICT_ABORT: _ClassVar[Verdict]
    VERDICT_INCONCLUSIVE: _ClassVar[Verdict]
ROLLOUT_STATE_UNSPECIFIED: RolloutState
ROLLOUT_STATE_RUNNING: RolloutState
ROLLOUT_STATE_WAITING_APPROVAL: RolloutState
ROLLOUT_STATE_PAUSED: RolloutState
ROLLOUT_STATE_INCONCLUSIVE: RolloutState
ROLLOUT_STATE_PROMOTED: RolloutState
ROLLOUT_STATE_ABORTED: RolloutState
ROLLOUT_STATE_SUPERSEDED: RolloutState
VERDICT_UNSPECIFIED: Verdict
VERDICT_CONTINUE: Verdict
VERDICT_PROMOTE: Verdict
VERDICT_ABORT: Verdict
VERDICT_INCONCLUSIVE: Verdict

class Rollout(_message.Message):
    __slots__ = ("name", "candidate", "baseline", "strategy", "plan", "state", "step", "step_approved", "start_time", "step_start_time", "end_time", "traffic_before", "revision_before", "decision_count", "change", "etag", "is_open_ended", "arm_shares", "arm_shares_time", "arm_rewards")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEP_APPROVED_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STEP_START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_BEFORE_FIELD_NUMBER: _ClassVar[int]
    REVISION_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    IS_OPEN_ENDED_FIELD_NUMBER: _ClassVar[int]
    ARM_SHARES_FIELD_NUMBER: _ClassVar[int]
    ARM_SHARES_TIME_FIELD_NUMBER: _ClassVar[int]
    ARM_REWARDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    candidate: str
    baseline: str
    strategy: _deployment_pb2.Strategy
    plan: _rollout_plan_pb2.RolloutPlan
    state: RolloutState
    step: int
    step_approved: bool
    start_time: _timestamp_pb2.Timestamp
    step_start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    traffic_before: _containers.RepeatedCompositeFieldContainer[_deployment_pb2.TrafficShare]
    revision_before: int
    decision_count: int
    change: _change_pb2.Change
    etag: str
    is_open_ended: bool
    arm_shares: _containers.RepeatedCompositeFieldContainer[_deployment_pb2.TrafficShare]
    arm_shares_time: _timestamp_pb2.Timestamp
    arm_rewards: _containers.RepeatedCompositeFieldContainer[_rollout_evidence_pb2.ArmRewards]
    def __init__(self, name: _Optional[str] = ..., candidate: _Optional[str] = ..., baseline: _Optional[str] = ..., strategy: _Optional[_Union[_deployment_pb2.Strategy, str]] = ..., plan: _Optional[_Union[_rollout_plan_pb2.RolloutPlan, _Mapping]] = ..., state: _Optional[_Union[RolloutState, str]] = ..., step: _Optional[int] = ..., step_approved: bool = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., step_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., traffic_before: _Optional[_Iterable[_Union[_deployment_pb2.TrafficShare, _Mapping]]] = ..., revision_before: _Optional[int] = ..., decision_count: _Optional[int] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ..., is_open_ended: bool = ..., arm_shares: _Optional[_Iterable[_Union[_deployment_pb2.TrafficShare, _Mapping]]] = ..., arm_shares_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., arm_rewards: _Optional[_Iterable[_Union[_rollout_evidence_pb2.ArmRewards, _Mapping]]] = ...) -> None: ...

class RolloutDecision(_message.Message):
    __slots__ = ("name", "sequence", "rollout_revision", "step", "verdict", "applied", "note", "evidence", "arm_shares", "log_positions", "known_by", "seed", "actor", "time", "reason", "parts", "router", "arm_rewards")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ROLLOUT_REVISION_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ARM_SHARES_FIELD_NUMBER: _ClassVar[int]
    LOG_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_BY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    ARM_REWARDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    sequence: int
    rollout_revision: int
    step: int
    verdict: Verdict
    applied: Verdict
    note: str
    evidence: _containers.RepeatedCompositeFieldContainer[RolloutEvidence]
    arm_shares: _containers.RepeatedCompositeFieldContainer[_deployment_pb2.TrafficShare]
    log_positions: _containers.RepeatedCompositeFieldContainer[RolloutLogPosition]
    known_by: _timestamp_pb2.Timestamp
    seed: str
    actor: str
    time: _timestamp_pb2.Timestamp
    reason: str
    parts: _containers.RepeatedCompositeFieldContainer[_rollout_evidence_pb2.RolloutEvidencePart]
    router: str
    arm_rewards: _containers.RepeatedCompositeFieldContainer[_rollout_evidence_pb2.ArmRewards]
    def __init__(self, name: _Optional[str] = ..., sequence: _Optional[int] = ..., rollout_revision: _Optional[int] = ..., step: _Optional[int] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., applied: _Optional[_Union[Verdict, str]] = ..., note: _Optional[str] = ..., evidence: _Optional[_Iterable[_Union[RolloutEvidence, _Mapping]]] = ..., arm_shares: _Optional[_Iterable[_Union[_deployment_pb2.TrafficShare, _Mapping]]] = ..., log_positions: _Optional[_Iterable[_Union[RolloutLogPosition, _Mapping]]] = ..., known_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seed: _Optional[str] = ..., actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., parts: _Optional[_Iterable[_Union[_rollout_evidence_pb2.RolloutEvidencePart, _Mapping]]] = ..., router: _Optional[str] = ..., arm_rewards: _Optional[_Iterable[_Union[_rollout_evidence_pb2.ArmRewards, _Mapping]]] = ...) -> None: ...

class RolloutEvidence(_message.Message):
    __slots__ = ("analysis", "verdict", "candidate_count", "baseline_count", "candidate_mean", "baseline_mean", "difference_low", "difference_high", "alpha", "log_e_value", "method", "waiting_count", "missing_count", "horizon_observations", "problem", "measurement")
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BASELINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_MEAN_FIELD_NUMBER: _ClassVar[int]
    BASELINE_MEAN_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_LOW_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_HIGH_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    LOG_E_VALUE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    HORIZON_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENT_FIELD_NUMBER: _ClassVar[int]
    analysis: str
    verdict: Verdict
    candidate_count: int
    baseline_count: int
    candidate_mean: float
    baseline_mean: float
    difference_low: float
    difference_high: float
    alpha: float
    log_e_value: float
    method: str
    waiting_count: int
    missing_count: int
    horizon_observations: int
    problem: str
    measurement: RolloutMeasurement
    def __init__(self, analysis: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., candidate_count: _Optional[int] = ..., baseline_count: _Optional[int] = ..., candidate_mean: _Optional[float] = ..., baseline_mean: _Optional[float] = ..., difference_low: _Optional[float] = ..., difference_high: _Optional[float] = ..., alpha: _Optional[float] = ..., log_e_value: _Optional[float] = ..., method: _Optional[str] = ..., waiting_count: _Optional[int] = ..., missing_count: _Optional[int] = ..., horizon_observations: _Optional[int] = ..., problem: _Optional[str] = ..., measurement: _Optional[_Union[RolloutMeasurement, _Mapping]] = ...) -> None: ...

class RolloutMeasurement(_message.Message):
    __slots__ = ("candidate_query", "baseline_query", "time", "candidate", "baseline", "missing_since")
    CANDIDATE_QUERY_FIELD_NUMBER: _ClassVar[int]
    BASELINE_QUERY_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    MISSING_SINCE_FIELD_NUMBER: _ClassVar[int]
    candidate_query: str
    baseline_query: str
    time: _timestamp_pb2.Timestamp
    candidate: float
    baseline: float
    missing_since: _timestamp_pb2.Timestamp
    def __init__(self, candidate_query: _Optional[str] = ..., baseline_query: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., candidate: _Optional[float] = ..., baseline: _Optional[float] = ..., missing_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RolloutLogPosition(_message.Message):
    __slots__ = ("segment", "offset", "router")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    segment: str
    offset: int
    router: str
    def __init__(self, segment: _Optional[str] = ..., offset: _Optional[int] = ..., router: _Optional[str] = ...) -> None: ...
