import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.registry.v1 import release_pb2 as _release_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DifferenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIFFERENCE_KIND_UNSPECIFIED: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_MODEL: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_FEATURES: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_PREPROCESSING: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_THRESHOLDS: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_SCHEMA: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_GRAPH: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_CERTIFICATE: _ClassVar[DifferenceKind]
    DIFFERENCE_KIND_METRIC: _ClassVar[DifferenceKind]
DIFFERENCE_KIND_UNSPECIFIED: DifferenceKind
DIFFERENCE_KIND_MODEL: DifferenceKind
DIFFERENCE_KIND_FEATURES: DifferenceKind
DIFFERENCE_KIND_PREPROCESSING: DifferenceKind
DIFFERENCE_KIND_THRESHOLDS: DifferenceKind
DIFFERENCE_KIND_SCHEMA: DifferenceKind
DIFFERENCE_KIND_GRAPH: DifferenceKind
DIFFERENCE_KIND_CERTIFICATE: DifferenceKind
DIFFERENCE_KIND_METRIC: DifferenceKind

class CreateReleaseRequest(_message.Message):
    __slots__ = ("parent", "manifest", "description", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    manifest: _release_pb2.ReleaseManifest
    description: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., manifest: _Optional[_Union[_release_pb2.ReleaseManifest, _Mapping]] = ..., description: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateReleaseResponse(_message.Message):
    __slots__ = ("release",)
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    release: _release_pb2.Release
    def __init__(self, release: _Optional[_Union[_release_pb2.Release, _Mapping]] = ...) -> None: ...

class GetReleaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetReleaseResponse(_message.Message):
    __slots__ = ("release",)
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    release: _release_pb2.Release
    def __init__(self, release: _Optional[_Union[_release_pb2.Release, _Mapping]] = ...) -> None: ...

class ListReleasesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "as_of")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListReleasesResponse(_message.Message):
    __slots__ = ("releases", "next_page_token")
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    releases: _containers.RepeatedCompositeFieldContainer[_release_pb2.Release]
    next_page_token: str
    def __init__(self, releases: _Optional[_Iterable[_Union[_release_pb2.Release, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class VerifyReleaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class VerifyReleaseResponse(_message.Message):
    __slots__ = ("verified", "parts")
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    verified: bool
    parts: _containers.RepeatedCompositeFieldContainer[PartCheck]
    def __init__(self, verified: bool = ..., parts: _Optional[_Iterable[_Union[PartCheck, _Mapping]]] = ...) -> None: ...

class PartCheck(_message.Message):
    __slots__ = ("part", "expected_digest", "actual_digest")
    PART_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    part: str
    expected_digest: str
    actual_digest: str
    def __init__(self, part: _Optional[str] = ..., expected_digest: _Optional[str] = ..., actual_digest: _Optional[str] = ...) -> None: ...

class DiffReleasesRequest(_message.Message):
    __slots__ = ("name", "base", "as_of")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    name: str
    base: str
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., base: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DiffReleasesResponse(_message.Message):
    __slots__ = ("differences",)
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    differences: _containers.RepeatedCompositeFieldContainer[ReleaseDifference]
    def __init__(self, differences: _Optional[_Iterable[_Union[ReleaseDifference, _Mapping]]] = ...) -> None: ...

class ReleaseDifference(_message.Message):
    __slots__ = ("kind", "path", "before", "after", "sentence")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    kind: DifferenceKind
    path: str
    before: str
    after: str
    sentence: str
    def __init__(self, kind: _Optional[_Union[DifferenceKind, str]] = ..., path: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ..., sentence: _Optional[str] = ...) -> None: ...

class ExportReleaseRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ExportReleaseResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...

class ImportDeclaration(_message.Message):
    __slots__ = ("parent", "digest")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    parent: str
    digest: str
    def __init__(self, parent: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class ImportReleaseRequest(_message.Message):
    __slots__ = ("declaration", "data")
    DECLARATION_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    declaration: ImportDeclaration
    data: bytes
    def __init__(self, declaration: _Optional[_Union[ImportDeclaration, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class ImportReleaseResponse(_message.Message):
    __slots__ = ("release", "existed")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    release: _release_pb2.Release
    existed: bool
    def __init__(self, release: _Optional[_Union[_release_pb2.Release, _Mapping]] = ..., existed: bool = ...) -> None: ...
