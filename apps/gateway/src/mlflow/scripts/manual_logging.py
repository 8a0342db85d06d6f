"""What a script logs by hand: params, metrics, tags, nested runs, the lifecycle of runs and of experiments."""

import math

import mlflow
from expecting import fails_with, now_ms, unique
from mlflow.entities import Metric, Param, RunStatus, RunTag, ViewType
from mlflow.tracking import MlflowClient

client = MlflowClient()


def default_experiment():
    default = client.get_experiment("0")
    assert default.name == "Default"
    assert default.lifecycle_stage == "active"
    with mlflow.start_run(experiment_id="0") as run:
        mlflow.log_param("where", "default")
    assert client.get_run(run.info.run_id).info.experiment_id == "0"


def fluent():
    name = unique("fluent")
    experiment = mlflow.set_experiment(name)
    assert mlflow.set_experiment(name).experiment_id == experiment.experiment_id
    with mlflow.start_run(run_name="first", description="what it is for", tags={"team": "weather"}) as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"rate": 0.1, "loss": "log", "empty": "", "none": None})
        mlflow.log_metric("loss", 0.5, step=0)
        mlflow.log_metric("loss", 0.25, step=1)
        mlflow.log_metrics({"accuracy": 0.9, "recall": 0.8}, step=7)
        mlflow.set_tag("stage", "dev")
        mlflow.set_tags({"a/b.c-d e": "any", "emoji": "🎉"})
        assert mlflow.get_artifact_uri().startswith("mlflow-artifacts:/")
    read = client.get_run(run.info.run_id)
    assert read.info.status == "FINISHED"
    assert read.info.run_name == "first"
    assert read.info.experiment_id == experiment.experiment_id
    assert read.info.end_time >= read.info.start_time > now_ms() - 600_000
    assert read.info.lifecycle_stage == "active"
    assert read.data.params == {"depth": "3", "rate": "0.1", "loss": "log", "empty": "", "none": "None"}
    assert read.data.metrics == {"loss": 0.25, "accuracy": 0.9, "recall": 0.8}
    assert read.data.tags["team"] == "weather"
    assert read.data.tags["stage"] == "dev"
    assert read.data.tags["emoji"] == "🎉"
    assert read.data.tags["a/b.c-d e"] == "any"
    assert read.data.tags["mlflow.note.content"] == "what it is for"
    assert read.data.tags["mlflow.runName"] == "first"
    assert read.data.tags["mlflow.source.name"].endswith("manual_logging.py")
    assert read.data.tags["mlflow.source.type"] == "LOCAL"
    assert read.data.tags["mlflow.user"] == read.info.user_id
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(it.step, it.value) for it in history] == [(0, 0.5), (1, 0.25)]
    assert client.get_metric_history(run.info.run_id, "never logged") == []
    return run.info.run_id


def names_are_made_up():
    with mlflow.start_run() as run:
        pass
    read = client.get_run(run.info.run_id)
    assert read.info.run_name
    assert read.data.tags["mlflow.runName"] == read.info.run_name


def nested():
    with mlflow.start_run(run_name="parent") as parent:
        for number in range(3):
            with mlflow.start_run(run_name=f"child {number}", nested=True) as child:
                mlflow.log_metric("score", number)
                with mlflow.start_run(nested=True) as grandchild:
                    mlflow.log_param("level", 2)
            assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
            assert client.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.score DESC"]
    )
    assert [it.info.run_name for it in children] == ["child 2", "child 1", "child 0"]
    assert mlflow.get_parent_run(parent.info.run_id) is None


def failing_and_resumed():
    try:
        with mlflow.start_run() as run:
            raise ValueError("on purpose")
    except ValueError:
        pass
    assert client.get_run(run.info.run_id).info.status == "FAILED"
    with mlflow.start_run(run_id=run.info.run_id):
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("again", 1)
    again = client.get_run(run.info.run_id)
    assert again.info.status == "FINISHED"
    assert again.data.metrics == {"again": 1.0}
    assert mlflow.last_active_run().info.run_id == run.info.run_id


def values_at_the_edge(experiment_id):
    run_id = client.create_run(experiment_id, start_time=1).info.run_id
    assert client.get_run(run_id).info.start_time == 1
    beyond = 2**53 + 1
    for step, value in enumerate([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]):
        client.log_metric(run_id, "edge", value, timestamp=1000 + step, step=step)
    points = client.get_metric_history(run_id, "edge")
    values = [it.value for it in points]
    assert math.isnan(values[0]), values
    # A store of MLflow's keeps infinities as the greatest doubles; as infinities they are right too.
    assert values[1] in (math.inf, 1.7976931348623157e308) and values[2] in (-math.inf, -1.7976931348623157e308)
    assert values[3:] == [0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2]
    assert [it.timestamp for it in points] == list(range(1000, 1007))
    client.log_metric(run_id, "far", 1.0, timestamp=now_ms(), step=beyond)
    client.log_metric(run_id, "far", 2.0, timestamp=now_ms(), step=-beyond)
    steps = sorted(it.step for it in client.get_metric_history(run_id, "far"))
    assert steps == [-beyond, beyond]
    assert client.get_run(run_id).data.metrics["far"] == 1.0, "the point of the highest step is the latest"
    client.log_metric(run_id, "same", 1.0, timestamp=10, step=5)
    client.log_metric(run_id, "same", 2.0, timestamp=20, step=5)
    client.log_metric(run_id, "same", 0.5, timestamp=15, step=5)
    assert len(client.get_metric_history(run_id, "same")) == 3
    assert client.get_run(run_id).data.metrics["same"] == 2.0, "of one step, the latest time counts"
    client.log_metric(run_id, "same", 2.0, timestamp=20, step=5)
    assert len(client.get_metric_history(run_id, "same")) == 3, "the same point twice is one point"


def batches(experiment_id):
    run_id = client.create_run(experiment_id).info.run_id
    at = now_ms()
    client.log_batch(
        run_id,
        metrics=[Metric(f"m{i % 4}", i / 8, at + i, i) for i in range(1000)],
        params=[Param(f"p{i}", str(i)) for i in range(100)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(100)],
    )
    read = client.get_run(run_id)
    assert len(read.data.params) == 100
    assert read.data.params["p99"] == "99"
    assert read.data.tags["t99"] == "99"
    assert read.data.metrics == {"m0": 996 / 8, "m1": 997 / 8, "m2": 998 / 8, "m3": 999 / 8}
    assert [it.step for it in client.get_metric_history(run_id, "m1")] == list(range(1, 1000, 4))
    client.log_batch(run_id, params=[Param("p1", "1")])
    with fails_with("INVALID_PARAMETER_VALUE", saying="p1"):
        client.log_batch(run_id, params=[Param("p1", "2"), Param("new", "1")])
    assert "new" not in client.get_run(run_id).data.params, "a batch is all or nothing"


def run_lifecycle(experiment_id):
    run = client.create_run(experiment_id, run_name="before", tags={"x": "1"})
    run_id = run.info.run_id
    assert run.info.status == "RUNNING"
    client.update_run(run_id, status="SCHEDULED", name="after")
    read = client.get_run(run_id)
    assert (read.info.status, read.info.run_name) == ("SCHEDULED", "after")
    assert read.data.tags["mlflow.runName"] == "after"
    client.set_tag(run_id, "mlflow.runName", "by tag")
    assert client.get_run(run_id).info.run_name == "by tag"
    client.set_terminated(run_id, "KILLED", end_time=now_ms())
    assert client.get_run(run_id).info.status == RunStatus.to_string(RunStatus.KILLED)
    client.delete_tag(run_id, "x")
    assert "x" not in client.get_run(run_id).data.tags
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    with fails_with("INVALID_PARAMETER_VALUE", saying="deleted"):
        client.log_metric(run_id, "late", 1)
    assert run_id not in [it.info.run_id for it in client.search_runs([experiment_id])]
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert run_id in [it.info.run_id for it in deleted]
    client.restore_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def experiment_lifecycle():
    name = unique("lifecycle")
    experiment_id = client.create_experiment(name, tags={"owner": "me", "mlflow.note.content": "what we ask"})
    read = client.get_experiment_by_name(name)
    assert read.experiment_id == experiment_id
    assert read.tags == {"owner": "me", "mlflow.note.content": "what we ask"}
    assert read.artifact_location.startswith("mlflow-artifacts:/")
    assert read.creation_time > 0 and read.last_update_time >= read.creation_time
    with fails_with("RESOURCE_ALREADY_EXISTS"):
        client.create_experiment(name)
    client.set_experiment_tag(experiment_id, "owner", "you")
    client.set_experiment_tag(experiment_id, "more", "1")
    client.delete_experiment_tag(experiment_id, "more")
    assert client.get_experiment(experiment_id).tags["owner"] == "you"
    assert "more" not in client.get_experiment(experiment_id).tags
    renamed = unique("renamed")
    client.rename_experiment(experiment_id, renamed)
    assert client.get_experiment_by_name(name) is None
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert client.get_experiment_by_name(renamed).lifecycle_stage == "deleted"
    assert client.search_runs([experiment_id]) == [], "its runs go with it"
    with fails_with("INVALID_PARAMETER_VALUE", saying="deleted"):
        client.create_run(experiment_id)
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert [it.info.run_id for it in client.search_runs([experiment_id])] == [run_id]


default_experiment()
run_id = fluent()
experiment_id = client.get_run(run_id).info.experiment_id
names_are_made_up()
nested()
failing_and_resumed()
values_at_the_edge(experiment_id)
batches(experiment_id)
run_lifecycle(experiment_id)
experiment_lifecycle()
print("ok")
