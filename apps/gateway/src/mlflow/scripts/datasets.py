"""Data sets as inputs of runs, and metrics that belong to a data set."""

import mlflow
import numpy as np
import pandas as pd
from expecting import fails_with, unique
from mlflow.entities import DatasetInput, InputTag
from mlflow.tracking import MlflowClient

client = MlflowClient()
experiment_id = mlflow.set_experiment(unique("datasets")).experiment_id
frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "n": [1, 2, 3], "label": ["a", "b", "a"]})


def inputs():
    with mlflow.start_run(run_name="reads") as run:
        train = mlflow.data.from_pandas(frame, name="weather", targets="label")
        mlflow.log_input(train, context="training", tags={"season": "winter"})
        mlflow.log_input(mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="matrix"), context="evaluation")
        # The same data set again is the same input.
        mlflow.log_input(train, context="training")
    read = client.get_run(run.info.run_id)
    by_name = {it.dataset.name: it for it in read.inputs.dataset_inputs}
    assert set(by_name) == {"weather", "matrix"}
    weather = by_name["weather"]
    assert weather.dataset.digest == train.digest
    assert weather.dataset.source_type == "code"
    assert '"mlflow_colspec"' in weather.dataset.schema and '"label"' in weather.dataset.schema
    assert '"num_rows": 3' in weather.dataset.profile
    tags = {it.key: it.value for it in weather.tags}
    assert tags["mlflow.data.context"] == "training"
    assert tags["season"] == "winter"
    source = mlflow.data.get_source(read.inputs.dataset_inputs[0].dataset)
    assert source is not None
    return run.info.run_id, train.digest


def by_hand():
    run_id = client.create_run(experiment_id).info.run_id
    entity = mlflow.entities.Dataset(name="by hand", digest="d" * 36, source_type="local", source='{"uri": "x"}')
    client.log_inputs(run_id, [DatasetInput(entity, [InputTag("mlflow.data.context", "test")])])
    (found,) = client.get_run(run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest, found.dataset.source) == ("by hand", "d" * 36, '{"uri": "x"}')
    assert [(it.key, it.value) for it in found.tags] == [("mlflow.data.context", "test")]


def long_texts():
    run_id = client.create_run(experiment_id).info.run_id
    schemas = [f'["{i}{"é" * 800_000}"]' for i in range(4)]
    for i, schema in enumerate(schemas):
        entity = mlflow.entities.Dataset(name=f"wide {i}", digest="w", source_type="local", source="", schema=schema)
        client.log_inputs(run_id, [DatasetInput(entity, [])])
    found = client.get_run(run_id).inputs.dataset_inputs
    assert sorted(it.dataset.schema for it in found) == schemas
    profile = "x" * 16_777_215
    for longer, taken in (("", True), ("x", False)):
        entity = mlflow.entities.Dataset(
            name="deep", digest="d", source_type="local", source="", profile=profile + longer
        )
        if taken:
            client.log_inputs(run_id, [DatasetInput(entity, [])])
        else:
            with fails_with("INVALID_PARAMETER_VALUE", saying="16777215"):
                client.log_inputs(run_id, [DatasetInput(entity, [])])
    (run,) = client.search_runs([experiment_id], "dataset.name = 'deep'")
    assert [it.dataset.profile for it in run.inputs.dataset_inputs if it.dataset.name == "deep"] == [profile]


def searched(run_id, digest):
    for filter_string in (
        "dataset.name = 'weather'",
        "datasets.name IN ('weather', 'else')",
        f"datasets.digest = '{digest}'",
        "dataset.context = 'evaluation' AND dataset.name = 'matrix'",
        "dataset.name LIKE 'weat%'",
    ):
        found = client.search_runs([experiment_id], filter_string)
        assert [it.info.run_id for it in found] == [run_id], filter_string
    assert client.search_runs([experiment_id], "dataset.name = 'none'") == []


def metrics_of_datasets():
    evaluation = mlflow.data.from_pandas(frame, name="held out")
    with mlflow.start_run() as run:
        mlflow.log_input(evaluation, context="test")
        mlflow.log_metric("accuracy", 0.75, dataset=evaluation)
        mlflow.log_metrics({"recall": 0.5}, dataset=evaluation)
        mlflow.log_metric("plain", 1)
    (used,) = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(it.key, it.value) for it in used.tags] == [("mlflow.data.context", "test")]
    read = {it.key: it for it in client.get_run(run.info.run_id).data._metric_objs}
    assert read["accuracy"].value == 0.75
    assert read["accuracy"].dataset_name in ("held out", None)
    assert client.get_run(run.info.run_id).data.metrics == {"accuracy": 0.75, "recall": 0.5, "plain": 1.0}


run_id, digest = inputs()
by_hand()
long_texts()
searched(run_id, digest)
metrics_of_datasets()
print("ok")
