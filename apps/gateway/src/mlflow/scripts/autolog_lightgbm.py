"""Autologging of LightGBM: metrics of each round, importances and the model."""

import lightgbm
import mlflow
import numpy as np
from expecting import unique
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

client = MlflowClient()
mlflow.set_experiment(unique("autolog lightgbm"))
mlflow.lightgbm.autolog()
x, y = load_diabetes(return_X_y=True, as_frame=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
train = lightgbm.Dataset(x_train, y_train)

with mlflow.start_run() as run:
    booster = lightgbm.train(
        {"objective": "regression", "metric": "l2", "num_leaves": 7, "learning_rate": 0.1, "verbose": -1, "num_threads": 1},
        train,
        num_boost_round=15,
        valid_sets=[train, lightgbm.Dataset(x_test, y_test, reference=train)],
        valid_names=["train", "test"],
    )
read = client.get_run(run.info.run_id)
assert read.data.params["num_leaves"] == "7"
history = client.get_metric_history(run.info.run_id, "test-l2")
assert sorted(it.step for it in history)[:15] == list(range(15)), [it.step for it in history]
paths = [it.path for it in client.list_artifacts(run.info.run_id)]
assert "feature_importance_gain.json" in paths and "feature_importance_split.png" in paths, paths
assert len(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/feature_importance_gain.json")) == x.shape[1]
loaded = mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")
assert np.allclose(loaded.predict(x_test), booster.predict(x_test))
print("ok")
