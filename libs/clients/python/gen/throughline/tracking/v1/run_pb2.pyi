import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.tracking.v1 import experiment_pb2 as _experiment_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_SCHEDULED: _ClassVar[RunState]
    RUN_STATE_FINISHED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
    RUN_STATE_KILLED: _ClassVar[RunState]
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_SCHEDULED: RunState
RUN_STATE_FINISHED: RunState
RUN_STATE_FAILED: RunState
RUN_STATE_KILLED: RunState

class Run(_message.Message):
    __slots__ = ("name", "experiment", "display_name", "state", "actor", "start_time", "end_time", "parent_run", "params", "metrics", "tags", "datasets", "artifacts", "lifecycle_stage", "etag", "model_inputs", "model_outputs", "recipe")
    class ParamsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PARENT_RUN_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    DATASETS_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    LIFECYCLE_STAGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    MODEL_INPUTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    RECIPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    experiment: str
    display_name: str
    state: RunState
    actor: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    parent_run: str
    params: _containers.ScalarMap[str, str]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    tags: _containers.ScalarMap[str, str]
    datasets: _containers.RepeatedCompositeFieldContainer[DatasetInput]
    artifacts: _containers.RepeatedCompositeFieldContainer[RunArtifact]
    lifecycle_stage: _experiment_pb2.LifecycleStage
    etag: str
    model_inputs: _containers.RepeatedCompositeFieldContainer[LoggedModelUse]
    model_outputs: _containers.RepeatedCompositeFieldContainer[LoggedModelUse]
    recipe: Recipe
    def __init__(self, name: _Optional[str] = ..., experiment: _Optional[str] = ..., display_name: _Optional[str] = ..., state: _Optional[_Union[RunState, str]] = ..., actor: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., parent_run: _Optional[str] = ..., params: _Optional[_Mapping[str, str]] = ..., metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., tags: _Optional[_Mapping[str, str]] = ..., datasets: _Optional[_Iterable[_Union[DatasetInput, _Mapping]]] = ..., artifacts: _Optional[_Iterable[_Union[RunArtifact, _Mapping]]] = ..., lifecycle_stage: _Optional[_Union[_experiment_pb2.LifecycleStage, str]] = ..., etag: _Optional[str] = ..., model_inputs: _Optional[_Iterable[_Union[LoggedModelUse, _Mapping]]] = ..., model_outputs: _Optional[_Iterable[_Union[LoggedModelUse, _Mapping]]] = ..., recipe: _Optional[_Union[Recipe, _Mapping]] = ...) -> None: ...

class LoggedModelUse(_message.Message):
    __slots__ = ("logged_model", "step")
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    logged_model: str
    step: int
    def __init__(self, logged_model: _Optional[str] = ..., step: _Optional[int] = ...) -> None: ...

class Recipe(_message.Message):
    __slots__ = ("code", "environment", "command", "working_directory", "seed", "digest")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    WORKING_DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    code: RecipeCode
    environment: RecipeEnvironment
    command: _containers.RepeatedScalarFieldContainer[str]
    working_directory: str
    seed: int
    digest: str
    def __init__(self, code: _Optional[_Union[RecipeCode, _Mapping]] = ..., environment: _Optional[_Union[RecipeEnvironment, _Mapping]] = ..., command: _Optional[_Iterable[str]] = ..., working_directory: _Optional[str] = ..., seed: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class RecipeCode(_message.Message):
    __slots__ = ("repository", "commit", "diff_digest")
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    DIFF_DIGEST_FIELD_NUMBER: _ClassVar[int]
    repository: str
    commit: str
    diff_digest: str
    def __init__(self, repository: _Optional[str] = ..., commit: _Optional[str] = ..., diff_digest: _Optional[str] = ...) -> None: ...

class RecipeEnvironment(_message.Message):
    __slots__ = ("lock_digest", "runtime", "platform")
    LOCK_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    lock_digest: str
    runtime: str
    platform: str
    def __init__(self, lock_digest: _Optional[str] = ..., runtime: _Optional[str] = ..., platform: _Optional[str] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("key", "value", "step", "time", "logged_model", "dataset_name", "dataset_digest")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    DATASET_NAME_FIELD_NUMBER: _ClassVar[int]
    DATASET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: float
    step: int
    time: _timestamp_pb2.Timestamp
    logged_model: str
    dataset_name: str
    dataset_digest: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ..., step: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., logged_model: _Optional[str] = ..., dataset_name: _Optional[str] = ..., dataset_digest: _Optional[str] = ...) -> None: ...

class DatasetInput(_message.Message):
    __slots__ = ("dataset", "context", "tags")
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DATASET_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    dataset: Dataset
    context: str
    tags: _containers.ScalarMap[str, str]
    def __init__(self, dataset: _Optional[_Union[Dataset, _Mapping]] = ..., context: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Dataset(_message.Message):
    __slots__ = ("digest", "display_name", "row_count", "external_digest", "source_type", "source", "schema", "profile", "stored_schema", "stored_profile")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    STORED_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    STORED_PROFILE_FIELD_NUMBER: _ClassVar[int]
    digest: str
    display_name: str
    row_count: int
    external_digest: str
    source_type: str
    source: str
    schema: str
    profile: str
    stored_schema: StoredText
    stored_profile: StoredText
    def __init__(self, digest: _Optional[str] = ..., display_name: _Optional[str] = ..., row_count: _Optional[int] = ..., external_digest: _Optional[str] = ..., source_type: _Optional[str] = ..., source: _Optional[str] = ..., schema: _Optional[str] = ..., profile: _Optional[str] = ..., stored_schema: _Optional[_Union[StoredText, _Mapping]] = ..., stored_profile: _Optional[_Union[StoredText, _Mapping]] = ...) -> None: ...

class StoredText(_message.Message):
    __slots__ = ("digest", "size_bytes")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    digest: str
    size_bytes: int
    def __init__(self, digest: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class RunArtifact(_message.Message):
    __slots__ = ("path", "digest", "size_bytes", "media_type")
    PATH_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    path: str
    digest: str
    size_bytes: int
    media_type: str
    def __init__(self, path: _Optional[str] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., media_type: _Optional[str] = ...) -> None: ...
