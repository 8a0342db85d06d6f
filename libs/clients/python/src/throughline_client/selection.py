"""Which features a model needs: an estimator trained anew without each of them, and the report of the platform on the feature service.

Needs the packages of `pip install throughline-client[selection]`. The estimator may be of any library that has scikit-learn's `fit` and
`predict`, or `predict_proba`; this module needs none of them.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from throughline.features.v1 import feature_store_service_pb2, necessity_pb2, necessity_service_pb2, training_set_pb2
from throughline_client.artifacts import download
from throughline_client.connection import Connection
from throughline_client.necessity import drop_costs
from throughline_client.operations import wait

Prepare = Callable[[pa.Table], Any]
"""Makes of some features what the estimator takes, row by row."""


@dataclass(frozen=True)
class DropOne:
    """What an estimator loses that is trained without each feature."""

    costs: dict[str, necessity_pb2.Estimate]
    basis: necessity_pb2.DropOneBasis


def matrix(features: pa.Table) -> np.ndarray:
    """Numbers as floats, times as seconds, texts by their place in the alphabet of the whole column; what is missing is NaN."""
    return np.column_stack([_numbers(features.column(name)) for name in features.column_names] or [np.empty((len(features), 0))])


def drop_one(
    connection: Connection,
    training_set: str,
    estimator: Any,
    *,
    features: Sequence[str] | None = None,
    label: str = "",
    seeds: Sequence[int] = (0, 1, 2),
    held_out_share: float = 0.25,
    prepare: Prepare = matrix,
) -> DropOne:
    """Trains copies of an estimator with all features, and without each of `features` (all of the feature service if None).

    The newest rows by their cut-off are held out. With `predict_proba` the loss is the log loss, else the squared error. A loss is the
    mean over the seeds, which every `random_state` of the estimator is set to; without any it is trained once. The intervals (95 %)
    have the scatter of rows in them, not that of training. `prepare` gets all rows, with the features that are trained on.
    """
    found = connection.features.GetTrainingSet(feature_store_service_pb2.GetTrainingSetRequest(name=training_set)).training_set
    rows, names, labels = _rows(connection, found, label)
    if unknown := [it for it in features or [] if it not in names]:
        raise ValueError(f"{unknown} are no features of {found.feature_service}: it has {names}")
    held_out = _newest(rows.column(found.cutoff_column), held_out_share)
    places = _random_states(estimator)
    used = list(seeds) if places else []
    has_shares = hasattr(estimator, "predict_proba")

    def losses(without: Sequence[str]) -> np.ndarray:
        kept = prepare(rows.select([it for it in names if it not in without]))
        return np.mean([_losses(_seeded(estimator, places, seed), kept, labels, held_out) for seed in used or [None]], axis=0)

    base = losses([])
    costs = drop_costs(names if features is None else features, lambda without: losses(without) if without else base)
    loss = necessity_pb2.IMPORTANCE_LOSS_LOG_LOSS if has_shares else necessity_pb2.IMPORTANCE_LOSS_SQUARED_ERROR
    basis = necessity_pb2.DropOneBasis(
        trainer=str(estimator)[:4000], seeds=used, row_count=int(held_out.sum()), loss=loss, base_loss=float(base.mean())
    )
    return DropOne(costs, basis)


def necessity_report(
    connection: Connection, training_set: str, estimator: Any, *, label: str = "", seed: int = 0, **options: Any
) -> necessity_pb2.NecessityReport:
    """The platform's report on a feature service with what this estimator loses without each feature: see `drop_one` for the options.

    It has the ranking of the features, what leaks, repeats or says nothing, and the costs, for the console to show.
    """
    measured = drop_one(connection, training_set, estimator, label=label, **options)
    request = necessity_service_pb2.CreateNecessityReportRequest(
        parent=connection.parent,
        training_set=training_set,
        label=label,
        seed=seed,
        drop_costs=measured.costs,
        drop_one=measured.basis,
    )
    operation = connection.necessity.CreateNecessityReport(request).operation
    made = wait(connection, operation, necessity_service_pb2.CreateNecessityReportResult).necessity_report
    get = necessity_service_pb2.GetNecessityReportRequest(name=made.name)
    return connection.necessity.GetNecessityReport(get).necessity_report


def _rows(
    connection: Connection, training_set: training_set_pb2.TrainingSet, label: str
) -> tuple[pa.Table, list[str], np.ndarray]:
    """The rows that have a label, the features among their columns, and the labels."""
    label = label or next(iter(training_set.label_columns), "")
    if label not in training_set.label_columns:
        raise ValueError(f"{label or 'no label'} is no label of {training_set.name}: it has {list(training_set.label_columns)}")
    request = feature_store_service_pb2.GetFeatureServiceRequest(
        name=training_set.feature_service, version=training_set.feature_service_version
    )
    names = list(connection.features.GetFeatureService(request).feature_service.features)
    with tempfile.TemporaryDirectory() as folder:
        table = pq.read_table(download(connection, training_set.file_digest, Path(folder, "rows.parquet")))
    # A NaN is no label, as on the platform.
    table = table.filter(pc.invert(pc.is_null(table.column(label), nan_is_null=True)))
    return table, names, table.column(label).to_numpy(zero_copy_only=False)


def _newest(cutoffs: pa.ChunkedArray, share: float) -> np.ndarray:
    """The rows after the cut-off that leaves about this share of them."""
    times = cutoffs.cast(pa.int64()).to_numpy()
    if len(times) == 0 or not 0 < share < 1:
        raise ValueError(f"no rows can be held out of {len(times)} by a share of {share}")
    bound = np.sort(times)[max(0, int(len(times) * (1 - share)) - 1)]
    newest = times > bound
    if not newest.any():
        raise ValueError("no row is newer than the others: the newest ones cannot be held out")
    return newest


def _losses(estimator: Any, rows: Any, labels: np.ndarray, held_out: np.ndarray) -> np.ndarray:
    """What an estimator that is trained on the other rows loses on each that is held out."""
    estimator.fit(rows[~held_out], labels[~held_out])
    if not hasattr(estimator, "predict_proba"):
        return (np.asarray(estimator.predict(rows[held_out]), float) - labels[held_out].astype(float)) ** 2
    classes = list(estimator.classes_)
    shares = np.asarray(estimator.predict_proba(rows[held_out]), float)
    # A class that no training row has gets no share.
    given = [row[classes.index(it)] if it in classes else 0.0 for row, it in zip(shares, labels[held_out], strict=True)]
    return -np.log(np.clip(given, 1e-15, 1.0))


def _random_states(estimator: Any) -> list[str]:
    """The parameters that seed an estimator, those of its parts included."""
    if not hasattr(estimator, "get_params"):
        return []
    return sorted(it for it in estimator.get_params() if it == "random_state" or it.endswith("__random_state"))


def _seeded(estimator: Any, places: Sequence[str], seed: int | None) -> Any:
    fresh = copy.deepcopy(estimator)
    if places:
        fresh.set_params(**{it: seed for it in places})
    return fresh


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        values = column.to_pylist()
        places = {it: i for i, it in enumerate(sorted({it for it in values if it is not None}))}
        return np.array([np.nan if it is None else places[it] for it in values], float)
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("ns")).cast(pa.int64()).cast(pa.float64(), safe=False).to_numpy() / 1e9
    return column.cast(pa.float64(), safe=False).to_numpy()
