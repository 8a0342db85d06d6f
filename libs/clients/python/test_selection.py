"""Tests of selection against a running platform: `python test_selection.py 127.0.0.1:9090`. Needs the packages of `[selection]`."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from throughline.features.v1 import definition_pb2, feature_store_service_pb2 as messages, necessity_pb2
from throughline.lineage.v1 import artifact_pb2
from throughline.type.v1 import value_pb2
from throughline_client import connect, selection, upload, wait

TARGET = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090"
RANDOM = np.random.default_rng(11)
ROWS = 400
STRONG, WEAK, NOISE = (RANDOM.normal(size=ROWS) for _ in range(3))
PRICE = 3 * STRONG + WEAK + RANDOM.normal(size=ROWS) / 2
FEATURES = ["strong", "weak", "noise"]
# The spine is not in the order of time: the newest quarter is every fourth row.
CUTOFFS = 1_750_000_000 + np.where(np.arange(ROWS) % 4 == 0, 10_000, 0) + np.arange(ROWS)
NEWEST = np.arange(ROWS) % 4 == 0


class LeastSquares:
    """A linear model, whose seed moves its predictions a little: what scikit-learn's estimators look like from outside."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def get_params(self, deep=True):
        return {"random_state": self.random_state}

    def set_params(self, random_state):
        self.random_state = random_state
        return self

    def fit(self, rows, labels):
        assert not hasattr(self, "weights"), "each training begins with a fresh copy"
        self.weights, *_ = np.linalg.lstsq(with_one(rows), labels.astype(float), rcond=None)
        return self

    def predict(self, rows):
        return with_one(rows) @ self.weights + (self.random_state or 0) / 100


class Shares(LeastSquares):
    """Two classes with shares that fall and rise with the linear model."""

    def fit(self, rows, labels):
        self.classes_ = np.unique(labels)
        return super().fit(rows, labels == self.classes_[1])

    def predict_proba(self, rows):
        share = np.clip(super().predict(rows), 0.01, 0.99)
        return np.column_stack([1 - share, share])


def with_one(rows):
    return np.column_stack([np.ones(len(rows)), rows])


def expected(columns, seed):
    """The squared errors of the newest rows, by the normal equations."""
    x = with_one(np.column_stack([np.round(it, 9) for it in columns]))
    old = x[~NEWEST]
    weights = np.linalg.solve(old.T @ old, old.T @ PRICE[~NEWEST])
    return (x[NEWEST] @ weights + seed / 100 - PRICE[NEWEST]) ** 2


def training_set(connection, suffix, label):
    """Rows of three features that come with the spine."""
    service = f"selection-{suffix}-{np.random.default_rng().integers(1 << 40):x}"
    columns = [value_pb2.Column(name=it, type=value_pb2.VALUE_TYPE_FLOAT64) for it in FEATURES]
    definition = definition_pb2.FeatureService(request_features=columns)
    made = connection.features.ApplyFeatureService(
        messages.ApplyFeatureServiceRequest(parent=connection.parent, feature_service_id=service, feature_service=definition)
    ).feature_service
    spine = {"at": pa.array(CUTOFFS * 1_000_000, pa.timestamp("us", tz="UTC")), "label": label}
    spine |= {name: np.round(it, 9) for name, it in zip(FEATURES, (STRONG, WEAK, NOISE), strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spine.parquet")
        pq.write_table(pa.table(spine), path)
        digest = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_DATASET).digest
    request = messages.CreateTrainingSetRequest(
        parent=connection.parent, feature_service=made.name, spine_digest=digest, cutoff_column="at", label_columns=["label"]
    )
    operation = connection.features.CreateTrainingSet(request).operation
    return wait(connection, operation, messages.CreateTrainingSetResult).training_set.name


def test_what_an_estimator_loses_without_each_feature_is_in_the_report():
    with connect(TARGET, actor="ada") as connection:
        name = training_set(connection, "price", PRICE)
        report = selection.necessity_report(connection, name, LeastSquares(), seeds=(1, 3))
        base = np.mean([expected([STRONG, WEAK, NOISE], seed) for seed in (1, 3)], axis=0)
        left = {"strong": [WEAK, NOISE], "weak": [STRONG, NOISE], "noise": [STRONG, WEAK]}
        for figures in report.figures:
            rises = np.mean([expected(left[figures.feature], seed) for seed in (1, 3)], axis=0) - base
            half = 1.959963984540054 * rises.std(ddof=1) / np.sqrt(len(rises))
            found = figures.drop_cost
            assert np.allclose([found.value, found.low, found.high], [rises.mean(), rises.mean() - half, rises.mean() + half], rtol=1e-6, atol=1e-9)
        basis = report.drop_one
        assert (list(basis.seeds), basis.row_count) == ([1, 3], 100)
        assert basis.loss == necessity_pb2.IMPORTANCE_LOSS_SQUARED_ERROR and np.isclose(basis.base_loss, base.mean())
        assert "LeastSquares" in basis.trainer
        assert [it.feature for it in report.ranking][:2] == ["strong", "weak"]
        unused = [it for it in report.findings if it.kind == necessity_pb2.NECESSITY_FINDING_KIND_UNUSED]
        assert [list(it.features) for it in unused] == [["noise"]]


def test_classes_are_judged_by_the_log_loss_of_what_happened():
    with connect(TARGET, actor="ada") as connection:
        name = training_set(connection, "dear", pa.array(np.where(PRICE > 0, "dear", "cheap")))
        found = selection.drop_one(connection, name, Shares(), features=["strong", "noise"], seeds=(0,))
        assert sorted(found.costs) == ["noise", "strong"] and found.costs["strong"].low > 0.1 > found.costs["noise"].value
        assert found.basis.loss == necessity_pb2.IMPORTANCE_LOSS_LOG_LOSS and 0 < found.basis.base_loss < 0.5


def test_what_cannot_be_held_out_is_refused():
    with connect(TARGET, actor="ada") as connection:
        name = training_set(connection, "price", PRICE)
        for wrong in ({"held_out_share": 1.5}, {"label": "strong"}, {"features": ["strong", "waek"]}):
            try:
                selection.drop_one(connection, name, LeastSquares(), **wrong)
            except ValueError:
                continue
            raise AssertionError(f"{wrong} was taken")


def test_a_matrix_has_numbers_of_all_types_and_nan_for_what_is_missing():
    table = pa.table(
        {
            "flag": [True, None, False],
            "city": ["b", "a", None],
            "at": pa.array([1_000_000_000, None, 2_500_000_000], pa.timestamp("ns", tz="UTC")),
            "count": [1, 2, None],
        }
    )
    wanted = [[1, 1, 1, 1], [np.nan, 0, np.nan, 2], [0, np.nan, 2.5, np.nan]]
    assert np.array_equal(selection.matrix(table), np.array(wanted), equal_nan=True)
    assert selection.matrix(table.select([])).shape == (3, 0)


if __name__ == "__main__":
    tests = [it for name, it in sorted(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
        print(f"ok  {test.__name__}")
    print(f"{len(tests)} passed, 0 failed")
