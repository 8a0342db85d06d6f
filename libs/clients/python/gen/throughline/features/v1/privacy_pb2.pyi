import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ColumnClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLUMN_CLASS_UNSPECIFIED: _ClassVar[ColumnClass]
    COLUMN_CLASS_OPEN: _ClassVar[ColumnClass]
    COLUMN_CLASS_IDENTIFIER: _ClassVar[ColumnClass]
    COLUMN_CLASS_QUASI_IDENTIFIER: _ClassVar[ColumnClass]
    COLUMN_CLASS_SENSITIVE: _ClassVar[ColumnClass]

class UnlistedColumns(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNLISTED_COLUMNS_UNSPECIFIED: _ClassVar[UnlistedColumns]
    UNLISTED_COLUMNS_CARRY: _ClassVar[UnlistedColumns]
    UNLISTED_COLUMNS_REFUSE: _ClassVar[UnlistedColumns]

class CalendarUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALENDAR_UNIT_UNSPECIFIED: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_DAY: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_MONTH: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_QUARTER: _ClassVar[CalendarUnit]
    CALENDAR_UNIT_YEAR: _ClassVar[CalendarUnit]

class NoiseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOISE_KIND_UNSPECIFIED: _ClassVar[NoiseKind]
    NOISE_KIND_LAPLACE: _ClassVar[NoiseKind]
    NOISE_KIND_GAUSSIAN: _ClassVar[NoiseKind]

class ForgettingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORGETTING_STATE_UNSPECIFIED: _ClassVar[ForgettingState]
    FORGETTING_STATE_RUNNING: _ClassVar[ForgettingState]
    FORGETTING_STATE_DONE: _ClassVar[ForgettingState]
COLUMN_CLASS_UNSPECIFIED: ColumnClass
COLUMN_CLASS_OPEN: ColumnClass
COLUMN_CLASS_IDENTIFIER: ColumnClass
COLUMN_CLASS_QUASI_IDENTIFIER: ColumnClass
COLUMN_CLASS_SENSITIVE: ColumnClass
UNLISTED_COLUMNS_UNSPECIFIED: UnlistedColumns
UNLISTED_COLUMNS_CARRY: UnlistedColumns
UNLISTED_COLUMNS_REFUSE: UnlistedColumns
CALENDAR_UNIT_UNSPECIFIED: CalendarUnit
CALENDAR_UNIT_DAY: CalendarUnit
CALENDAR_UNIT_MONTH: CalendarUnit
CALENDAR_UNIT_QUARTER: CalendarUnit
CALENDAR_UNIT_YEAR: CalendarUnit
NOISE_KIND_UNSPECIFIED: NoiseKind
NOISE_KIND_LAPLACE: NoiseKind
NOISE_KIND_GAUSSIAN: NoiseKind
FORGETTING_STATE_UNSPECIFIED: ForgettingState
FORGETTING_STATE_RUNNING: ForgettingState
FORGETTING_STATE_DONE: ForgettingState

class PrivacyPolicy(_message.Message):
    __slots__ = ("name", "version", "digest", "columns", "unlisted", "class_row_count_min", "demand", "actor", "reason", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    UNLISTED_FIELD_NUMBER: _ClassVar[int]
    CLASS_ROW_COUNT_MIN_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    digest: str
    columns: _containers.RepeatedCompositeFieldContainer[ColumnRule]
    unlisted: UnlistedColumns
    class_row_count_min: int
    demand: AnonymityDemand
    actor: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ..., columns: _Optional[_Iterable[_Union[ColumnRule, _Mapping]]] = ..., unlisted: _Optional[_Union[UnlistedColumns, str]] = ..., class_row_count_min: _Optional[int] = ..., demand: _Optional[_Union[AnonymityDemand, _Mapping]] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ColumnRule(_message.Message):
    __slots__ = ("column", "uses")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CLASS_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    column: str
    uses: _containers.RepeatedCompositeFieldContainer[PermittedUse]
    def __init__(self, column: _Optional[str] = ..., uses: _Optional[_Iterable[_Union[PermittedUse, _Mapping]]] = ..., **kwargs) -> None: ...

class PermittedUse(_message.Message):
    __slots__ = ("purposes", "treatment")
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_FIELD_NUMBER: _ClassVar[int]
    purposes: _containers.RepeatedScalarFieldContainer[str]
    treatment: PrivacyTreatment
    def __init__(self, purposes: _Optional[_Iterable[str]] = ..., treatment: _Optional[_Union[PrivacyTreatment, _Mapping]] = ...) -> None: ...

class PrivacyTreatment(_message.Message):
    __slots__ = ("keep", "drop", "blank", "pseudonym", "format_preserving", "range", "calendar", "prefix", "hierarchy", "noise")
    KEEP_FIELD_NUMBER: _ClassVar[int]
    DROP_FIELD_NUMBER: _ClassVar[int]
    BLANK_FIELD_NUMBER: _ClassVar[int]
    PSEUDONYM_FIELD_NUMBER: _ClassVar[int]
    FORMAT_PRESERVING_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    HIERARCHY_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    keep: KeepTreatment
    drop: DropTreatment
    blank: BlankTreatment
    pseudonym: PseudonymTreatment
    format_preserving: FormatPreservingTreatment
    range: RangeTreatment
    calendar: CalendarTreatment
    prefix: PrefixTreatment
    hierarchy: HierarchyTreatment
    noise: NoiseTreatment
    def __init__(self, keep: _Optional[_Union[KeepTreatment, _Mapping]] = ..., drop: _Optional[_Union[DropTreatment, _Mapping]] = ..., blank: _Optional[_Union[BlankTreatment, _Mapping]] = ..., pseudonym: _Optional[_Union[PseudonymTreatment, _Mapping]] = ..., format_preserving: _Optional[_Union[FormatPreservingTreatment, _Mapping]] = ..., range: _Optional[_Union[RangeTreatment, _Mapping]] = ..., calendar: _Optional[_Union[CalendarTreatment, _Mapping]] = ..., prefix: _Optional[_Union[PrefixTreatment, _Mapping]] = ..., hierarchy: _Optional[_Union[HierarchyTreatment, _Mapping]] = ..., noise: _Optional[_Union[NoiseTreatment, _Mapping]] = ...) -> None: ...

class KeepTreatment(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DropTreatment(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BlankTreatment(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PseudonymTreatment(_message.Message):
    __slots__ = ("domain",)
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    domain: str
    def __init__(self, domain: _Optional[str] = ...) -> None: ...

class FormatPreservingTreatment(_message.Message):
    __slots__ = ("domain", "alphabet")
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    ALPHABET_FIELD_NUMBER: _ClassVar[int]
    domain: str
    alphabet: str
    def __init__(self, domain: _Optional[str] = ..., alphabet: _Optional[str] = ...) -> None: ...

class RangeTreatment(_message.Message):
    __slots__ = ("edges",)
    EDGES_FIELD_NUMBER: _ClassVar[int]
    edges: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, edges: _Optional[_Iterable[float]] = ...) -> None: ...

class CalendarTreatment(_message.Message):
    __slots__ = ("unit",)
    UNIT_FIELD_NUMBER: _ClassVar[int]
    unit: CalendarUnit
    def __init__(self, unit: _Optional[_Union[CalendarUnit, str]] = ...) -> None: ...

class PrefixTreatment(_message.Message):
    __slots__ = ("characters",)
    CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    characters: int
    def __init__(self, characters: _Optional[int] = ...) -> None: ...

class HierarchyTreatment(_message.Message):
    __slots__ = ("table", "level")
    class TableEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: HierarchyAncestors
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[HierarchyAncestors, _Mapping]] = ...) -> None: ...
    TABLE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    table: _containers.MessageMap[str, HierarchyAncestors]
    level: int
    def __init__(self, table: _Optional[_Mapping[str, HierarchyAncestors]] = ..., level: _Optional[int] = ...) -> None: ...

class HierarchyAncestors(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class NoiseTreatment(_message.Message):
    __slots__ = ("kind", "low", "high", "sensitivity", "epsilon", "delta")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    EPSILON_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    kind: NoiseKind
    low: float
    high: float
    sensitivity: float
    epsilon: float
    delta: float
    def __init__(self, kind: _Optional[_Union[NoiseKind, str]] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., sensitivity: _Optional[float] = ..., epsilon: _Optional[float] = ..., delta: _Optional[float] = ...) -> None: ...

class AnonymityDemand(_message.Message):
    __slots__ = ("k", "distinct_l", "entropy_l", "recursive", "t")
    K_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_L_FIELD_NUMBER: _ClassVar[int]
    ENTROPY_L_FIELD_NUMBER: _ClassVar[int]
    RECURSIVE_FIELD_NUMBER: _ClassVar[int]
    T_FIELD_NUMBER: _ClassVar[int]
    k: int
    distinct_l: int
    entropy_l: float
    recursive: RecursiveDiversity
    t: float
    def __init__(self, k: _Optional[int] = ..., distinct_l: _Optional[int] = ..., entropy_l: _Optional[float] = ..., recursive: _Optional[_Union[RecursiveDiversity, _Mapping]] = ..., t: _Optional[float] = ...) -> None: ...

class RecursiveDiversity(_message.Message):
    __slots__ = ("c", "l")
    C_FIELD_NUMBER: _ClassVar[int]
    L_FIELD_NUMBER: _ClassVar[int]
    c: float
    l: int
    def __init__(self, c: _Optional[float] = ..., l: _Optional[int] = ...) -> None: ...

class TrainingSetPrivacy(_message.Message):
    __slots__ = ("purpose", "policies", "columns", "key_version", "joined_digest", "suppressed_row_count", "figures")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    KEY_VERSION_FIELD_NUMBER: _ClassVar[int]
    JOINED_DIGEST_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    purpose: str
    policies: _containers.RepeatedCompositeFieldContainer[AppliedPolicy]
    columns: _containers.RepeatedCompositeFieldContainer[TreatedColumn]
    key_version: int
    joined_digest: str
    suppressed_row_count: int
    figures: PrivacyFigures
    def __init__(self, purpose: _Optional[str] = ..., policies: _Optional[_Iterable[_Union[AppliedPolicy, _Mapping]]] = ..., columns: _Optional[_Iterable[_Union[TreatedColumn, _Mapping]]] = ..., key_version: _Optional[int] = ..., joined_digest: _Optional[str] = ..., suppressed_row_count: _Optional[int] = ..., figures: _Optional[_Union[PrivacyFigures, _Mapping]] = ...) -> None: ...

class AppliedPolicy(_message.Message):
    __slots__ = ("policy", "version", "digest")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    policy: str
    version: int
    digest: str
    def __init__(self, policy: _Optional[str] = ..., version: _Optional[int] = ..., digest: _Optional[str] = ...) -> None: ...

class TreatedColumn(_message.Message):
    __slots__ = ("column", "treatment", "suppressed_value_count")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CLASS_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_VALUE_COUNT_FIELD_NUMBER: _ClassVar[int]
    column: str
    treatment: str
    suppressed_value_count: int
    def __init__(self, column: _Optional[str] = ..., treatment: _Optional[str] = ..., suppressed_value_count: _Optional[int] = ..., **kwargs) -> None: ...

class PrivacyFigures(_message.Message):
    __slots__ = ("quasi_identifiers", "row_count", "class_count", "k", "unique_row_count", "k_asked", "small_class_count", "small_class_row_count", "reidentification_risk", "sensitive", "unmet")
    QUASI_IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    CLASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    K_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    K_ASKED_FIELD_NUMBER: _ClassVar[int]
    SMALL_CLASS_COUNT_FIELD_NUMBER: _ClassVar[int]
    SMALL_CLASS_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REIDENTIFICATION_RISK_FIELD_NUMBER: _ClassVar[int]
    SENSITIVE_FIELD_NUMBER: _ClassVar[int]
    UNMET_FIELD_NUMBER: _ClassVar[int]
    quasi_identifiers: _containers.RepeatedScalarFieldContainer[str]
    row_count: int
    class_count: int
    k: int
    unique_row_count: int
    k_asked: int
    small_class_count: int
    small_class_row_count: int
    reidentification_risk: float
    sensitive: _containers.RepeatedCompositeFieldContainer[SensitiveFigures]
    unmet: _containers.RepeatedCompositeFieldContainer[UnmetDemand]
    def __init__(self, quasi_identifiers: _Optional[_Iterable[str]] = ..., row_count: _Optional[int] = ..., class_count: _Optional[int] = ..., k: _Optional[int] = ..., unique_row_count: _Optional[int] = ..., k_asked: _Optional[int] = ..., small_class_count: _Optional[int] = ..., small_class_row_count: _Optional[int] = ..., reidentification_risk: _Optional[float] = ..., sensitive: _Optional[_Iterable[_Union[SensitiveFigures, _Mapping]]] = ..., unmet: _Optional[_Iterable[_Union[UnmetDemand, _Mapping]]] = ...) -> None: ...

class SensitiveFigures(_message.Message):
    __slots__ = ("column", "distinct_l", "entropy_l", "recursive_l", "recursive_c", "t", "ordered")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    DISTINCT_L_FIELD_NUMBER: _ClassVar[int]
    ENTROPY_L_FIELD_NUMBER: _ClassVar[int]
    RECURSIVE_L_FIELD_NUMBER: _ClassVar[int]
    RECURSIVE_C_FIELD_NUMBER: _ClassVar[int]
    T_FIELD_NUMBER: _ClassVar[int]
    ORDERED_FIELD_NUMBER: _ClassVar[int]
    column: str
    distinct_l: int
    entropy_l: float
    recursive_l: int
    recursive_c: float
    t: float
    ordered: bool
    def __init__(self, column: _Optional[str] = ..., distinct_l: _Optional[int] = ..., entropy_l: _Optional[float] = ..., recursive_l: _Optional[int] = ..., recursive_c: _Optional[float] = ..., t: _Optional[float] = ..., ordered: bool = ...) -> None: ...

class UnmetDemand(_message.Message):
    __slots__ = ("demand", "column", "asked", "found", "message")
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    FOUND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    demand: str
    column: str
    asked: float
    found: float
    message: str
    def __init__(self, demand: _Optional[str] = ..., column: _Optional[str] = ..., asked: _Optional[float] = ..., found: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...

class PrivacyReport(_message.Message):
    __slots__ = ("name", "digest", "training_set", "training_set_digest", "figures", "actor", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_FIELD_NUMBER: _ClassVar[int]
    TRAINING_SET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    training_set: str
    training_set_digest: str
    figures: PrivacyFigures
    actor: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., training_set: _Optional[str] = ..., training_set_digest: _Optional[str] = ..., figures: _Optional[_Union[PrivacyFigures, _Mapping]] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Forgetting(_message.Message):
    __slots__ = ("name", "entity", "subject", "state", "actor", "reason", "create_time", "end_time", "sources", "affected", "affected_truncated", "unaffected_training_set_count", "loaded_digests", "remaining")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    AFFECTED_FIELD_NUMBER: _ClassVar[int]
    AFFECTED_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    UNAFFECTED_TRAINING_SET_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOADED_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    name: str
    entity: str
    subject: str
    state: ForgettingState
    actor: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    sources: _containers.RepeatedCompositeFieldContainer[ForgottenRows]
    affected: _containers.RepeatedCompositeFieldContainer[AffectedThing]
    affected_truncated: bool
    unaffected_training_set_count: int
    loaded_digests: _containers.RepeatedScalarFieldContainer[str]
    remaining: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., entity: _Optional[str] = ..., subject: _Optional[str] = ..., state: _Optional[_Union[ForgettingState, str]] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sources: _Optional[_Iterable[_Union[ForgottenRows, _Mapping]]] = ..., affected: _Optional[_Iterable[_Union[AffectedThing, _Mapping]]] = ..., affected_truncated: bool = ..., unaffected_training_set_count: _Optional[int] = ..., loaded_digests: _Optional[_Iterable[str]] = ..., remaining: _Optional[_Iterable[str]] = ...) -> None: ...

class ForgottenRows(_message.Message):
    __slots__ = ("source", "row_count", "file_count", "data_versions", "tombstone_digests")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DATA_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_DIGESTS_FIELD_NUMBER: _ClassVar[int]
    source: str
    row_count: int
    file_count: int
    data_versions: _containers.RepeatedScalarFieldContainer[int]
    tombstone_digests: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, source: _Optional[str] = ..., row_count: _Optional[int] = ..., file_count: _Optional[int] = ..., data_versions: _Optional[_Iterable[int]] = ..., tombstone_digests: _Optional[_Iterable[str]] = ...) -> None: ...

class AffectedThing(_message.Message):
    __slots__ = ("kind", "resource", "digest", "row_count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: str
    resource: str
    digest: str
    row_count: int
    def __init__(self, kind: _Optional[str] = ..., resource: _Optional[str] = ..., digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...
