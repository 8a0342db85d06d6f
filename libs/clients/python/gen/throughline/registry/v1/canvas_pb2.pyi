from throughline.type.v1 import change_pb2 as _change_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Canvas(_message.Message):
    __slots__ = ("name", "value_proposition", "prediction_task", "decisions", "impact_simulation", "data_sources", "data_collection", "features", "building_models", "making_predictions", "monitoring", "targets", "completeness", "missing", "change", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_PROPOSITION_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_TASK_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    IMPACT_SIMULATION_FIELD_NUMBER: _ClassVar[int]
    DATA_SOURCES_FIELD_NUMBER: _ClassVar[int]
    DATA_COLLECTION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    BUILDING_MODELS_FIELD_NUMBER: _ClassVar[int]
    MAKING_PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    MONITORING_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    COMPLETENESS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    value_proposition: ValueProposition
    prediction_task: PredictionTask
    decisions: Decisions
    impact_simulation: ImpactSimulation
    data_sources: _containers.RepeatedCompositeFieldContainer[CanvasDataSource]
    data_collection: DataCollection
    features: CanvasFeatures
    building_models: BuildingModels
    making_predictions: MakingPredictions
    monitoring: CanvasMonitoring
    targets: _containers.RepeatedCompositeFieldContainer[CanvasTarget]
    completeness: float
    missing: _containers.RepeatedScalarFieldContainer[str]
    change: _change_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., value_proposition: _Optional[_Union[ValueProposition, _Mapping]] = ..., prediction_task: _Optional[_Union[PredictionTask, _Mapping]] = ..., decisions: _Optional[_Union[Decisions, _Mapping]] = ..., impact_simulation: _Optional[_Union[ImpactSimulation, _Mapping]] = ..., data_sources: _Optional[_Iterable[_Union[CanvasDataSource, _Mapping]]] = ..., data_collection: _Optional[_Union[DataCollection, _Mapping]] = ..., features: _Optional[_Union[CanvasFeatures, _Mapping]] = ..., building_models: _Optional[_Union[BuildingModels, _Mapping]] = ..., making_predictions: _Optional[_Union[MakingPredictions, _Mapping]] = ..., monitoring: _Optional[_Union[CanvasMonitoring, _Mapping]] = ..., targets: _Optional[_Iterable[_Union[CanvasTarget, _Mapping]]] = ..., completeness: _Optional[float] = ..., missing: _Optional[_Iterable[str]] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class ValueProposition(_message.Message):
    __slots__ = ("end_users", "objective", "benefit")
    END_USERS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    BENEFIT_FIELD_NUMBER: _ClassVar[int]
    end_users: str
    objective: str
    benefit: str
    def __init__(self, end_users: _Optional[str] = ..., objective: _Optional[str] = ..., benefit: _Optional[str] = ...) -> None: ...

class PredictionTask(_message.Message):
    __slots__ = ("entity", "outcome", "outcome_delay")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_DELAY_FIELD_NUMBER: _ClassVar[int]
    entity: str
    outcome: str
    outcome_delay: str
    def __init__(self, entity: _Optional[str] = ..., outcome: _Optional[str] = ..., outcome_delay: _Optional[str] = ...) -> None: ...

class Decisions(_message.Message):
    __slots__ = ("use", "parameters")
    USE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    use: str
    parameters: str
    def __init__(self, use: _Optional[str] = ..., parameters: _Optional[str] = ...) -> None: ...

class ImpactSimulation(_message.Message):
    __slots__ = ("data", "cost_and_gain", "fairness")
    DATA_FIELD_NUMBER: _ClassVar[int]
    COST_AND_GAIN_FIELD_NUMBER: _ClassVar[int]
    FAIRNESS_FIELD_NUMBER: _ClassVar[int]
    data: str
    cost_and_gain: str
    fairness: str
    def __init__(self, data: _Optional[str] = ..., cost_and_gain: _Optional[str] = ..., fairness: _Optional[str] = ...) -> None: ...

class CanvasDataSource(_message.Message):
    __slots__ = ("name", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class DataCollection(_message.Message):
    __slots__ = ("initial", "ongoing")
    INITIAL_FIELD_NUMBER: _ClassVar[int]
    ONGOING_FIELD_NUMBER: _ClassVar[int]
    initial: str
    ongoing: str
    def __init__(self, initial: _Optional[str] = ..., ongoing: _Optional[str] = ...) -> None: ...

class CanvasFeatures(_message.Message):
    __slots__ = ("inputs", "feature_service")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    inputs: str
    feature_service: str
    def __init__(self, inputs: _Optional[str] = ..., feature_service: _Optional[str] = ...) -> None: ...

class BuildingModels(_message.Message):
    __slots__ = ("schedule", "resources")
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    schedule: str
    resources: str
    def __init__(self, schedule: _Optional[str] = ..., resources: _Optional[str] = ...) -> None: ...

class MakingPredictions(_message.Message):
    __slots__ = ("mode", "resources")
    MODE_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    mode: str
    resources: str
    def __init__(self, mode: _Optional[str] = ..., resources: _Optional[str] = ...) -> None: ...

class CanvasMonitoring(_message.Message):
    __slots__ = ("metrics", "response")
    METRICS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    metrics: str
    response: str
    def __init__(self, metrics: _Optional[str] = ..., response: _Optional[str] = ...) -> None: ...

class CanvasTarget(_message.Message):
    __slots__ = ("id", "metric", "greater_is_better", "bound", "slice_columns", "rationale")
    ID_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    GREATER_IS_BETTER_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    SLICE_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    RATIONALE_FIELD_NUMBER: _ClassVar[int]
    id: str
    metric: str
    greater_is_better: bool
    bound: float
    slice_columns: _containers.RepeatedScalarFieldContainer[str]
    rationale: str
    def __init__(self, id: _Optional[str] = ..., metric: _Optional[str] = ..., greater_is_better: bool = ..., bound: _Optional[float] = ..., slice_columns: _Optional[_Iterable[str]] = ..., rationale: _Optional[str] = ...) -> None: ...
