import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StudyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STUDY_STATE_UNSPECIFIED: _ClassVar[StudyState]
    STUDY_STATE_ACTIVE: _ClassVar[StudyState]
    STUDY_STATE_STOPPED: _ClassVar[StudyState]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_MINIMIZE: _ClassVar[Direction]
    DIRECTION_MAXIMIZE: _ClassVar[Direction]

class TrialState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIAL_STATE_UNSPECIFIED: _ClassVar[TrialState]
    TRIAL_STATE_RUNNING: _ClassVar[TrialState]
    TRIAL_STATE_COMPLETE: _ClassVar[TrialState]
    TRIAL_STATE_PRUNED: _ClassVar[TrialState]
    TRIAL_STATE_FAILED: _ClassVar[TrialState]

class CorrectionMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORRECTION_METHOD_UNSPECIFIED: _ClassVar[CorrectionMethod]
    CORRECTION_METHOD_BOOTSTRAP: _ClassVar[CorrectionMethod]
    CORRECTION_METHOD_FOLDS: _ClassVar[CorrectionMethod]
STUDY_STATE_UNSPECIFIED: StudyState
STUDY_STATE_ACTIVE: StudyState
STUDY_STATE_STOPPED: StudyState
DIRECTION_UNSPECIFIED: Direction
DIRECTION_MINIMIZE: Direction
DIRECTION_MAXIMIZE: Direction
TRIAL_STATE_UNSPECIFIED: TrialState
TRIAL_STATE_RUNNING: TrialState
TRIAL_STATE_COMPLETE: TrialState
TRIAL_STATE_PRUNED: TrialState
TRIAL_STATE_FAILED: TrialState
CORRECTION_METHOD_UNSPECIFIED: CorrectionMethod
CORRECTION_METHOD_BOOTSTRAP: CorrectionMethod
CORRECTION_METHOD_FOLDS: CorrectionMethod

class Study(_message.Message):
    __slots__ = ("name", "display_name", "experiment", "space", "objectives", "sampler", "pruner", "seed", "trials_max", "lease", "retries_max", "state", "trial_count", "actor", "create_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    SPACE_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVES_FIELD_NUMBER: _ClassVar[int]
    SAMPLER_FIELD_NUMBER: _ClassVar[int]
    PRUNER_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TRIALS_MAX_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    RETRIES_MAX_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TRIAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    experiment: str
    space: _containers.RepeatedCompositeFieldContainer[Parameter]
    objectives: _containers.RepeatedCompositeFieldContainer[Objective]
    sampler: Sampler
    pruner: Pruner
    seed: int
    trials_max: int
    lease: _duration_pb2.Duration
    retries_max: int
    state: StudyState
    trial_count: int
    actor: str
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., experiment: _Optional[str] = ..., space: _Optional[_Iterable[_Union[Parameter, _Mapping]]] = ..., objectives: _Optional[_Iterable[_Union[Objective, _Mapping]]] = ..., sampler: _Optional[_Union[Sampler, _Mapping]] = ..., pruner: _Optional[_Union[Pruner, _Mapping]] = ..., seed: _Optional[int] = ..., trials_max: _Optional[int] = ..., lease: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., retries_max: _Optional[int] = ..., state: _Optional[_Union[StudyState, str]] = ..., trial_count: _Optional[int] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Objective(_message.Message):
    __slots__ = ("metric", "direction")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    metric: str
    direction: Direction
    def __init__(self, metric: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ...) -> None: ...

class Parameter(_message.Message):
    __slots__ = ("name", "float_range", "int_range", "categories", "condition")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FLOAT_RANGE_FIELD_NUMBER: _ClassVar[int]
    INT_RANGE_FIELD_NUMBER: _ClassVar[int]
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    float_range: FloatRange
    int_range: IntRange
    categories: Categories
    condition: ParameterCondition
    def __init__(self, name: _Optional[str] = ..., float_range: _Optional[_Union[FloatRange, _Mapping]] = ..., int_range: _Optional[_Union[IntRange, _Mapping]] = ..., categories: _Optional[_Union[Categories, _Mapping]] = ..., condition: _Optional[_Union[ParameterCondition, _Mapping]] = ...) -> None: ...

class FloatRange(_message.Message):
    __slots__ = ("min", "max", "log", "step")
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    min: float
    max: float
    log: bool
    step: float
    def __init__(self, min: _Optional[float] = ..., max: _Optional[float] = ..., log: bool = ..., step: _Optional[float] = ...) -> None: ...

class IntRange(_message.Message):
    __slots__ = ("min", "max", "log", "step")
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    min: int
    max: int
    log: bool
    step: int
    def __init__(self, min: _Optional[int] = ..., max: _Optional[int] = ..., log: bool = ..., step: _Optional[int] = ...) -> None: ...

class Categories(_message.Message):
    __slots__ = ("choices",)
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    choices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, choices: _Optional[_Iterable[str]] = ...) -> None: ...

class ParameterCondition(_message.Message):
    __slots__ = ("parent", "values")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    values: _containers.RepeatedCompositeFieldContainer[ParameterValue]
    def __init__(self, parent: _Optional[str] = ..., values: _Optional[_Iterable[_Union[ParameterValue, _Mapping]]] = ...) -> None: ...

class ParameterValue(_message.Message):
    __slots__ = ("float_value", "int_value", "category")
    FLOAT_VALUE_FIELD_NUMBER: _ClassVar[int]
    INT_VALUE_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    float_value: float
    int_value: int
    category: str
    def __init__(self, float_value: _Optional[float] = ..., int_value: _Optional[int] = ..., category: _Optional[str] = ...) -> None: ...

class Sampler(_message.Message):
    __slots__ = ("grid", "random", "sobol", "tpe", "cma_es", "genetic")
    GRID_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FIELD_NUMBER: _ClassVar[int]
    SOBOL_FIELD_NUMBER: _ClassVar[int]
    TPE_FIELD_NUMBER: _ClassVar[int]
    CMA_ES_FIELD_NUMBER: _ClassVar[int]
    GENETIC_FIELD_NUMBER: _ClassVar[int]
    grid: GridSampler
    random: RandomSampler
    sobol: SobolSampler
    tpe: TpeSampler
    cma_es: CmaEsSampler
    genetic: GeneticSampler
    def __init__(self, grid: _Optional[_Union[GridSampler, _Mapping]] = ..., random: _Optional[_Union[RandomSampler, _Mapping]] = ..., sobol: _Optional[_Union[SobolSampler, _Mapping]] = ..., tpe: _Optional[_Union[TpeSampler, _Mapping]] = ..., cma_es: _Optional[_Union[CmaEsSampler, _Mapping]] = ..., genetic: _Optional[_Union[GeneticSampler, _Mapping]] = ...) -> None: ...

class GridSampler(_message.Message):
    __slots__ = ("float_points",)
    FLOAT_POINTS_FIELD_NUMBER: _ClassVar[int]
    float_points: int
    def __init__(self, float_points: _Optional[int] = ...) -> None: ...

class RandomSampler(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SobolSampler(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TpeSampler(_message.Message):
    __slots__ = ("independent",)
    INDEPENDENT_FIELD_NUMBER: _ClassVar[int]
    independent: bool
    def __init__(self, independent: bool = ...) -> None: ...

class CmaEsSampler(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GeneticSampler(_message.Message):
    __slots__ = ("population",)
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    population: int
    def __init__(self, population: _Optional[int] = ...) -> None: ...

class Pruner(_message.Message):
    __slots__ = ("median", "percentile", "asha", "hyperband")
    MEDIAN_FIELD_NUMBER: _ClassVar[int]
    PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    ASHA_FIELD_NUMBER: _ClassVar[int]
    HYPERBAND_FIELD_NUMBER: _ClassVar[int]
    median: MedianPruner
    percentile: PercentilePruner
    asha: AshaPruner
    hyperband: HyperbandPruner
    def __init__(self, median: _Optional[_Union[MedianPruner, _Mapping]] = ..., percentile: _Optional[_Union[PercentilePruner, _Mapping]] = ..., asha: _Optional[_Union[AshaPruner, _Mapping]] = ..., hyperband: _Optional[_Union[HyperbandPruner, _Mapping]] = ...) -> None: ...

class PruningPace(_message.Message):
    __slots__ = ("startup_trials", "warmup_steps", "interval_steps", "trials_min")
    STARTUP_TRIALS_FIELD_NUMBER: _ClassVar[int]
    WARMUP_STEPS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_STEPS_FIELD_NUMBER: _ClassVar[int]
    TRIALS_MIN_FIELD_NUMBER: _ClassVar[int]
    startup_trials: int
    warmup_steps: int
    interval_steps: int
    trials_min: int
    def __init__(self, startup_trials: _Optional[int] = ..., warmup_steps: _Optional[int] = ..., interval_steps: _Optional[int] = ..., trials_min: _Optional[int] = ...) -> None: ...

class MedianPruner(_message.Message):
    __slots__ = ("pace",)
    PACE_FIELD_NUMBER: _ClassVar[int]
    pace: PruningPace
    def __init__(self, pace: _Optional[_Union[PruningPace, _Mapping]] = ...) -> None: ...

class PercentilePruner(_message.Message):
    __slots__ = ("percentile", "pace")
    PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    PACE_FIELD_NUMBER: _ClassVar[int]
    percentile: float
    pace: PruningPace
    def __init__(self, percentile: _Optional[float] = ..., pace: _Optional[_Union[PruningPace, _Mapping]] = ...) -> None: ...

class AshaPruner(_message.Message):
    __slots__ = ("min_resource", "reduction_factor", "min_early_stopping_rate")
    MIN_RESOURCE_FIELD_NUMBER: _ClassVar[int]
    REDUCTION_FACTOR_FIELD_NUMBER: _ClassVar[int]
    MIN_EARLY_STOPPING_RATE_FIELD_NUMBER: _ClassVar[int]
    min_resource: int
    reduction_factor: int
    min_early_stopping_rate: int
    def __init__(self, min_resource: _Optional[int] = ..., reduction_factor: _Optional[int] = ..., min_early_stopping_rate: _Optional[int] = ...) -> None: ...

class HyperbandPruner(_message.Message):
    __slots__ = ("min_resource", "max_resource", "reduction_factor")
    MIN_RESOURCE_FIELD_NUMBER: _ClassVar[int]
    MAX_RESOURCE_FIELD_NUMBER: _ClassVar[int]
    REDUCTION_FACTOR_FIELD_NUMBER: _ClassVar[int]
    min_resource: int
    max_resource: int
    reduction_factor: int
    def __init__(self, min_resource: _Optional[int] = ..., max_resource: _Optional[int] = ..., reduction_factor: _Optional[int] = ...) -> None: ...

class Trial(_message.Message):
    __slots__ = ("name", "number", "run", "state", "params", "values", "reports", "failure", "worker", "retry_of", "start_time", "end_time", "lease_expire_time", "fold_values")
    class ParamsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ParameterValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ParameterValue, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    RETRY_OF_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    FOLD_VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: int
    run: str
    state: TrialState
    params: _containers.MessageMap[str, ParameterValue]
    values: _containers.RepeatedScalarFieldContainer[float]
    reports: _containers.RepeatedCompositeFieldContainer[TrialReport]
    failure: str
    worker: str
    retry_of: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    lease_expire_time: _timestamp_pb2.Timestamp
    fold_values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., number: _Optional[int] = ..., run: _Optional[str] = ..., state: _Optional[_Union[TrialState, str]] = ..., params: _Optional[_Mapping[str, ParameterValue]] = ..., values: _Optional[_Iterable[float]] = ..., reports: _Optional[_Iterable[_Union[TrialReport, _Mapping]]] = ..., failure: _Optional[str] = ..., worker: _Optional[str] = ..., retry_of: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fold_values: _Optional[_Iterable[float]] = ...) -> None: ...

class TrialReport(_message.Message):
    __slots__ = ("step", "value")
    STEP_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    step: int
    value: float
    def __init__(self, step: _Optional[int] = ..., value: _Optional[float] = ...) -> None: ...

class ParameterImportance(_message.Message):
    __slots__ = ("parameter", "importance")
    PARAMETER_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    parameter: str
    importance: float
    def __init__(self, parameter: _Optional[str] = ..., importance: _Optional[float] = ...) -> None: ...

class CorrectedValue(_message.Message):
    __slots__ = ("value", "unknown", "method", "low", "high", "level")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    value: float
    unknown: str
    method: CorrectionMethod
    low: float
    high: float
    level: float
    def __init__(self, value: _Optional[float] = ..., unknown: _Optional[str] = ..., method: _Optional[_Union[CorrectionMethod, str]] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., level: _Optional[float] = ...) -> None: ...
