import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinearLoss(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINEAR_LOSS_UNSPECIFIED: _ClassVar[LinearLoss]
    LINEAR_LOSS_SQUARED_ERROR: _ClassVar[LinearLoss]
    LINEAR_LOSS_BRIER_SCORE: _ClassVar[LinearLoss]

class ImportanceLoss(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORTANCE_LOSS_UNSPECIFIED: _ClassVar[ImportanceLoss]
    IMPORTANCE_LOSS_SQUARED_ERROR: _ClassVar[ImportanceLoss]
    IMPORTANCE_LOSS_ABSOLUTE_ERROR: _ClassVar[ImportanceLoss]
    IMPORTANCE_LOSS_LOG_LOSS: _ClassVar[ImportanceLoss]

class NecessityFindingKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NECESSITY_FINDING_KIND_UNSPECIFIED: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_LEAKING: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_DUPLICATE: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_NEARLY_CONSTANT: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_UNUSED: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_COSTLY: _ClassVar[NecessityFindingKind]
    NECESSITY_FINDING_KIND_REDUNDANT: _ClassVar[NecessityFindingKind]

class Recommendation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECOMMENDATION_UNSPECIFIED: _ClassVar[Recommendation]
    RECOMMENDATION_INVESTIGATE: _ClassVar[Recommendation]
    RECOMMENDATION_REMOVE: _ClassVar[Recommendation]
    RECOMMENDATION_KEEP_FIRST: _ClassVar[Recommendation]
    RECOMMENDATION_TRY_WITHOUT: _ClassVar[Recommendation]
LINEAR_LOSS_UNSPECIFIED: LinearLoss
LINEAR_LOSS_SQUARED_ERROR: LinearLoss
LINEAR_LOSS_BRIER_SCORE: LinearLoss
IMPORTANCE_LOSS_UNSPECIFIED: ImportanceLoss
IMPORTANCE_LOSS_SQUARED_ERROR: ImportanceLoss
IMPORTANCE_LOSS_ABSOLUTE_ERROR: ImportanceLoss
IMPORTANCE_LOSS_LOG_LOSS: ImportanceLoss
NECESSITY_FINDING_KIND_UNSPECIFIED: NecessityFindingKind
NECESSITY_FINDING_KIND_LEAKING: NecessityFindingKind
NECESSITY_FINDING_KIND_DUPLICATE: NecessityFindingKind
NECESSITY_FINDING_KIND_NEARLY_CONSTANT: NecessityFindingKind
NECESSITY_FINDING_KIND_UNUSED: NecessityFindingKind
NECESSITY_FINDING_KIND_COSTLY: NecessityFindingKind
NECESSITY_FINDING_KIND_REDUNDANT: NecessityFindingKind
RECOMMENDATION_UNSPECIFIED: Recommendation
RECOMMENDATION_INVESTIGATE: Recommendation
RECOMMENDATION_REMOVE: Recommendation
RECOMMENDATION_KEEP_FIRST: Recommendation
RECOMMENDATION_TRY_WITHOUT: Recommendation

class NecessityReport(_message.Message):
    __slots__ = ("name", "digest", "size_bytes", "feature_service", "feature_service_version", "training_set", "training_set_file_digest", "label", "seed", "thresholds", "row_count", "sampled_row_count", "compared_row_count", "paired_row_count", "importance", "figures", "findings", "notes", "release_count", "unread_features", "actor", "create_time", "ranking", "linear_reference", "drop_one")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    FEATURE_SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SAMPLED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPARED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PAIRED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    RELEASE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FEATURES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RANKING_FIELD_NUMBER: _ClassVar[int]
    LINEAR_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DROP_ONE_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    size_bytes: int
    feature_service: str
    feature_service_version: int
    training_set: str
    training_set_file_digest: str
    label: str
    seed: int
    thresholds: NecessityThresholds
    row_count: int
    sampled_row_count: int
    compared_row_count: int
    paired_row_count: int
    importance: ImportanceBasis
    figures: _containers.RepeatedCompositeFieldContainer[FeatureFigures]
    findings: _containers.RepeatedCompositeFieldContainer[NecessityFinding]
    notes: _containers.RepeatedScalarFieldContainer[str]
    release_count: int
    unread_features: _containers.RepeatedScalarFieldContainer[str]
    actor: str
    create_time: _timestamp_pb2.Timestamp
    ranking: _containers.RepeatedCompositeFieldContainer[RankedFeature]
    linear_reference: LinearReference
    drop_one: DropOneBasis
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., size_bytes: _Optional[int] = ..., feature_service: _Optional[str] = ..., feature_service_version: _Optional[int] = ..., training_set: _Optional[str] = ..., training_set_file_digest: _Optional[str] = ..., label: _Optional[str] = ..., seed: _Optional[int] = ..., thresholds: _Optional[_Union[NecessityThresholds, _Mapping]] = ..., row_count: _Optional[int] = ..., sampled_row_count: _Optional[int] = ..., compared_row_count: _Optional[int] = ..., paired_row_count: _Optional[int] = ..., importance: _Optional[_Union[ImportanceBasis, _Mapping]] = ..., figures: _Optional[_Iterable[_Union[FeatureFigures, _Mapping]]] = ..., findings: _Optional[_Iterable[_Union[NecessityFinding, _Mapping]]] = ..., notes: _Optional[_Iterable[str]] = ..., release_count: _Optional[int] = ..., unread_features: _Optional[_Iterable[str]] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ranking: _Optional[_Iterable[_Union[RankedFeature, _Mapping]]] = ..., linear_reference: _Optional[_Union[LinearReference, _Mapping]] = ..., drop_one: _Optional[_Union[DropOneBasis, _Mapping]] = ...) -> None: ...

class RankedFeature(_message.Message):
    __slots__ = ("feature", "relevance", "redundancy", "linear_rise")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    RELEVANCE_FIELD_NUMBER: _ClassVar[int]
    REDUNDANCY_FIELD_NUMBER: _ClassVar[int]
    LINEAR_RISE_FIELD_NUMBER: _ClassVar[int]
    feature: str
    relevance: float
    redundancy: float
    linear_rise: Estimate
    def __init__(self, feature: _Optional[str] = ..., relevance: _Optional[float] = ..., redundancy: _Optional[float] = ..., linear_rise: _Optional[_Union[Estimate, _Mapping]] = ...) -> None: ...

class LinearReference(_message.Message):
    __slots__ = ("loss", "loss_of_all", "loss_of_none", "row_count", "fold_count", "enough_feature_count")
    LOSS_FIELD_NUMBER: _ClassVar[int]
    LOSS_OF_ALL_FIELD_NUMBER: _ClassVar[int]
    LOSS_OF_NONE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FOLD_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENOUGH_FEATURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    loss: LinearLoss
    loss_of_all: float
    loss_of_none: float
    row_count: int
    fold_count: int
    enough_feature_count: int
    def __init__(self, loss: _Optional[_Union[LinearLoss, str]] = ..., loss_of_all: _Optional[float] = ..., loss_of_none: _Optional[float] = ..., row_count: _Optional[int] = ..., fold_count: _Optional[int] = ..., enough_feature_count: _Optional[int] = ...) -> None: ...

class DropOneBasis(_message.Message):
    __slots__ = ("trainer", "seeds", "row_count", "loss", "base_loss")
    TRAINER_FIELD_NUMBER: _ClassVar[int]
    SEEDS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    BASE_LOSS_FIELD_NUMBER: _ClassVar[int]
    trainer: str
    seeds: _containers.RepeatedScalarFieldContainer[int]
    row_count: int
    loss: ImportanceLoss
    base_loss: float
    def __init__(self, trainer: _Optional[str] = ..., seeds: _Optional[_Iterable[int]] = ..., row_count: _Optional[int] = ..., loss: _Optional[_Union[ImportanceLoss, str]] = ..., base_loss: _Optional[float] = ...) -> None: ...

class NecessityThresholds(_message.Message):
    __slots__ = ("constant_share", "redundant_strength", "leaking_strength", "cost_factor")
    CONSTANT_SHARE_FIELD_NUMBER: _ClassVar[int]
    REDUNDANT_STRENGTH_FIELD_NUMBER: _ClassVar[int]
    LEAKING_STRENGTH_FIELD_NUMBER: _ClassVar[int]
    COST_FACTOR_FIELD_NUMBER: _ClassVar[int]
    constant_share: float
    redundant_strength: float
    leaking_strength: float
    cost_factor: float
    def __init__(self, constant_share: _Optional[float] = ..., redundant_strength: _Optional[float] = ..., leaking_strength: _Optional[float] = ..., cost_factor: _Optional[float] = ...) -> None: ...

class ImportanceBasis(_message.Message):
    __slots__ = ("model_version", "model_digest", "output_tensor", "output_column", "loss", "base_loss", "row_count", "repeat_count", "left_out_row_count")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TENSOR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COLUMN_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    BASE_LOSS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEAT_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    model_version: str
    model_digest: str
    output_tensor: str
    output_column: int
    loss: ImportanceLoss
    base_loss: float
    row_count: int
    repeat_count: int
    left_out_row_count: int
    def __init__(self, model_version: _Optional[str] = ..., model_digest: _Optional[str] = ..., output_tensor: _Optional[str] = ..., output_column: _Optional[int] = ..., loss: _Optional[_Union[ImportanceLoss, str]] = ..., base_loss: _Optional[float] = ..., row_count: _Optional[int] = ..., repeat_count: _Optional[int] = ..., left_out_row_count: _Optional[int] = ...) -> None: ...

class FeatureFigures(_message.Message):
    __slots__ = ("feature", "not_measured_because", "missing_row_count", "distinct_count", "commonest_share", "variance", "information", "importance", "drop_cost", "cost", "reading_release_count", "reading_releases", "linear_drop_cost")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    NOT_MEASURED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    MISSING_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMMONEST_SHARE_FIELD_NUMBER: _ClassVar[int]
    VARIANCE_FIELD_NUMBER: _ClassVar[int]
    INFORMATION_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    DROP_COST_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    READING_RELEASE_COUNT_FIELD_NUMBER: _ClassVar[int]
    READING_RELEASES_FIELD_NUMBER: _ClassVar[int]
    LINEAR_DROP_COST_FIELD_NUMBER: _ClassVar[int]
    feature: str
    not_measured_because: str
    missing_row_count: int
    distinct_count: int
    commonest_share: Estimate
    variance: float
    information: LabelInformation
    importance: Estimate
    drop_cost: Estimate
    cost: float
    reading_release_count: int
    reading_releases: _containers.RepeatedScalarFieldContainer[str]
    linear_drop_cost: Estimate
    def __init__(self, feature: _Optional[str] = ..., not_measured_because: _Optional[str] = ..., missing_row_count: _Optional[int] = ..., distinct_count: _Optional[int] = ..., commonest_share: _Optional[_Union[Estimate, _Mapping]] = ..., variance: _Optional[float] = ..., information: _Optional[_Union[LabelInformation, _Mapping]] = ..., importance: _Optional[_Union[Estimate, _Mapping]] = ..., drop_cost: _Optional[_Union[Estimate, _Mapping]] = ..., cost: _Optional[float] = ..., reading_release_count: _Optional[int] = ..., reading_releases: _Optional[_Iterable[str]] = ..., linear_drop_cost: _Optional[_Union[Estimate, _Mapping]] = ...) -> None: ...

class Estimate(_message.Message):
    __slots__ = ("value", "low", "high")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    value: float
    low: float
    high: float
    def __init__(self, value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class LabelInformation(_message.Message):
    __slots__ = ("nats", "nats_of_missing", "strength", "row_count")
    NATS_FIELD_NUMBER: _ClassVar[int]
    NATS_OF_MISSING_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    nats: float
    nats_of_missing: float
    strength: float
    row_count: int
    def __init__(self, nats: _Optional[float] = ..., nats_of_missing: _Optional[float] = ..., strength: _Optional[float] = ..., row_count: _Optional[int] = ...) -> None: ...

class NecessityFinding(_message.Message):
    __slots__ = ("kind", "features", "evidence", "recommendation", "message")
    class EvidenceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: NecessityFindingKind
    features: _containers.RepeatedScalarFieldContainer[str]
    evidence: _containers.ScalarMap[str, float]
    recommendation: Recommendation
    message: str
    def __init__(self, kind: _Optional[_Union[NecessityFindingKind, str]] = ..., features: _Optional[_Iterable[str]] = ..., evidence: _Optional[_Mapping[str, float]] = ..., recommendation: _Optional[_Union[Recommendation, str]] = ..., message: _Optional[str] = ...) -> None: ...
