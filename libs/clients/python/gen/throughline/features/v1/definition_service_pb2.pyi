from throughline.features.v1 import definition_pb2 as _definition_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_ACTION_UNSPECIFIED: _ClassVar[ChangeAction]
    CHANGE_ACTION_ADD: _ClassVar[ChangeAction]
    CHANGE_ACTION_NEW_VERSION: _ClassVar[ChangeAction]
    CHANGE_ACTION_UPDATE: _ClassVar[ChangeAction]
    CHANGE_ACTION_UNCHANGED: _ClassVar[ChangeAction]
CHANGE_ACTION_UNSPECIFIED: ChangeAction
CHANGE_ACTION_ADD: ChangeAction
CHANGE_ACTION_NEW_VERSION: ChangeAction
CHANGE_ACTION_UPDATE: ChangeAction
CHANGE_ACTION_UNCHANGED: ChangeAction

class Definitions(_message.Message):
    __slots__ = ("entities", "sources", "feature_views", "feature_services", "on_demand_views")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    FEATURE_VIEWS_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICES_FIELD_NUMBER: _ClassVar[int]
    ON_DEMAND_VIEWS_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[_definition_pb2.Entity]
    sources: _containers.RepeatedCompositeFieldContainer[_definition_pb2.Source]
    feature_views: _containers.RepeatedCompositeFieldContainer[_definition_pb2.FeatureView]
    feature_services: _containers.RepeatedCompositeFieldContainer[_definition_pb2.FeatureService]
    on_demand_views: _containers.RepeatedCompositeFieldContainer[_definition_pb2.OnDemandView]
    def __init__(self, entities: _Optional[_Iterable[_Union[_definition_pb2.Entity, _Mapping]]] = ..., sources: _Optional[_Iterable[_Union[_definition_pb2.Source, _Mapping]]] = ..., feature_views: _Optional[_Iterable[_Union[_definition_pb2.FeatureView, _Mapping]]] = ..., feature_services: _Optional[_Iterable[_Union[_definition_pb2.FeatureService, _Mapping]]] = ..., on_demand_views: _Optional[_Iterable[_Union[_definition_pb2.OnDemandView, _Mapping]]] = ...) -> None: ...

class DefinitionChange(_message.Message):
    __slots__ = ("name", "action", "version_before", "version", "fields", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    VERSION_BEFORE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    action: ChangeAction
    version_before: int
    version: int
    fields: _containers.RepeatedScalarFieldContainer[str]
    digest: str
    def __init__(self, name: _Optional[str] = ..., action: _Optional[_Union[ChangeAction, str]] = ..., version_before: _Optional[int] = ..., version: _Optional[int] = ..., fields: _Optional[_Iterable[str]] = ..., digest: _Optional[str] = ...) -> None: ...

class ApplyDefinitionsRequest(_message.Message):
    __slots__ = ("parent", "definitions", "dry_run", "expected_plan_digest", "reason", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_PLAN_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    definitions: Definitions
    dry_run: bool
    expected_plan_digest: str
    reason: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., definitions: _Optional[_Union[Definitions, _Mapping]] = ..., dry_run: bool = ..., expected_plan_digest: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApplyDefinitionsResponse(_message.Message):
    __slots__ = ("changes", "plan_digest", "applied")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    PLAN_DIGEST_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[DefinitionChange]
    plan_digest: str
    applied: bool
    def __init__(self, changes: _Optional[_Iterable[_Union[DefinitionChange, _Mapping]]] = ..., plan_digest: _Optional[str] = ..., applied: bool = ...) -> None: ...

class GetOnDemandViewRequest(_message.Message):
    __slots__ = ("name", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetOnDemandViewResponse(_message.Message):
    __slots__ = ("on_demand_view",)
    ON_DEMAND_VIEW_FIELD_NUMBER: _ClassVar[int]
    on_demand_view: _definition_pb2.OnDemandView
    def __init__(self, on_demand_view: _Optional[_Union[_definition_pb2.OnDemandView, _Mapping]] = ...) -> None: ...

class ListOnDemandViewsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListOnDemandViewsResponse(_message.Message):
    __slots__ = ("on_demand_views", "next_page_token")
    ON_DEMAND_VIEWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    on_demand_views: _containers.RepeatedCompositeFieldContainer[_definition_pb2.OnDemandView]
    next_page_token: str
    def __init__(self, on_demand_views: _Optional[_Iterable[_Union[_definition_pb2.OnDemandView, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
