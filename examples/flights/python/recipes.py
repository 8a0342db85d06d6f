"""The models of the demonstration, and their conversion to ONNX."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import onnx
import pyarrow.compute as pc
import pyarrow.parquet as pq
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

# Name of the model's input, and of the transforms' output that feeds it.
INPUT = "features"
RECIPES = ("logistic", "boosting", "recent", "leaked")


def build(recipe: str, seed: int) -> tuple[ClassifierMixin, dict[str, str]]:
    """The untrained model of a recipe, and its parameters as they are logged."""
    if recipe == "leaked":
        settings = {"max_iter": 40, "learning_rate": 0.1, "max_leaf_nodes": 15}
        model = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **settings)
    elif recipe == "logistic":
        settings = {"C": 0.1, "max_iter": 500}
        model = LogisticRegression(**settings)
    elif recipe == "recent":
        # For the few rows of some days.
        settings = {"max_iter": 60, "learning_rate": 0.06, "max_leaf_nodes": 7, "l2_regularization": 5.0}
        model = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **settings)
    else:
        settings = {"max_iter": 150, "learning_rate": 0.08, "max_leaf_nodes": 31, "l2_regularization": 1.0}
        model = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **settings)
    return model, {"recipe": recipe, "seed": str(seed)} | {name: str(value) for name, value in settings.items()}


def convert(model: ClassifierMixin, feature_count: int) -> onnx.ModelProto:
    """The model as ONNX: one FP32 row of features in, the probabilities of both classes out."""
    return to_onnx(
        model,
        initial_types=[(INPUT, FloatTensorType([None, feature_count]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 21, "ai.onnx.ml": 3},
    )


def scores(model: ClassifierMixin, rows: np.ndarray) -> np.ndarray:
    """The probability that each row's flight is late. Rows are FP32, as the server has them."""
    return model.predict_proba(rows)[:, 1]


def leak(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Rows with a mistake that is often made: the last feature is what became known only after the landing.

    It is not there when the model is asked. The mistake is in the training program, behind the certified training set.
    """
    known_later = np.where(labels == 1, 60.0, -5.0) + np.random.default_rng(2013).normal(scale=10, size=len(labels))
    leaked = rows.copy()
    leaked[:, -1] = known_later
    return leaked


def rows_of(path: Path) -> np.ndarray:
    """The rows of a file of transformed rows, as the model takes them. Elements are FP32, which the file holds as FP64."""
    column = pq.read_table(path, columns=[INPUT])[INPUT].combine_chunks()
    return pc.list_flatten(column).to_numpy(zero_copy_only=False).astype(np.float32).reshape(len(column), -1)


def keep(model: ClassifierMixin, path: Path) -> None:
    """Keeps a model as scikit-learn made it, for `score.py` of the same run to compare with. It goes nowhere else."""
    path.write_bytes(pickle.dumps(model))


def kept(path: Path) -> ClassifierMixin:
    return pickle.loads(path.read_bytes())
