"""mlflow.models.evaluate: metrics, tables and plots of a model on a data set."""

import mlflow
from expecting import unique
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

client = MlflowClient()
mlflow.set_experiment(unique("evaluation"))
frame = load_iris(as_frame=True).frame
train, test = train_test_split(frame, random_state=1)
model = LogisticRegression(max_iter=500).fit(train.drop(columns="target"), train["target"])

with mlflow.start_run() as run:
    logged = mlflow.sklearn.log_model(model, name="iris", input_example=test.drop(columns="target").head(1))
    result = mlflow.models.evaluate(
        logged.model_uri,
        test,
        targets="target",
        model_type="classifier",
        evaluator_config={"log_explainer": False},
    )
read = client.get_run(run.info.run_id)
for key in ("accuracy_score", "f1_score", "log_loss", "example_count"):
    assert read.data.metrics[key] == result.metrics[key], key
paths = [it.path for it in client.list_artifacts(run.info.run_id)]
assert any("confusion_matrix" in it for it in paths), paths
assert any("per_class_metrics" in it for it in paths), paths
(used,) = read.inputs.dataset_inputs
assert used.dataset.digest
measured = {it.key: it for it in client.get_logged_model(logged.model_id).metrics}
assert measured["accuracy_score"].value == result.metrics["accuracy_score"]
assert measured["accuracy_score"].dataset_digest == used.dataset.digest

# The way of scripts that compute by themselves: a run for each candidate, compared on the server.
with mlflow.start_run(run_name="comparison") as parent:
    for strength in (0.01, 1.0):
        with mlflow.start_run(nested=True):
            candidate = LogisticRegression(C=strength, max_iter=500).fit(train.drop(columns="target"), train["target"])
            static = test.assign(prediction=candidate.predict(test.drop(columns="target")))
            mlflow.log_param("C", strength)
            mlflow.models.evaluate(data=static, targets="target", predictions="prediction", model_type="classifier")
best = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.accuracy_score DESC"]
)
assert best.iloc[0]["params.C"] == "1.0"
assert best.iloc[0]["metrics.accuracy_score"] >= best.iloc[1]["metrics.accuracy_score"]
print("ok")
