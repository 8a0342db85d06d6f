from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CalibrationMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALIBRATION_METHOD_UNSPECIFIED: _ClassVar[CalibrationMethod]
    CALIBRATION_METHOD_ABSOLUTE_RESIDUAL: _ClassVar[CalibrationMethod]
    CALIBRATION_METHOD_NORMALIZED_RESIDUAL: _ClassVar[CalibrationMethod]
    CALIBRATION_METHOD_QUANTILE_REGRESSION: _ClassVar[CalibrationMethod]
    CALIBRATION_METHOD_ADAPTIVE_SET: _ClassVar[CalibrationMethod]
    CALIBRATION_METHOD_REGULARIZED_ADAPTIVE_SET: _ClassVar[CalibrationMethod]
CALIBRATION_METHOD_UNSPECIFIED: CalibrationMethod
CALIBRATION_METHOD_ABSOLUTE_RESIDUAL: CalibrationMethod
CALIBRATION_METHOD_NORMALIZED_RESIDUAL: CalibrationMethod
CALIBRATION_METHOD_QUANTILE_REGRESSION: CalibrationMethod
CALIBRATION_METHOD_ADAPTIVE_SET: CalibrationMethod
CALIBRATION_METHOD_REGULARIZED_ADAPTIVE_SET: CalibrationMethod

class Calibration(_message.Message):
    __slots__ = ("name", "digest", "settings", "all", "groups", "skipped_count", "source_digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    settings: CalibrationSettings
    all: CalibratedGroup
    groups: _containers.RepeatedCompositeFieldContainer[CalibratedGroup]
    skipped_count: int
    source_digest: str
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., settings: _Optional[_Union[CalibrationSettings, _Mapping]] = ..., all: _Optional[_Union[CalibratedGroup, _Mapping]] = ..., groups: _Optional[_Iterable[_Union[CalibratedGroup, _Mapping]]] = ..., skipped_count: _Optional[int] = ..., source_digest: _Optional[str] = ...) -> None: ...

class CalibrationSettings(_message.Message):
    __slots__ = ("method", "alpha", "group_field", "group_rows_least", "labels", "randomized", "allows_empty", "penalty", "penalty_rank")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_FIELD_NUMBER: _ClassVar[int]
    GROUP_ROWS_LEAST_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    RANDOMIZED_FIELD_NUMBER: _ClassVar[int]
    ALLOWS_EMPTY_FIELD_NUMBER: _ClassVar[int]
    PENALTY_FIELD_NUMBER: _ClassVar[int]
    PENALTY_RANK_FIELD_NUMBER: _ClassVar[int]
    method: CalibrationMethod
    alpha: float
    group_field: str
    group_rows_least: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    randomized: bool
    allows_empty: bool
    penalty: float
    penalty_rank: int
    def __init__(self, method: _Optional[_Union[CalibrationMethod, str]] = ..., alpha: _Optional[float] = ..., group_field: _Optional[str] = ..., group_rows_least: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ..., randomized: bool = ..., allows_empty: bool = ..., penalty: _Optional[float] = ..., penalty_rank: _Optional[int] = ...) -> None: ...

class CalibratedGroup(_message.Message):
    __slots__ = ("group", "row_count", "quantile", "covered_count", "coverage_low", "coverage_high")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_FIELD_NUMBER: _ClassVar[int]
    COVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_LOW_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_HIGH_FIELD_NUMBER: _ClassVar[int]
    group: str
    row_count: int
    quantile: float
    covered_count: int
    coverage_low: float
    coverage_high: float
    def __init__(self, group: _Optional[str] = ..., row_count: _Optional[int] = ..., quantile: _Optional[float] = ..., covered_count: _Optional[int] = ..., coverage_low: _Optional[float] = ..., coverage_high: _Optional[float] = ...) -> None: ...

class CreateCalibrationRequest(_message.Message):
    __slots__ = ("parent", "settings", "table", "rows", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    settings: CalibrationSettings
    table: CalibrationTable
    rows: CalibrationRows
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., settings: _Optional[_Union[CalibrationSettings, _Mapping]] = ..., table: _Optional[_Union[CalibrationTable, _Mapping]] = ..., rows: _Optional[_Union[CalibrationRows, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CalibrationTable(_message.Message):
    __slots__ = ("digest", "prediction_columns", "actual_column", "group_column", "row_digest_column")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    PREDICTION_COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_COLUMN_FIELD_NUMBER: _ClassVar[int]
    GROUP_COLUMN_FIELD_NUMBER: _ClassVar[int]
    ROW_DIGEST_COLUMN_FIELD_NUMBER: _ClassVar[int]
    digest: str
    prediction_columns: _containers.RepeatedScalarFieldContainer[str]
    actual_column: str
    group_column: str
    row_digest_column: str
    def __init__(self, digest: _Optional[str] = ..., prediction_columns: _Optional[_Iterable[str]] = ..., actual_column: _Optional[str] = ..., group_column: _Optional[str] = ..., row_digest_column: _Optional[str] = ...) -> None: ...

class CalibrationRows(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[CalibrationRow]
    def __init__(self, rows: _Optional[_Iterable[_Union[CalibrationRow, _Mapping]]] = ...) -> None: ...

class CalibrationRow(_message.Message):
    __slots__ = ("predictions", "actual", "group", "row_digest")
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ROW_DIGEST_FIELD_NUMBER: _ClassVar[int]
    predictions: _containers.RepeatedScalarFieldContainer[float]
    actual: float
    group: str
    row_digest: str
    def __init__(self, predictions: _Optional[_Iterable[float]] = ..., actual: _Optional[float] = ..., group: _Optional[str] = ..., row_digest: _Optional[str] = ...) -> None: ...

class CreateCalibrationResponse(_message.Message):
    __slots__ = ("calibration",)
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    calibration: Calibration
    def __init__(self, calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...

class GetCalibrationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetCalibrationResponse(_message.Message):
    __slots__ = ("calibration",)
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    calibration: Calibration
    def __init__(self, calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...
