import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from throughline.type.v1 import change_pb2 as _change_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CertificateEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CERTIFICATE_EFFECT_UNSPECIFIED: _ClassVar[CertificateEffect]
    CERTIFICATE_EFFECT_REFUSE: _ClassVar[CertificateEffect]
    CERTIFICATE_EFFECT_MARK: _ClassVar[CertificateEffect]

class MissingBaseline(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MISSING_BASELINE_UNSPECIFIED: _ClassVar[MissingBaseline]
    MISSING_BASELINE_BLOCK: _ClassVar[MissingBaseline]
    MISSING_BASELINE_PASS_MARKED: _ClassVar[MissingBaseline]

class SliceProof(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SLICE_PROOF_UNSPECIFIED: _ClassVar[SliceProof]
    SLICE_PROOF_MUST_CLEAR: _ClassVar[SliceProof]
    SLICE_PROOF_MUST_NOT_FAIL: _ClassVar[SliceProof]

class Correction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORRECTION_UNSPECIFIED: _ClassVar[Correction]
    CORRECTION_HOLM: _ClassVar[Correction]
    CORRECTION_BENJAMINI_HOCHBERG: _ClassVar[Correction]
    CORRECTION_NONE: _ClassVar[Correction]

class GateState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GATE_STATE_UNSPECIFIED: _ClassVar[GateState]
    GATE_STATE_MET: _ClassVar[GateState]
    GATE_STATE_UNMET: _ClassVar[GateState]
    GATE_STATE_MISSING_BASELINE: _ClassVar[GateState]
    GATE_STATE_NOT_MEASURED: _ClassVar[GateState]

class TestedPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TESTED_PART_UNSPECIFIED: _ClassVar[TestedPart]
    TESTED_PART_FEATURE_CODE: _ClassVar[TestedPart]
    TESTED_PART_FEATURE_RULES: _ClassVar[TestedPart]
    TESTED_PART_TRAINING_CODE: _ClassVar[TestedPart]
    TESTED_PART_WHOLE_WAY: _ClassVar[TestedPart]
CERTIFICATE_EFFECT_UNSPECIFIED: CertificateEffect
CERTIFICATE_EFFECT_REFUSE: CertificateEffect
CERTIFICATE_EFFECT_MARK: CertificateEffect
MISSING_BASELINE_UNSPECIFIED: MissingBaseline
MISSING_BASELINE_BLOCK: MissingBaseline
MISSING_BASELINE_PASS_MARKED: MissingBaseline
SLICE_PROOF_UNSPECIFIED: SliceProof
SLICE_PROOF_MUST_CLEAR: SliceProof
SLICE_PROOF_MUST_NOT_FAIL: SliceProof
CORRECTION_UNSPECIFIED: Correction
CORRECTION_HOLM: Correction
CORRECTION_BENJAMINI_HOCHBERG: Correction
CORRECTION_NONE: Correction
GATE_STATE_UNSPECIFIED: GateState
GATE_STATE_MET: GateState
GATE_STATE_UNMET: GateState
GATE_STATE_MISSING_BASELINE: GateState
GATE_STATE_NOT_MEASURED: GateState
TESTED_PART_UNSPECIFIED: TestedPart
TESTED_PART_FEATURE_CODE: TestedPart
TESTED_PART_FEATURE_RULES: TestedPart
TESTED_PART_TRAINING_CODE: TestedPart
TESTED_PART_WHOLE_WAY: TestedPart

class Gate(_message.Message):
    __slots__ = ("name", "targets", "baseline", "missing_baseline", "metric", "schema", "certificate", "latency", "approvals", "canvas", "card", "description", "change", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    MISSING_BASELINE_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    APPROVALS_FIELD_NUMBER: _ClassVar[int]
    CANVAS_FIELD_NUMBER: _ClassVar[int]
    CARD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    targets: _containers.RepeatedScalarFieldContainer[str]
    baseline: str
    missing_baseline: MissingBaseline
    metric: MetricCondition
    schema: SchemaCondition
    certificate: CertificateCondition
    latency: LatencyCondition
    approvals: ApprovalCondition
    canvas: CanvasCondition
    card: CardCondition
    description: str
    change: _change_pb2.Change
    etag: str
    def __init__(self, name: _Optional[str] = ..., targets: _Optional[_Iterable[str]] = ..., baseline: _Optional[str] = ..., missing_baseline: _Optional[_Union[MissingBaseline, str]] = ..., metric: _Optional[_Union[MetricCondition, _Mapping]] = ..., schema: _Optional[_Union[SchemaCondition, _Mapping]] = ..., certificate: _Optional[_Union[CertificateCondition, _Mapping]] = ..., latency: _Optional[_Union[LatencyCondition, _Mapping]] = ..., approvals: _Optional[_Union[ApprovalCondition, _Mapping]] = ..., canvas: _Optional[_Union[CanvasCondition, _Mapping]] = ..., card: _Optional[_Union[CardCondition, _Mapping]] = ..., description: _Optional[str] = ..., change: _Optional[_Union[_change_pb2.Change, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class MetricCondition(_message.Message):
    __slots__ = ("metric", "greater_is_better", "threshold", "min_absolute_change", "min_relative_change", "canvas_target", "use_interval", "slices", "measured_only")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    GREATER_IS_BETTER_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MIN_ABSOLUTE_CHANGE_FIELD_NUMBER: _ClassVar[int]
    MIN_RELATIVE_CHANGE_FIELD_NUMBER: _ClassVar[int]
    CANVAS_TARGET_FIELD_NUMBER: _ClassVar[int]
    USE_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    MEASURED_ONLY_FIELD_NUMBER: _ClassVar[int]
    metric: str
    greater_is_better: bool
    threshold: float
    min_absolute_change: float
    min_relative_change: float
    canvas_target: str
    use_interval: bool
    slices: SliceRule
    measured_only: bool
    def __init__(self, metric: _Optional[str] = ..., greater_is_better: bool = ..., threshold: _Optional[float] = ..., min_absolute_change: _Optional[float] = ..., min_relative_change: _Optional[float] = ..., canvas_target: _Optional[str] = ..., use_interval: bool = ..., slices: _Optional[_Union[SliceRule, _Mapping]] = ..., measured_only: bool = ...) -> None: ...

class SliceRule(_message.Message):
    __slots__ = ("columns", "min_row_count", "proof", "correction", "confidence", "require_baseline_slices")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    MIN_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_BASELINE_SLICES_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedScalarFieldContainer[str]
    min_row_count: int
    proof: SliceProof
    correction: Correction
    confidence: float
    require_baseline_slices: bool
    def __init__(self, columns: _Optional[_Iterable[str]] = ..., min_row_count: _Optional[int] = ..., proof: _Optional[_Union[SliceProof, str]] = ..., correction: _Optional[_Union[Correction, str]] = ..., confidence: _Optional[float] = ..., require_baseline_slices: bool = ...) -> None: ...

class SchemaCondition(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CertificateCondition(_message.Message):
    __slots__ = ("max_suspects", "accepted_suspects", "time_split", "label_times", "effect")
    MAX_SUSPECTS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_SUSPECTS_FIELD_NUMBER: _ClassVar[int]
    TIME_SPLIT_FIELD_NUMBER: _ClassVar[int]
    LABEL_TIMES_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    max_suspects: int
    accepted_suspects: _containers.RepeatedCompositeFieldContainer[AcceptedSuspect]
    time_split: bool
    label_times: bool
    effect: CertificateEffect
    def __init__(self, max_suspects: _Optional[int] = ..., accepted_suspects: _Optional[_Iterable[_Union[AcceptedSuspect, _Mapping]]] = ..., time_split: bool = ..., label_times: bool = ..., effect: _Optional[_Union[CertificateEffect, str]] = ...) -> None: ...

class AcceptedSuspect(_message.Message):
    __slots__ = ("feature", "label", "reason")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    feature: str
    label: str
    reason: str
    def __init__(self, feature: _Optional[str] = ..., label: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class LatencyCondition(_message.Message):
    __slots__ = ("metric", "max_ms")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    MAX_MS_FIELD_NUMBER: _ClassVar[int]
    metric: str
    max_ms: float
    def __init__(self, metric: _Optional[str] = ..., max_ms: _Optional[float] = ...) -> None: ...

class ApprovalCondition(_message.Message):
    __slots__ = ("min_count",)
    MIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    min_count: int
    def __init__(self, min_count: _Optional[int] = ...) -> None: ...

class CanvasCondition(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CardCondition(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GateResult(_message.Message):
    __slots__ = ("gate", "gate_revision", "model_version", "state", "passes", "baseline", "value", "bound", "sentence", "slices")
    GATE_FIELD_NUMBER: _ClassVar[int]
    GATE_REVISION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    gate: str
    gate_revision: int
    model_version: str
    state: GateState
    passes: bool
    baseline: str
    value: float
    bound: float
    sentence: str
    slices: _containers.RepeatedCompositeFieldContainer[SliceResult]
    def __init__(self, gate: _Optional[str] = ..., gate_revision: _Optional[int] = ..., model_version: _Optional[str] = ..., state: _Optional[_Union[GateState, str]] = ..., passes: bool = ..., baseline: _Optional[str] = ..., value: _Optional[float] = ..., bound: _Optional[float] = ..., sentence: _Optional[str] = ..., slices: _Optional[_Iterable[_Union[SliceResult, _Mapping]]] = ...) -> None: ...

class SliceResult(_message.Message):
    __slots__ = ("slice", "row_count", "state", "value", "low", "high", "adjusted_p_value", "sentence", "bound")
    SLICE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_P_VALUE_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    BOUND_FIELD_NUMBER: _ClassVar[int]
    slice: str
    row_count: int
    state: GateState
    value: float
    low: float
    high: float
    adjusted_p_value: float
    sentence: str
    bound: float
    def __init__(self, slice: _Optional[str] = ..., row_count: _Optional[int] = ..., state: _Optional[_Union[GateState, str]] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., adjusted_p_value: _Optional[float] = ..., sentence: _Optional[str] = ..., bound: _Optional[float] = ...) -> None: ...

class GateReport(_message.Message):
    __slots__ = ("subject", "target", "passes", "results")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    subject: str
    target: str
    passes: bool
    results: _containers.RepeatedCompositeFieldContainer[GateResult]
    def __init__(self, subject: _Optional[str] = ..., target: _Optional[str] = ..., passes: bool = ..., results: _Optional[_Iterable[_Union[GateResult, _Mapping]]] = ...) -> None: ...

class GateDecision(_message.Message):
    __slots__ = ("report", "actor", "reason", "time")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    report: GateReport
    actor: str
    reason: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, report: _Optional[_Union[GateReport, _Mapping]] = ..., actor: _Optional[str] = ..., reason: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("name", "evaluation", "certificate", "measurement", "test_report", "actor", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENT_FIELD_NUMBER: _ClassVar[int]
    TEST_REPORT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    evaluation: EvaluationEvidence
    certificate: CertificateEvidence
    measurement: Measurement
    test_report: TestReportEvidence
    actor: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., evaluation: _Optional[_Union[EvaluationEvidence, _Mapping]] = ..., certificate: _Optional[_Union[CertificateEvidence, _Mapping]] = ..., measurement: _Optional[_Union[Measurement, _Mapping]] = ..., test_report: _Optional[_Union[TestReportEvidence, _Mapping]] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EvaluationEvidence(_message.Message):
    __slots__ = ("digest", "data_digest", "row_count")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    DATA_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    digest: str
    data_digest: str
    row_count: int
    def __init__(self, digest: _Optional[str] = ..., data_digest: _Optional[str] = ..., row_count: _Optional[int] = ...) -> None: ...

class CertificateEvidence(_message.Message):
    __slots__ = ("digest", "passed", "suspect_count", "time_split_held", "known_at_cutoff_row_count")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    SUSPECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIME_SPLIT_HELD_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_CUTOFF_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    digest: str
    passed: bool
    suspect_count: int
    time_split_held: bool
    known_at_cutoff_row_count: int
    def __init__(self, digest: _Optional[str] = ..., passed: bool = ..., suspect_count: _Optional[int] = ..., time_split_held: bool = ..., known_at_cutoff_row_count: _Optional[int] = ...) -> None: ...

class Measurement(_message.Message):
    __slots__ = ("metric", "value", "source", "report_digest")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REPORT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    metric: str
    value: float
    source: str
    report_digest: str
    def __init__(self, metric: _Optional[str] = ..., value: _Optional[float] = ..., source: _Optional[str] = ..., report_digest: _Optional[str] = ...) -> None: ...

class TestReportEvidence(_message.Message):
    __slots__ = ("part", "digest", "commit", "test_count", "failed_count", "skipped_count")
    PART_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    TEST_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    part: TestedPart
    digest: str
    commit: str
    test_count: int
    failed_count: int
    skipped_count: int
    def __init__(self, part: _Optional[_Union[TestedPart, str]] = ..., digest: _Optional[str] = ..., commit: _Optional[str] = ..., test_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., skipped_count: _Optional[int] = ...) -> None: ...
