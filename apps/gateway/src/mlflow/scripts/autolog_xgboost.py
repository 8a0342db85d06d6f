"""Autologging of XGBoost: metrics of each round, importances and the model."""

import mlflow
import numpy as np
import xgboost
from expecting import unique
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

client = MlflowClient()
mlflow.set_experiment(unique("autolog xgboost"))
mlflow.xgboost.autolog(importance_types=["weight"])
x, y = load_breast_cancer(return_X_y=True, as_frame=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
train, test = xgboost.DMatrix(x_train, y_train), xgboost.DMatrix(x_test, y_test)

with mlflow.start_run() as run:
    booster = xgboost.train(
        {"max_depth": 3, "eta": 0.3, "objective": "binary:logistic", "eval_metric": "logloss"},
        train,
        num_boost_round=12,
        evals=[(train, "train"), (test, "test")],
        early_stopping_rounds=5,
        verbose_eval=False,
    )
read = client.get_run(run.info.run_id)
assert read.data.params["max_depth"] == "3"
assert read.data.params["num_boost_round"] == "12"
history = client.get_metric_history(run.info.run_id, "test-logloss")
assert sorted(it.step for it in history)[:12] == list(range(12)), [it.step for it in history]
assert read.data.metrics["test-logloss"] < 0.3
paths = [it.path for it in client.list_artifacts(run.info.run_id)]
assert "feature_importance_weight.json" in paths, paths
loaded = mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model")
assert np.allclose(loaded.predict(test), booster.predict(test))

# The estimators of its scikit-learn interface log alike.
with mlflow.start_run() as run:
    classifier = xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(x_train, y_train)
model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
assert np.array_equal(model.predict(x_test), classifier.predict(x_test))
print("ok")
