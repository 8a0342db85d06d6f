"""The two models of the demonstration, and their conversion to ONNX."""

from __future__ import annotations

import numpy as np
import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RECIPES = ("logistic", "boosting")


def build(recipe: str, seed: int) -> tuple[ClassifierMixin, dict[str, str]]:
    """The untrained model of a recipe, and its parameters as they are logged."""
    if recipe == "logistic":
        settings = {"C": 0.1, "max_iter": 500}
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(**settings))
    else:
        settings = {"max_iter": 150, "learning_rate": 0.08, "max_leaf_nodes": 31, "l2_regularization": 1.0}
        model = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **settings)
    return model, {"recipe": recipe, "seed": str(seed)} | {name: str(value) for name, value in settings.items()}


def convert(model: ClassifierMixin, feature_count: int) -> onnx.ModelProto:
    """The model as ONNX: one FP32 row of features in, the probabilities of both classes out."""
    return to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, feature_count]))],
        options={id(model): {"zipmap": False}},
        target_opset={"": 21, "ai.onnx.ml": 3},
    )


def scores(model: ClassifierMixin, rows: np.ndarray) -> np.ndarray:
    """The probability that each row's flight is late. Rows are FP32, as the server has them."""
    return model.predict_proba(rows)[:, 1]
