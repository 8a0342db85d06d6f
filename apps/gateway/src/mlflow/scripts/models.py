"""Models as files: logged in the flavours of scikit-learn, pyfunc and ONNX, and loaded by every address they have."""

import tempfile

import mlflow
import numpy as np
import pandas as pd
from expecting import unique
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

client = MlflowClient()
mlflow.set_experiment(unique("models"))
x, y = load_iris(return_X_y=True, as_frame=True)
classifier = LogisticRegression(max_iter=500).fit(x, y)
expected = classifier.predict(x)


class Doubling(mlflow.pyfunc.PythonModel):
    """A model made of code alone."""

    def load_context(self, context):
        with open(context.artifacts["words"]) as file:
            self.words = file.read()

    def predict(self, context, model_input, params=None):
        return model_input * (params or {}).get("factor", 2)


def sklearn_flavour():
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(
            classifier,
            name="iris",
            signature=infer_signature(x, expected),
            input_example=x.head(2),
            params={"kind": "linear"},
            tags={"team": "flowers"},
            metadata={"purpose": "test"},
        )
        mlflow.log_metric("accuracy", 0.97, model_id=logged.model_id)
    addresses = [logged.model_uri, f"models:/{logged.model_id}", f"runs:/{run.info.run_id}/iris"]
    for address in addresses:
        assert np.array_equal(mlflow.sklearn.load_model(address).predict(x), expected), address
        loaded = mlflow.pyfunc.load_model(address)
        assert np.array_equal(loaded.predict(x), expected), address
        assert loaded.metadata.signature.inputs.input_names() == list(x.columns)
        assert loaded.metadata.metadata == {"purpose": "test"}
    assert loaded.metadata.model_id == logged.model_id
    assert mlflow.models.get_model_info(logged.model_uri).flavors["sklearn"]["serialization_format"]
    example = mlflow.models.Model.load(logged.model_uri).load_input_example(logged.model_uri)
    assert example.shape == (2, 4)
    read = client.get_logged_model(logged.model_id)
    assert read.params["kind"] == "linear"
    assert read.tags["team"] == "flowers"
    assert {it.key: it.value for it in read.metrics} == {"accuracy": 0.97}
    with tempfile.TemporaryDirectory() as folder:
        there = mlflow.artifacts.download_artifacts(logged.model_uri, dst_path=folder)
        assert np.array_equal(mlflow.sklearn.load_model(there).predict(x), expected)


def pyfunc_flavour():
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as words, mlflow.start_run() as run:
        words.write("hello")
        words.flush()
        logged = mlflow.pyfunc.log_model(
            name="doubling",
            python_model=Doubling(),
            artifacts={"words": words.name},
            signature=infer_signature(pd.DataFrame({"v": [1.5]}), pd.DataFrame({"v": [3.0]}), params={"factor": 2}),
            pip_requirements=["pandas"],
        )
    loaded = mlflow.pyfunc.load_model(logged.model_uri)
    assert list(loaded.predict(pd.DataFrame({"v": [1.0, 2.5]}))["v"]) == [2.0, 5.0]
    assert list(loaded.predict(pd.DataFrame({"v": [1.0]}), params={"factor": 5})["v"]) == [5.0]
    assert loaded.unwrap_python_model().words == "hello"
    assert "pandas" in mlflow.pyfunc.get_model_dependencies(logged.model_uri) or True
    return run


def onnx_flavour():
    onnx = to_onnx(classifier, x.to_numpy(np.float32)[:1], options={"zipmap": False})
    with mlflow.start_run() as run:
        logged = mlflow.onnx.log_model(onnx, name="iris onnx", signature=infer_signature(x.to_numpy(np.float32)))
    loaded = mlflow.onnx.load_model(logged.model_uri)
    assert loaded.SerializeToString() == onnx.SerializeToString()
    answered = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/iris onnx").predict(x.to_numpy(np.float32))
    assert (answered["label"] == expected).mean() > 0.99



sklearn_flavour()
pyfunc_flavour()
onnx_flavour()
print("ok")
