import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TransformFit(_message.Message):
    __slots__ = ("name", "digest", "definition", "definition_digest", "constants_digest", "training_set", "training_set_file_digest", "row_count", "pass_count", "inputs", "outputs", "needs", "size_bytes", "actor", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CONSTANTS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    NEEDS_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    definition: _struct_pb2.Struct
    definition_digest: str
    constants_digest: str
    training_set: str
    training_set_file_digest: str
    row_count: int
    pass_count: int
    inputs: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    outputs: _containers.RepeatedCompositeFieldContainer[TransformOutput]
    needs: TransformNeeds
    size_bytes: int
    actor: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., definition: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., definition_digest: _Optional[str] = ..., constants_digest: _Optional[str] = ..., training_set: _Optional[str] = ..., training_set_file_digest: _Optional[str] = ..., row_count: _Optional[int] = ..., pass_count: _Optional[int] = ..., inputs: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[TransformOutput, _Mapping]]] = ..., needs: _Optional[_Union[TransformNeeds, _Mapping]] = ..., size_bytes: _Optional[int] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TransformOutput(_message.Message):
    __slots__ = ("name", "datatype", "width", "element_names")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DATATYPE_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_NAMES_FIELD_NUMBER: _ClassVar[int]
    name: str
    datatype: str
    width: int
    element_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., datatype: _Optional[str] = ..., width: _Optional[int] = ..., element_names: _Optional[_Iterable[str]] = ...) -> None: ...

class TransformNeeds(_message.Message):
    __slots__ = ("opset_version", "ml_operators", "runtime_operators")
    OPSET_VERSION_FIELD_NUMBER: _ClassVar[int]
    ML_OPERATORS_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_OPERATORS_FIELD_NUMBER: _ClassVar[int]
    opset_version: int
    ml_operators: bool
    runtime_operators: bool
    def __init__(self, opset_version: _Optional[int] = ..., ml_operators: bool = ..., runtime_operators: bool = ...) -> None: ...
