import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.registry.v1 import gate_pb2 as _gate_pb2
from throughline.registry.v1 import model_pb2 as _model_pb2
from throughline.type.v1 import change_pb2 as _change_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScorecardState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCORECARD_STATE_UNSPECIFIED: _ClassVar[ScorecardState]
    SCORECARD_STATE_PASS: _ClassVar[ScorecardState]
    SCORECARD_STATE_FAIL: _ClassVar[ScorecardState]
    SCORECARD_STATE_NOT_KNOWN: _ClassVar[ScorecardState]
    SCORECARD_STATE_MANUAL: _ClassVar[ScorecardState]
SCORECARD_STATE_UNSPECIFIED: ScorecardState
SCORECARD_STATE_PASS: ScorecardState
SCORECARD_STATE_FAIL: ScorecardState
SCORECARD_STATE_NOT_KNOWN: ScorecardState
SCORECARD_STATE_MANUAL: ScorecardState

class ModelCard(_message.Message):
    __slots__ = ("name", "version", "model_description", "text", "evaluation", "measurements", "certificate", "release", "computed_limits", "missing", "markdown")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENTS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    COMPUTED_LIMITS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: _model_pb2.ModelVersion
    model_description: str
    text: CardText
    evaluation: CardEvaluation
    measurements: _containers.RepeatedCompositeFieldContainer[_gate_pb2.Measurement]
    certificate: _gate_pb2.CertificateEvidence
    release: CardRelease
    computed_limits: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedScalarFieldContainer[str]
    markdown: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[_Union[_model_pb2.ModelVersion, _Mapping]] = ..., model_description: _Optional[str] = ..., text: _Optional[_Union[CardText, _Mapping]] = ..., evaluation: _Optional[_Union[CardEvaluation, _Mapping]] = ..., measurements: _Optional[_Iterable[_Union[_gate_pb2.Measurement, _Mapping]]] = ..., certificate: _Optional[_Union[_gate_pb2.CertificateEvidence, _Mapping]] = ..., release: _Optional[_Union[CardRelease, _Mapping]] = ..., computed_limits: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[str]] = ..., markdown: _Optional[str] = ...) -> None: ...

class CardText(_message.Message):
    __slots__ = ("name", "owners", "intended_use", "out_of_scope_use", "limitations", "ethical_considerations", "recommendations", "license", "references", "change", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    INTENDED_USE_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_SCOPE_USE_FIELD_NUMBER: _ClassVar[int]
    LIMITATIONS_FIELD_NUMBER: _ClassVar[int]
    ETHICAL_CONSIDERATIONS_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATIONS_FIELD_NUMBER: _ClassVar[int]
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    owners: _containers.RepeatedScalarFieldContainer[str]
    intended_use: str
    out_of_scope_use: str
    limitations: str
    ethical_considerations: str
    recommendations: str
    license: str
    references: _containers.RepeatedScalarFieldContainer[str]
    change: _change_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., owners: _Optional[_Iterable[str]] = ..., intended_use: _Optional[str] = ..., out_of_scope_use: _Optional[str] = ..., limitations: _Optional[str] = ..., ethical_considerations: _Optional[str] = ..., recommendations: _Optional[str] = ..., license: _Optional[str] = ..., references: _Optional[_Iterable[str]] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class CardEvaluation(_message.Message):
    __slots__ = ("digest", "data_digest", "slices", "small_slices")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    SMALL_SLICES_FIELD_NUMBER: _ClassVar[int]
    digest: str
    data_digest: str
    slices: _containers.RepeatedCompositeFieldContainer[CardSlice]
    small_slices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, digest: _Optional[str] = ..., data_digest: _Optional[str] = ..., slices: _Optional[_Iterable[_Union[CardSlice, _Mapping]]] = ..., small_slices: _Optional[_Iterable[str]] = ...) -> None: ...

class CardSlice(_message.Message):
    __slots__ = ("slice", "row_count", "metrics")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    slice: str
    row_count: int
    metrics: _containers.RepeatedCompositeFieldContainer[CardMetric]
    def __init__(self, slice: _Optional[str] = ..., row_count: _Optional[int] = ..., metrics: _Optional[_Iterable[_Union[CardMetric, _Mapping]]] = ...) -> None: ...

class CardMetric(_message.Message):
    __slots__ = ("metric", "value", "low", "high", "level")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    metric: str
    value: float
    low: float
    high: float
    level: float
    def __init__(self, metric: _Optional[str] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., level: _Optional[float] = ...) -> None: ...

class CardRelease(_message.Message):
    __slots__ = ("name", "digest", "feature_service", "view_versions", "features", "thresholds")
    class ViewVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class ThresholdsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    VIEW_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    feature_service: str
    view_versions: _containers.ScalarMap[str, int]
    features: _containers.RepeatedScalarFieldContainer[str]
    thresholds: _containers.ScalarMap[str, float]
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., feature_service: _Optional[str] = ..., view_versions: _Optional[_Mapping[str, int]] = ..., features: _Optional[_Iterable[str]] = ..., thresholds: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Scorecard(_message.Message):
    __slots__ = ("release", "score", "sections")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    release: str
    score: float
    sections: _containers.RepeatedCompositeFieldContainer[ScorecardSection]
    def __init__(self, release: _Optional[str] = ..., score: _Optional[float] = ..., sections: _Optional[_Iterable[_Union[ScorecardSection, _Mapping]]] = ...) -> None: ...

class ScorecardSection(_message.Message):
    __slots__ = ("id", "points", "tests")
    ID_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    TESTS_FIELD_NUMBER: _ClassVar[int]
    id: str
    points: float
    tests: _containers.RepeatedCompositeFieldContainer[ScorecardTest]
    def __init__(self, id: _Optional[str] = ..., points: _Optional[float] = ..., tests: _Optional[_Iterable[_Union[ScorecardTest, _Mapping]]] = ...) -> None: ...

class ScorecardTest(_message.Message):
    __slots__ = ("id", "title", "state", "points", "sentence", "evidence", "statement")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    state: ScorecardState
    points: float
    sentence: str
    evidence: str
    statement: ScorecardStatement
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., state: _Optional[_Union[ScorecardState, str]] = ..., points: _Optional[float] = ..., sentence: _Optional[str] = ..., evidence: _Optional[str] = ..., statement: _Optional[_Union[ScorecardStatement, _Mapping]] = ...) -> None: ...

class ScorecardStatement(_message.Message):
    __slots__ = ("name", "holds", "automated", "text", "actor", "time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    AUTOMATED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    holds: bool
    automated: bool
    text: str
    actor: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., holds: bool = ..., automated: bool = ..., text: _Optional[str] = ..., actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
