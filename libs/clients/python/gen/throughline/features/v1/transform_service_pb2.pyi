import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.features.v1 import feature_store_service_pb2 as _feature_store_service_pb2
from throughline.features.v1 import transform_pb2 as _transform_pb2
from throughline.type.v1 import operation_pb2 as _operation_pb2
from throughline.type.v1 import value_pb2 as _value_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FitTransformsRequest(_message.Message):
    __slots__ = ("parent", "training_set", "definition", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    training_set: str
    definition: _struct_pb2.Struct
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., training_set: _Optional[str] = ..., definition: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class FitTransformsResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class FitTransformsResult(_message.Message):
    __slots__ = ("transform_fit",)
    TRANSFORM_FIT_FIELD_NUMBER: _ClassVar[int]
    transform_fit: _transform_pb2.TransformFit
    def __init__(self, transform_fit: _Optional[_Union[_transform_pb2.TransformFit, _Mapping]] = ...) -> None: ...

class GetTransformFitRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetTransformFitResponse(_message.Message):
    __slots__ = ("transform_fit",)
    TRANSFORM_FIT_FIELD_NUMBER: _ClassVar[int]
    transform_fit: _transform_pb2.TransformFit
    def __init__(self, transform_fit: _Optional[_Union[_transform_pb2.TransformFit, _Mapping]] = ...) -> None: ...

class ListTransformFitsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTransformFitsResponse(_message.Message):
    __slots__ = ("transform_fits", "next_page_token")
    TRANSFORM_FITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    transform_fits: _containers.RepeatedCompositeFieldContainer[_transform_pb2.TransformFit]
    next_page_token: str
    def __init__(self, transform_fits: _Optional[_Iterable[_Union[_transform_pb2.TransformFit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApplyTransformsRequest(_message.Message):
    __slots__ = ("name", "training_set", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    training_set: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., training_set: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ApplyTransformsResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class ApplyTransformsResult(_message.Message):
    __slots__ = ("file_digest", "size_bytes", "row_count", "columns")
    FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    file_digest: str
    size_bytes: int
    row_count: int
    columns: _containers.RepeatedCompositeFieldContainer[_value_pb2.Column]
    def __init__(self, file_digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., row_count: _Optional[int] = ..., columns: _Optional[_Iterable[_Union[_value_pb2.Column, _Mapping]]] = ...) -> None: ...

class GetTransformedFeaturesRequest(_message.Message):
    __slots__ = ("name", "rows", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    rows: _containers.RepeatedCompositeFieldContainer[_feature_store_service_pb2.Row]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[_feature_store_service_pb2.Row, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetTransformedFeaturesResponse(_message.Message):
    __slots__ = ("outputs", "feature_service", "version", "digest", "row_digests")
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    outputs: _containers.RepeatedCompositeFieldContainer[TransformedOutput]
    feature_service: str
    version: int
    digest: str
    row_digests: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outputs: _Optional[_Iterable[_Union[TransformedOutput, _Mapping]]] = ..., feature_service: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., row_digests: _Optional[_Iterable[str]] = ...) -> None: ...

class TransformedOutput(_message.Message):
    __slots__ = ("name", "datatype", "width", "double_values", "int64_values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DATATYPE_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_VALUES_FIELD_NUMBER: _ClassVar[int]
    INT64_VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    datatype: str
    width: int
    double_values: _containers.RepeatedScalarFieldContainer[float]
    int64_values: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., datatype: _Optional[str] = ..., width: _Optional[int] = ..., double_values: _Optional[_Iterable[float]] = ..., int64_values: _Optional[_Iterable[int]] = ...) -> None: ...
