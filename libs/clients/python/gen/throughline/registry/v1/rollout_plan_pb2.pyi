import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AnalysisRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANALYSIS_ROLE_UNSPECIFIED: _ClassVar[AnalysisRole]
    ANALYSIS_ROLE_OBJECTIVE: _ClassVar[AnalysisRole]
    ANALYSIS_ROLE_GUARDRAIL: _ClassVar[AnalysisRole]

class OnInconclusive(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_INCONCLUSIVE_UNSPECIFIED: _ClassVar[OnInconclusive]
    ON_INCONCLUSIVE_PAUSE: _ClassVar[OnInconclusive]
    ON_INCONCLUSIVE_ABORT: _ClassVar[OnInconclusive]

class BanditPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BANDIT_POLICY_UNSPECIFIED: _ClassVar[BanditPolicy]
    BANDIT_POLICY_EPSILON_GREEDY: _ClassVar[BanditPolicy]
    BANDIT_POLICY_UCB1: _ClassVar[BanditPolicy]
    BANDIT_POLICY_THOMPSON_BERNOULLI: _ClassVar[BanditPolicy]
    BANDIT_POLICY_THOMPSON_GAUSSIAN: _ClassVar[BanditPolicy]
    BANDIT_POLICY_LINEAR_THOMPSON: _ClassVar[BanditPolicy]
ANALYSIS_ROLE_UNSPECIFIED: AnalysisRole
ANALYSIS_ROLE_OBJECTIVE: AnalysisRole
ANALYSIS_ROLE_GUARDRAIL: AnalysisRole
ON_INCONCLUSIVE_UNSPECIFIED: OnInconclusive
ON_INCONCLUSIVE_PAUSE: OnInconclusive
ON_INCONCLUSIVE_ABORT: OnInconclusive
BANDIT_POLICY_UNSPECIFIED: BanditPolicy
BANDIT_POLICY_EPSILON_GREEDY: BanditPolicy
BANDIT_POLICY_UCB1: BanditPolicy
BANDIT_POLICY_THOMPSON_BERNOULLI: BanditPolicy
BANDIT_POLICY_THOMPSON_GAUSSIAN: BanditPolicy
BANDIT_POLICY_LINEAR_THOMPSON: BanditPolicy

class RolloutPlan(_message.Message):
    __slots__ = ("steps", "analyses", "alpha", "power", "on_inconclusive", "mirror_basis_points", "bandit", "fast_track_revisions")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ANALYSES_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    ON_INCONCLUSIVE_FIELD_NUMBER: _ClassVar[int]
    MIRROR_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    BANDIT_FIELD_NUMBER: _ClassVar[int]
    FAST_TRACK_REVISIONS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[RolloutStep]
    analyses: _containers.RepeatedCompositeFieldContainer[RolloutAnalysis]
    alpha: float
    power: float
    on_inconclusive: OnInconclusive
    mirror_basis_points: int
    bandit: BanditPlan
    fast_track_revisions: int
    def __init__(self, steps: _Optional[_Iterable[_Union[RolloutStep, _Mapping]]] = ..., analyses: _Optional[_Iterable[_Union[RolloutAnalysis, _Mapping]]] = ..., alpha: _Optional[float] = ..., power: _Optional[float] = ..., on_inconclusive: _Optional[_Union[OnInconclusive, str]] = ..., mirror_basis_points: _Optional[int] = ..., bandit: _Optional[_Union[BanditPlan, _Mapping]] = ..., fast_track_revisions: _Optional[int] = ...) -> None: ...

class RolloutStep(_message.Message):
    __slots__ = ("weight_basis_points", "least_duration", "least_observations", "needs_approval")
    WEIGHT_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    LEAST_DURATION_FIELD_NUMBER: _ClassVar[int]
    LEAST_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    NEEDS_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    weight_basis_points: int
    least_duration: _duration_pb2.Duration
    least_observations: int
    needs_approval: bool
    def __init__(self, weight_basis_points: _Optional[int] = ..., least_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., least_observations: _Optional[int] = ..., needs_approval: bool = ...) -> None: ...

class RolloutAnalysis(_message.Message):
    __slots__ = ("name", "role", "expression", "latency_ms", "error", "interval_covered", "prometheus", "anomaly", "feature_drift", "bounds", "lower_is_better", "min_effect", "label_delay", "missing_value", "horizon_observations")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_COVERED_FIELD_NUMBER: _ClassVar[int]
    PROMETHEUS_FIELD_NUMBER: _ClassVar[int]
    ANOMALY_FIELD_NUMBER: _ClassVar[int]
    FEATURE_DRIFT_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    LOWER_IS_BETTER_FIELD_NUMBER: _ClassVar[int]
    MIN_EFFECT_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_FIELD_NUMBER: _ClassVar[int]
    MISSING_VALUE_FIELD_NUMBER: _ClassVar[int]
    HORIZON_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: AnalysisRole
    expression: str
    latency_ms: LatencySource
    error: ErrorSource
    interval_covered: CoverageSource
    prometheus: PrometheusSource
    anomaly: AnomalySource
    feature_drift: FeatureDriftSource
    bounds: AnalysisBounds
    lower_is_better: bool
    min_effect: float
    label_delay: _duration_pb2.Duration
    missing_value: float
    horizon_observations: int
    def __init__(self, name: _Optional[str] = ..., role: _Optional[_Union[AnalysisRole, str]] = ..., expression: _Optional[str] = ..., latency_ms: _Optional[_Union[LatencySource, _Mapping]] = ..., error: _Optional[_Union[ErrorSource, _Mapping]] = ..., interval_covered: _Optional[_Union[CoverageSource, _Mapping]] = ..., prometheus: _Optional[_Union[PrometheusSource, _Mapping]] = ..., anomaly: _Optional[_Union[AnomalySource, _Mapping]] = ..., feature_drift: _Optional[_Union[FeatureDriftSource, _Mapping]] = ..., bounds: _Optional[_Union[AnalysisBounds, _Mapping]] = ..., lower_is_better: bool = ..., min_effect: _Optional[float] = ..., label_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., missing_value: _Optional[float] = ..., horizon_observations: _Optional[int] = ...) -> None: ...

class LatencySource(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ErrorSource(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CoverageSource(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AnomalySource(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class FeatureDriftSource(_message.Message):
    __slots__ = ("features",)
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, features: _Optional[_Iterable[str]] = ...) -> None: ...

class PrometheusSource(_message.Message):
    __slots__ = ("query",)
    QUERY_FIELD_NUMBER: _ClassVar[int]
    query: str
    def __init__(self, query: _Optional[str] = ...) -> None: ...

class AnalysisBounds(_message.Message):
    __slots__ = ("least", "most")
    LEAST_FIELD_NUMBER: _ClassVar[int]
    MOST_FIELD_NUMBER: _ClassVar[int]
    least: float
    most: float
    def __init__(self, least: _Optional[float] = ..., most: _Optional[float] = ...) -> None: ...

class BanditPlan(_message.Message):
    __slots__ = ("policy", "epsilon", "reward", "arms", "label_delay", "least_interval", "context_fields")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    ARMS_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_FIELD_NUMBER: _ClassVar[int]
    LEAST_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELDS_FIELD_NUMBER: _ClassVar[int]
    policy: BanditPolicy
    epsilon: float
    reward: str
    arms: _containers.RepeatedCompositeFieldContainer[BanditArm]
    label_delay: _duration_pb2.Duration
    least_interval: _duration_pb2.Duration
    context_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, policy: _Optional[_Union[BanditPolicy, str]] = ..., epsilon: _Optional[float] = ..., reward: _Optional[str] = ..., arms: _Optional[_Iterable[_Union[BanditArm, _Mapping]]] = ..., label_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., least_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., context_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class BanditArm(_message.Message):
    __slots__ = ("release", "floor_basis_points")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    FLOOR_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    release: str
    floor_basis_points: int
    def __init__(self, release: _Optional[str] = ..., floor_basis_points: _Optional[int] = ...) -> None: ...
