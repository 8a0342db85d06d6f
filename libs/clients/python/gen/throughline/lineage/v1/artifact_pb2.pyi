import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ArtifactKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARTIFACT_KIND_UNSPECIFIED: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_FILE: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_SOURCE_SEGMENT: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_FEATURE_VIEW: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_TRAINING_SET: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_CERTIFICATE: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_MODEL: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_RELEASE: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_STATISTICS: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_SCHEMA: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_EVALUATION: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_PREDICTION_LOG: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_DATASET: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_TRANSFORM_FIT: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_SKEW_REPORT: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_PRIVACY_REPORT: _ClassVar[ArtifactKind]
    ARTIFACT_KIND_NECESSITY_REPORT: _ClassVar[ArtifactKind]

class ExecutionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_KIND_UNSPECIFIED: _ClassVar[ExecutionKind]
    EXECUTION_KIND_INGEST: _ClassVar[ExecutionKind]
    EXECUTION_KIND_CREATE_TRAINING_SET: _ClassVar[ExecutionKind]
    EXECUTION_KIND_RUN: _ClassVar[ExecutionKind]
    EXECUTION_KIND_REGISTER: _ClassVar[ExecutionKind]
    EXECUTION_KIND_RELEASE: _ClassVar[ExecutionKind]
    EXECUTION_KIND_DEPLOY: _ClassVar[ExecutionKind]
    EXECUTION_KIND_VALIDATE: _ClassVar[ExecutionKind]
    EXECUTION_KIND_EVALUATE: _ClassVar[ExecutionKind]
    EXECUTION_KIND_PREDICT: _ClassVar[ExecutionKind]
    EXECUTION_KIND_REVERT: _ClassVar[ExecutionKind]
    EXECUTION_KIND_COMPACT: _ClassVar[ExecutionKind]
    EXECUTION_KIND_FIT_TRANSFORMS: _ClassVar[ExecutionKind]
    EXECUTION_KIND_APPLY_TRANSFORMS: _ClassVar[ExecutionKind]
    EXECUTION_KIND_FORGET: _ClassVar[ExecutionKind]
    EXECUTION_KIND_REPORT: _ClassVar[ExecutionKind]

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_TYPE_UNSPECIFIED: _ClassVar[EventType]
    EVENT_TYPE_INPUT: _ClassVar[EventType]
    EVENT_TYPE_OUTPUT: _ClassVar[EventType]
ARTIFACT_KIND_UNSPECIFIED: ArtifactKind
ARTIFACT_KIND_FILE: ArtifactKind
ARTIFACT_KIND_SOURCE_SEGMENT: ArtifactKind
ARTIFACT_KIND_FEATURE_VIEW: ArtifactKind
ARTIFACT_KIND_TRAINING_SET: ArtifactKind
ARTIFACT_KIND_CERTIFICATE: ArtifactKind
ARTIFACT_KIND_MODEL: ArtifactKind
ARTIFACT_KIND_RELEASE: ArtifactKind
ARTIFACT_KIND_STATISTICS: ArtifactKind
ARTIFACT_KIND_SCHEMA: ArtifactKind
ARTIFACT_KIND_EVALUATION: ArtifactKind
ARTIFACT_KIND_PREDICTION_LOG: ArtifactKind
ARTIFACT_KIND_DATASET: ArtifactKind
ARTIFACT_KIND_TRANSFORM_FIT: ArtifactKind
ARTIFACT_KIND_SKEW_REPORT: ArtifactKind
ARTIFACT_KIND_PRIVACY_REPORT: ArtifactKind
ARTIFACT_KIND_NECESSITY_REPORT: ArtifactKind
EXECUTION_KIND_UNSPECIFIED: ExecutionKind
EXECUTION_KIND_INGEST: ExecutionKind
EXECUTION_KIND_CREATE_TRAINING_SET: ExecutionKind
EXECUTION_KIND_RUN: ExecutionKind
EXECUTION_KIND_REGISTER: ExecutionKind
EXECUTION_KIND_RELEASE: ExecutionKind
EXECUTION_KIND_DEPLOY: ExecutionKind
EXECUTION_KIND_VALIDATE: ExecutionKind
EXECUTION_KIND_EVALUATE: ExecutionKind
EXECUTION_KIND_PREDICT: ExecutionKind
EXECUTION_KIND_REVERT: ExecutionKind
EXECUTION_KIND_COMPACT: ExecutionKind
EXECUTION_KIND_FIT_TRANSFORMS: ExecutionKind
EXECUTION_KIND_APPLY_TRANSFORMS: ExecutionKind
EXECUTION_KIND_FORGET: ExecutionKind
EXECUTION_KIND_REPORT: ExecutionKind
EVENT_TYPE_UNSPECIFIED: EventType
EVENT_TYPE_INPUT: EventType
EVENT_TYPE_OUTPUT: EventType

class Artifact(_message.Message):
    __slots__ = ("project", "digest", "kind", "resource", "size_bytes", "media_type", "create_time")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    project: str
    digest: str
    kind: ArtifactKind
    resource: str
    size_bytes: int
    media_type: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, project: _Optional[str] = ..., digest: _Optional[str] = ..., kind: _Optional[_Union[ArtifactKind, str]] = ..., resource: _Optional[str] = ..., size_bytes: _Optional[int] = ..., media_type: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Execution(_message.Message):
    __slots__ = ("id", "project", "kind", "resource", "actor", "time")
    ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    project: str
    kind: ExecutionKind
    resource: str
    actor: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., project: _Optional[str] = ..., kind: _Optional[_Union[ExecutionKind, str]] = ..., resource: _Optional[str] = ..., actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("artifact_digest", "execution_id", "type", "role")
    ARTIFACT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    artifact_digest: str
    execution_id: str
    type: EventType
    role: str
    def __init__(self, artifact_digest: _Optional[str] = ..., execution_id: _Optional[str] = ..., type: _Optional[_Union[EventType, str]] = ..., role: _Optional[str] = ...) -> None: ...
