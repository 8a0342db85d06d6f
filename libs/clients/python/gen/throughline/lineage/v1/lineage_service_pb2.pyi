from throughline.lineage.v1 import artifact_pb2 as _artifact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LineageDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINEAGE_DIRECTION_UNSPECIFIED: _ClassVar[LineageDirection]
    LINEAGE_DIRECTION_UPSTREAM: _ClassVar[LineageDirection]
    LINEAGE_DIRECTION_DOWNSTREAM: _ClassVar[LineageDirection]
LINEAGE_DIRECTION_UNSPECIFIED: LineageDirection
LINEAGE_DIRECTION_UPSTREAM: LineageDirection
LINEAGE_DIRECTION_DOWNSTREAM: LineageDirection

class RecordExecutionRequest(_message.Message):
    __slots__ = ("execution", "artifacts", "events")
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    execution: _artifact_pb2.Execution
    artifacts: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Artifact]
    events: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Event]
    def __init__(self, execution: _Optional[_Union[_artifact_pb2.Execution, _Mapping]] = ..., artifacts: _Optional[_Iterable[_Union[_artifact_pb2.Artifact, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[_artifact_pb2.Event, _Mapping]]] = ...) -> None: ...

class RecordExecutionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RecordExecutionsRequest(_message.Message):
    __slots__ = ("parent", "records")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    records: _containers.RepeatedCompositeFieldContainer[RecordExecutionRequest]
    def __init__(self, parent: _Optional[str] = ..., records: _Optional[_Iterable[_Union[RecordExecutionRequest, _Mapping]]] = ...) -> None: ...

class RecordExecutionsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLineageRequest(_message.Message):
    __slots__ = ("project", "start", "direction", "depth", "node_limit")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    NODE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    project: str
    start: str
    direction: LineageDirection
    depth: int
    node_limit: int
    def __init__(self, project: _Optional[str] = ..., start: _Optional[str] = ..., direction: _Optional[_Union[LineageDirection, str]] = ..., depth: _Optional[int] = ..., node_limit: _Optional[int] = ...) -> None: ...

class GetLineageResponse(_message.Message):
    __slots__ = ("artifacts", "executions", "events", "truncated")
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    artifacts: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Artifact]
    executions: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Execution]
    events: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Event]
    truncated: bool
    def __init__(self, artifacts: _Optional[_Iterable[_Union[_artifact_pb2.Artifact, _Mapping]]] = ..., executions: _Optional[_Iterable[_Union[_artifact_pb2.Execution, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[_artifact_pb2.Event, _Mapping]]] = ..., truncated: bool = ...) -> None: ...
