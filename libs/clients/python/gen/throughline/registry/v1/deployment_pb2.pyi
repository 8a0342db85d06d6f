import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
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

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_LOW: _ClassVar[Priority]
    PRIORITY_NORMAL: _ClassVar[Priority]
    PRIORITY_HIGH: _ClassVar[Priority]

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_RECREATE: _ClassVar[Strategy]
    STRATEGY_CANARY: _ClassVar[Strategy]
    STRATEGY_BLUE_GREEN: _ClassVar[Strategy]
    STRATEGY_SHADOW: _ClassVar[Strategy]
    STRATEGY_BANDIT: _ClassVar[Strategy]
    STRATEGY_AB: _ClassVar[Strategy]
PRIORITY_UNSPECIFIED: Priority
PRIORITY_LOW: Priority
PRIORITY_NORMAL: Priority
PRIORITY_HIGH: Priority
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_RECREATE: Strategy
STRATEGY_CANARY: Strategy
STRATEGY_BLUE_GREEN: Strategy
STRATEGY_SHADOW: Strategy
STRATEGY_BANDIT: Strategy
STRATEGY_AB: Strategy

class Deployment(_message.Message):
    __slots__ = ("name", "traffic", "sticky_key", "strategy", "description", "change", "create_time", "etag", "rollout", "log", "execution")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_FIELD_NUMBER: _ClassVar[int]
    STICKY_KEY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ROLLOUT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    traffic: _containers.RepeatedCompositeFieldContainer[TrafficShare]
    sticky_key: str
    strategy: Strategy
    description: str
    change: _change_pb2.Change
    create_time: _timestamp_pb2.Timestamp
    etag: str
    rollout: RolloutSummary
    log: LogPolicy
    execution: ExecutionSettings
    def __init__(self, name: _Optional[str] = ..., traffic: _Optional[_Iterable[_Union[TrafficShare, _Mapping]]] = ..., sticky_key: _Optional[str] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., description: _Optional[str] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., rollout: _Optional[_Union[RolloutSummary, _Mapping]] = ..., log: _Optional[_Union[LogPolicy, _Mapping]] = ..., execution: _Optional[_Union[ExecutionSettings, _Mapping]] = ...) -> None: ...

class LogPolicy(_message.Message):
    __slots__ = ("sample_basis_points", "inline_bytes_max")
    SAMPLE_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    INLINE_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    sample_basis_points: int
    inline_bytes_max: int
    def __init__(self, sample_basis_points: _Optional[int] = ..., inline_bytes_max: _Optional[int] = ...) -> None: ...

class ExecutionSettings(_message.Message):
    __slots__ = ("latency_objective", "instances", "priority", "max_batch_rows")
    LATENCY_OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_ROWS_FIELD_NUMBER: _ClassVar[int]
    latency_objective: _duration_pb2.Duration
    instances: int
    priority: Priority
    max_batch_rows: int
    def __init__(self, latency_objective: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., instances: _Optional[int] = ..., priority: _Optional[_Union[Priority, str]] = ..., max_batch_rows: _Optional[int] = ...) -> None: ...

class RolloutSummary(_message.Message):
    __slots__ = ("name", "revision", "candidate", "baseline", "strategy", "plan", "step", "start_time", "step_start_time", "is_waiting", "arm_rewards")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    STEP_START_TIME_FIELD_NUMBER: _ClassVar[int]
    IS_WAITING_FIELD_NUMBER: _ClassVar[int]
    ARM_REWARDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: int
    candidate: str
    baseline: str
    strategy: Strategy
    plan: _rollout_plan_pb2.RolloutPlan
    step: int
    start_time: _timestamp_pb2.Timestamp
    step_start_time: _timestamp_pb2.Timestamp
    is_waiting: bool
    arm_rewards: _containers.RepeatedCompositeFieldContainer[_rollout_evidence_pb2.ArmRewards]
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[int] = ..., candidate: _Optional[str] = ..., baseline: _Optional[str] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., plan: _Optional[_Union[_rollout_plan_pb2.RolloutPlan, _Mapping]] = ..., step: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., step_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_waiting: bool = ..., arm_rewards: _Optional[_Iterable[_Union[_rollout_evidence_pb2.ArmRewards, _Mapping]]] = ...) -> None: ...

class TrafficShare(_message.Message):
    __slots__ = ("release", "weight_basis_points")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    release: str
    weight_basis_points: int
    def __init__(self, release: _Optional[str] = ..., weight_basis_points: _Optional[int] = ...) -> None: ...
