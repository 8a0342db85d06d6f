"""Autologging of scikit-learn: one line, and fit, score and a search over parameters are on record."""

import pathlib

import mlflow
import numpy as np
import sklearn.metrics
from expecting import unique
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

client = MlflowClient()
experiment_id = mlflow.set_experiment(unique("autolog sklearn")).experiment_id
x, y = load_iris(return_X_y=True, as_frame=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)


def fitted():
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=200))
    with mlflow.start_run() as run:
        model.fit(x_train, y_train)
        sklearn.metrics.accuracy_score(y_test, model.predict(x_test))
        model.score(x_test, y_test)
    read = client.get_run(run.info.run_id)
    assert read.data.params["logisticregression__C"] == "0.5"
    assert read.data.metrics["training_accuracy_score"] > 0.9
    assert any(it.startswith("accuracy_score") for it in read.data.metrics)
    assert read.data.tags["estimator_name"] == "Pipeline"
    assert [it.dataset.name for it in read.inputs.dataset_inputs] != []
    paths = [it.path for it in client.list_artifacts(run.info.run_id)]
    assert "estimator.html" in paths, paths
    assert "training_confusion_matrix.png" in paths, paths
    loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(loaded.predict(x_test), model.predict(x_test))
    (output,) = read.outputs.model_outputs
    assert client.get_logged_model(output.model_id).status.value == "READY"
    assert np.array_equal(mlflow.pyfunc.load_model(f"models:/{output.model_id}").predict(x_test), model.predict(x_test))


def searched():
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3], "criterion": ["gini", "entropy"]}, cv=3)
    with mlflow.start_run() as run:
        search.fit(x_train, y_train)
    children = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 5, "the five best of the six candidates"
    best = client.get_run(run.info.run_id)
    assert best.data.params["best_max_depth"] == str(search.best_params_["max_depth"])
    assert best.data.metrics["best_cv_score"] > 0.9
    assert "cv_results.csv" in [it.path for it in client.list_artifacts(run.info.run_id)]
    there = mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/cv_results.csv")
    assert "mean_fit_time" in pathlib.Path(there).read_text().splitlines()[0]


mlflow.sklearn.autolog()
fitted()
searched()
print("ok")
