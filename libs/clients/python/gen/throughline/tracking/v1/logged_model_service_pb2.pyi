from throughline.tracking.v1 import experiment_pb2 as _experiment_pb2
from throughline.tracking.v1 import logged_model_pb2 as _logged_model_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateLoggedModelRequest(_message.Message):
    __slots__ = ("parent", "logged_model", "request_id", "logged_model_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOGGED_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    logged_model: _logged_model_pb2.LoggedModel
    request_id: str
    logged_model_id: str
    def __init__(self, parent: _Optional[str] = ..., logged_model: _Optional[_Union[_logged_model_pb2.LoggedModel, _Mapping]] = ..., request_id: _Optional[str] = ..., logged_model_id: _Optional[str] = ...) -> None: ...

class CreateLoggedModelResponse(_message.Message):
    __slots__ = ("logged_model",)
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    logged_model: _logged_model_pb2.LoggedModel
    def __init__(self, logged_model: _Optional[_Union[_logged_model_pb2.LoggedModel, _Mapping]] = ...) -> None: ...

class GetLoggedModelRequest(_message.Message):
    __slots__ = ("name", "show_deleted")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHOW_DELETED_FIELD_NUMBER: _ClassVar[int]
    name: str
    show_deleted: bool
    def __init__(self, name: _Optional[str] = ..., show_deleted: bool = ...) -> None: ...

class GetLoggedModelResponse(_message.Message):
    __slots__ = ("logged_model",)
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    logged_model: _logged_model_pb2.LoggedModel
    def __init__(self, logged_model: _Optional[_Union[_logged_model_pb2.LoggedModel, _Mapping]] = ...) -> None: ...

class FinalizeLoggedModelRequest(_message.Message):
    __slots__ = ("name", "state", "state_message")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: _logged_model_pb2.LoggedModelState
    state_message: str
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[_logged_model_pb2.LoggedModelState, str]] = ..., state_message: _Optional[str] = ...) -> None: ...

class FinalizeLoggedModelResponse(_message.Message):
    __slots__ = ("logged_model",)
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    logged_model: _logged_model_pb2.LoggedModel
    def __init__(self, logged_model: _Optional[_Union[_logged_model_pb2.LoggedModel, _Mapping]] = ...) -> None: ...

class AnnotateLoggedModelRequest(_message.Message):
    __slots__ = ("name", "params", "tags", "removed_tag_keys")
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
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_TAG_KEYS_FIELD_NUMBER: _ClassVar[int]
    name: str
    params: _containers.ScalarMap[str, str]
    tags: _containers.ScalarMap[str, str]
    removed_tag_keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., params: _Optional[_Mapping[str, str]] = ..., tags: _Optional[_Mapping[str, str]] = ..., removed_tag_keys: _Optional[_Iterable[str]] = ...) -> None: ...

class AnnotateLoggedModelResponse(_message.Message):
    __slots__ = ("logged_model",)
    LOGGED_MODEL_FIELD_NUMBER: _ClassVar[int]
    logged_model: _logged_model_pb2.LoggedModel
    def __init__(self, logged_model: _Optional[_Union[_logged_model_pb2.LoggedModel, _Mapping]] = ...) -> None: ...

class SearchLoggedModelsRequest(_message.Message):
    __slots__ = ("parent", "experiments", "filter", "order_by", "datasets", "page_size", "page_token", "view")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENTS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    DATASETS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    parent: str
    experiments: _containers.RepeatedScalarFieldContainer[str]
    filter: str
    order_by: _containers.RepeatedCompositeFieldContainer[LoggedModelOrder]
    datasets: _containers.RepeatedCompositeFieldContainer[MetricDataset]
    page_size: int
    page_token: str
    view: _experiment_pb2.SearchView
    def __init__(self, parent: _Optional[str] = ..., experiments: _Optional[_Iterable[str]] = ..., filter: _Optional[str] = ..., order_by: _Optional[_Iterable[_Union[LoggedModelOrder, _Mapping]]] = ..., datasets: _Optional[_Iterable[_Union[MetricDataset, _Mapping]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., view: _Optional[_Union[_experiment_pb2.SearchView, str]] = ...) -> None: ...

class LoggedModelOrder(_message.Message):
    __slots__ = ("field", "descending", "dataset")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    field: str
    descending: bool
    dataset: MetricDataset
    def __init__(self, field: _Optional[str] = ..., descending: bool = ..., dataset: _Optional[_Union[MetricDataset, _Mapping]] = ...) -> None: ...

class MetricDataset(_message.Message):
    __slots__ = ("name", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class SearchLoggedModelsResponse(_message.Message):
    __slots__ = ("logged_models", "next_page_token")
    LOGGED_MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    logged_models: _containers.RepeatedCompositeFieldContainer[_logged_model_pb2.LoggedModel]
    next_page_token: str
    def __init__(self, logged_models: _Optional[_Iterable[_Union[_logged_model_pb2.LoggedModel, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteLoggedModelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteLoggedModelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PurgeLoggedModelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PurgeLoggedModelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
