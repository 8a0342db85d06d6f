"""Logged models as things of their own: made, finished, found, tagged, measured on data sets, deleted."""

import mlflow
import pandas as pd
from expecting import fails_with, unique
from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus
from mlflow.tracking import MlflowClient

client = MlflowClient()
experiment_id = mlflow.set_experiment(unique("logged models")).experiment_id


def made():
    model = mlflow.initialize_logged_model(name="by hand", params={"a": "1"}, tags={"t": "1"}, model_type="agent")
    assert model.model_id.startswith("m-")
    assert model.status == LoggedModelStatus.PENDING
    assert model.experiment_id == experiment_id
    assert model.artifact_location == f"mlflow-artifacts:/{experiment_id}/models/{model.model_id}/artifacts"
    read = client.get_logged_model(model.model_id)
    assert (read.name, read.model_type, read.params, read.tags["t"]) == ("by hand", "agent", {"a": "1"}, "1")
    assert read.creation_timestamp > 0
    ready = mlflow.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    assert ready.status == LoggedModelStatus.READY
    assert client.get_logged_model(model.model_id).status == LoggedModelStatus.READY
    unfinished = mlflow.initialize_logged_model(name="breaks")
    assert mlflow.finalize_logged_model(unfinished.model_id, "FAILED").status == LoggedModelStatus.FAILED
    return model.model_id


def many_params():
    params = {f"p{i}": str(i) for i in range(250)}
    model = mlflow.create_external_model(name="external", params=params)
    assert client.get_logged_model(model.model_id).params == params
    client.log_model_params(model.model_id, {"later": "1"})
    assert client.get_logged_model(model.model_id).params["later"] == "1"


def tags(model_id):
    client.set_logged_model_tags(model_id, {"x": "1", "y": "2"})
    client.set_logged_model_tags(model_id, {"x": "3"})
    client.delete_logged_model_tag(model_id, "y")
    read = client.get_logged_model(model_id).tags
    assert read["x"] == "3" and "y" not in read
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.delete_logged_model_tag(model_id, "never")


def inputs_and_outputs(model_id):
    with mlflow.start_run() as run:
        client.log_outputs(run.info.run_id, [LoggedModelOutput(model_id, 3)])
        client.log_inputs(run.info.run_id, models=[LoggedModelInput(model_id)])
    read = client.get_run(run.info.run_id)
    assert [(it.model_id, it.step) for it in read.outputs.model_outputs] == [(model_id, 3)]
    assert [it.model_id for it in read.inputs.model_inputs] == [model_id]


def measured_and_found():
    wanted = pd.DataFrame({"x": [1.0]})
    winter = mlflow.data.from_pandas(wanted, name="winter")
    summer = mlflow.data.from_pandas(wanted + 1, name="summer")
    ids = []
    for number in range(5):
        model = mlflow.create_external_model(name=f"candidate {number}", params={"depth": str(number)})
        ids.append(model.model_id)
        with mlflow.start_run():
            mlflow.log_metrics({"accuracy": number / 10}, step=1, dataset=winter, model_id=model.model_id)
            mlflow.log_metrics({"accuracy": 1 - number / 10}, dataset=summer, model_id=model.model_id)
            mlflow.log_metric("plain", number, model_id=model.model_id)
    metrics = client.get_logged_model(ids[2]).metrics
    assert {(it.key, it.dataset_name, it.value) for it in metrics} == {
        ("accuracy", "winter", 0.2),
        ("accuracy", "summer", 0.8),
        ("plain", None, 2.0),
    }, metrics
    found = lambda **by: [it.model_id for it in client.search_logged_models([experiment_id], **by)]
    assert found(filter_string="name = 'candidate 3'") == [ids[3]]
    assert set(found(filter_string="name LIKE 'candidate%'")) == set(ids)
    assert set(found(filter_string="metrics.plain >= 3")) == set(ids[3:])
    assert found(filter_string="params.depth = '1'") == [ids[1]]
    on_winter = [{"dataset_name": "winter", "dataset_digest": winter.digest}]
    assert found(filter_string="metrics.accuracy > 0.35", datasets=on_winter) == [ids[4]]
    assert set(found(filter_string="metrics.accuracy > 0.35")) == set(ids), "on any data set"
    by_metric = [{"field_name": "metrics.accuracy", "ascending": False, "dataset_name": "winter", "dataset_digest": winter.digest}]
    assert found(filter_string="name LIKE 'candidate%'", order_by=by_metric) == list(reversed(ids))
    by_time = [{"field_name": "creation_timestamp", "ascending": True}]
    first = client.search_logged_models([experiment_id], "name LIKE 'candidate%'", order_by=by_time, max_results=3)
    rest = client.search_logged_models([experiment_id], "name LIKE 'candidate%'", order_by=by_time, page_token=first.token)
    assert [it.model_id for it in [*first, *rest]] == ids
    frame = mlflow.search_logged_models([experiment_id], filter_string="name LIKE 'candidate%'")
    assert len(frame) == 5
    with fails_with("INVALID_PARAMETER_VALUE"):
        found(filter_string="nothing.x = 'y'")


def deleted(model_id):
    client.delete_logged_model(model_id)
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.get_logged_model(model_id)
    assert model_id not in [it.model_id for it in client.search_logged_models([experiment_id])]


model_id = made()
many_params()
tags(model_id)
inputs_and_outputs(model_id)
measured_and_found()
deleted(model_id)
print("ok")
