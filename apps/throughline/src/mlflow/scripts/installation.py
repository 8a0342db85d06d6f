"""Fills the MLflow installation that MLFLOW_TRACKING_URI names with one of each thing that is hard to copy."""

import math
import os
import tempfile
from pathlib import Path

import mlflow
import numpy
from mlflow import MlflowClient
from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param, RunTag

client = MlflowClient()
START = 1_700_000_000_000


def files(run_id, contents):
    """Logs files, by path, to a run."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in contents.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        client.log_artifacts(run_id, folder)


def model_files(model_id, contents):
    """Logs files, by path, to a logged model."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in contents.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        client.log_model_artifacts(model_id, folder)


def tracking():
    churn = client.create_experiment("churn / Kündigung 解約", tags={"team": "älpha", "note": "a\nb"})
    parent = client.create_run(churn, START, tags={"mlflow.user": "ada"}, run_name="parent ✓")
    run_id = parent.info.run_id
    points = [Metric("loss", 1 / (i + 1), START + i, i) for i in range(1_500)]
    points += [
        Metric("strange", math.nan, START, 0),
        Metric("strange", math.inf, START + 1, 1),
        Metric("strange", -math.inf, START + 2, 2),
        Metric("strange", 0.1 + 0.2, START + 3, 2**53 + 1),
        Metric("strange", 5e-324, START + 4, -(2**53) - 1),
        Metric("strange", 1.0, START + 5, 7),
        Metric("strange", 2.0, START + 6, 7),
        Metric("eval/auc", 0.75, START, 0),
        Metric("eval/nested/auc: a-b.c d", -0.0, START, 0),
    ]
    for at in range(0, len(points), 1_000):
        client.log_batch(run_id, metrics=points[at : at + 1_000])
    params = [Param("depth", "3"), Param("grid/learning rate", "0.1"), Param("long", "x" * 6_000), Param("text", "ü\n\"'%_")]
    client.log_batch(run_id, params=params, tags=[RunTag("plain", "yes"), RunTag("with/slash", "é" * 100), RunTag("empty", "")])
    files(run_id, {"readme.txt": b"hello", "a folder/b/ünï 解.bin": bytes(range(256)) * 6_000, "a folder/empty": b"", "model/MLmodel": b"flavors: {}\n", "model/model.bin": b"weights"})
    for name in ("first", "second"):
        child = client.create_run(churn, START + 10, tags={"mlflow.parentRunId": run_id}, run_name=name)
        client.log_metric(child.info.run_id, "loss", 0.5, START + 11, 0)
        client.set_terminated(child.info.run_id, "FAILED" if name == "second" else "FINISHED", START + 20)
    client.set_terminated(run_id, "FINISHED", START + 5_000)
    deleted = client.create_run(churn, START + 30, run_name="deleted")
    client.log_param(deleted.info.run_id, "kept", "yes")
    client.delete_run(deleted.info.run_id)
    gone = client.create_experiment("gone")
    lost = client.create_run(gone, START + 40, run_name="in a deleted experiment")
    client.log_metric(lost.info.run_id, "loss", 1.5, START + 41, 3)
    client.delete_experiment(gone)
    client.create_run(client.create_experiment("still running"), START + 50, run_name="running")
    return churn, run_id


def logged_models(experiment, run_id):
    mlflow.set_experiment(experiment_id=experiment)
    data = mlflow.data.from_numpy(numpy.arange(12.0).reshape(4, 3), name="small-表", targets=numpy.arange(4))
    other = mlflow.data.from_numpy(numpy.arange(6.0).reshape(2, 3), name="other")
    with mlflow.start_run(run_name="with models") as run:
        mlflow.log_input(data, context="training", tags={"split": "a"})
        mlflow.log_input(other, context="evaluation")
        ready = mlflow.initialize_logged_model("forest", params={"depth": "3"}, tags={"good": "yes"}, model_type="Classifier")
        model_files(ready.model_id, {"MLmodel": b"flavors: {}\n", "data/weights ü.bin": b"1234" * 1_000})
        mlflow.log_metric("accuracy", 0.9, step=1, model_id=ready.model_id, dataset=data)
        mlflow.log_metric("accuracy", 0.8, step=2, model_id=ready.model_id, dataset=other)
        mlflow.log_metric("accuracy", math.nan, step=3, model_id=ready.model_id)
        mlflow.finalize_logged_model(ready.model_id, "READY")
        failed = mlflow.initialize_logged_model("broken")
        mlflow.finalize_logged_model(failed.model_id, "FAILED")
        mlflow.initialize_logged_model("pending")
        client.log_outputs(run.info.run_id, [LoggedModelOutput(ready.model_id, 2)])
    reader = client.create_run(experiment, START + 60, run_name="reads a model")
    client.log_inputs(reader.info.run_id, models=[LoggedModelInput(ready.model_id)])
    client.set_terminated(reader.info.run_id, "KILLED", START + 70)
    client.delete_logged_model(mlflow.initialize_logged_model("deleted").model_id)
    return ready


def registry(run_id, logged):
    name = "fraud model Ü"
    client.create_registered_model(name, tags={"owner": "ada"}, description="finds *fraud*")
    source = f"{client.get_run(run_id).info.artifact_uri}/model"
    for number in range(1, 6):
        client.create_model_version(name, source, run_id, tags={"number": str(number)}, description=f"version {number}")
    client.delete_model_version(name, "2")
    client.delete_model_version(name, "5")
    client.transition_model_version_stage(name, "1", "Archived")
    client.transition_model_version_stage(name, "4", "Production")
    client.set_registered_model_alias(name, "champion", "4")
    client.set_registered_model_alias(name, "challenger", "3")
    client.create_registered_model("without versions")
    client.create_registered_model("from-logged-model")
    client.create_model_version("from-logged-model", f"models:/{logged.model_id}", model_id=logged.model_id)


experiment, run = tracking()
registry(run, logged_models(experiment, run))
