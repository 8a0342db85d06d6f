"""What scripts rely on without knowing it: deleted experiments, lengths, numbers written otherwise, models made again."""

import mlflow
import pandas as pd
from expecting import fails_with, unique
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

client = MlflowClient()
WIDE = "\U0001d4b3"  # A letter that takes four bytes.


def call(method, path, api="api", **more):
    """A call of the API as any HTTP client makes it: the status and the decoded answer."""
    host = get_default_host_creds(mlflow.get_tracking_uri())
    answer = http_request(host, f"/{api}/2.0/mlflow/{path}", method, max_retries=0, raise_on_status=False, **more)
    return answer.status_code, answer.json()


def runs_of_a_deleted_experiment():
    experiment_id = client.create_experiment(unique("deleted"))
    run_id = client.create_run(experiment_id).info.run_id
    client.log_metric(run_id, "m", 1)
    client.delete_experiment(experiment_id)
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.delete_experiment(experiment_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment_id]) == []
    (found,) = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert (found.info.run_id, found.info.lifecycle_stage) == (run_id, "deleted")
    for refused in (
        lambda: client.log_metric(run_id, "m", 2),
        lambda: client.log_param(run_id, "p", 2),
        lambda: client.set_tag(run_id, "t", "2"),
        lambda: client.set_terminated(run_id),
        lambda: client.update_run(run_id, name="other"),
        lambda: client.create_run(experiment_id),
        lambda: client.set_experiment_tag(experiment_id, "t", "2"),
    ):
        with fails_with("INVALID_PARAMETER_VALUE"):
            refused()
    client.restore_experiment(experiment_id)
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.restore_experiment(experiment_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"
    client.log_metric(run_id, "m", 3)
    assert client.get_run(run_id).data.metrics == {"m": 3.0}


def lengths_are_characters():
    experiment_id = client.create_experiment(unique("lengths").ljust(500, "é"))
    run_id = client.create_run(experiment_id).info.run_id
    key = WIDE * 250
    client.log_metric(run_id, key, 1.5)
    client.log_param(run_id, key, "é" * 6_000)
    client.set_tag(run_id, key, WIDE * 8_000)
    data = client.get_run(run_id).data
    assert (data.metrics[key], len(data.params[key]), len(data.tags[key])) == (1.5, 6_000, 8_000)
    assert [it.value for it in client.get_metric_history(run_id, key)] == [1.5]
    (found,) = client.search_runs([experiment_id], f"metrics.`{key}` > 1")
    assert found.info.run_id == run_id
    for what in ("metric", "param", "tag"):
        log = {"metric": client.log_metric, "param": client.log_param, "tag": client.set_tag}[what]
        with fails_with("INVALID_PARAMETER_VALUE"):
            log(run_id, WIDE * 251, 1)
    client.set_experiment_tag(experiment_id, "t", "é" * 20_000)
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.set_experiment_tag(experiment_id, "t", "é" * 20_001)
    name = unique("model").ljust(256, "é")
    client.create_registered_model(name)
    client.set_registered_model_tag(name, "é" * 250, WIDE * 100_000)
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.set_registered_model_tag(name, "t", WIDE * 100_001)


def numbers_written_otherwise():
    experiment_id = client.create_experiment(unique("numbers"))
    for given, step in ((1.0, 1), ("1", 1), ("2.0", 2), ("1e3", 1_000), ("9223372036854775807", 2**63 - 1), (-3, -3)):
        run_id = client.create_run(experiment_id).info.run_id
        for path, body in (
            ("runs/log-metric", {"key": "m", "value": 1, "timestamp": "5.0", "step": given}),
            ("runs/log-batch", {"metrics": [{"key": "b", "value": 1, "timestamp": 5, "step": given}]}),
        ):
            assert call("POST", path, json={"run_id": run_id, **body}) == (200, {}), (path, given)
        logged = client.get_metric_history(run_id, "m") + client.get_metric_history(run_id, "b")
        assert [(it.step, it.timestamp) for it in logged] == [(step, 5), (step, 5)], given


def states():
    experiment_id = client.create_experiment(unique("states"))
    for given, status in ((3, "FINISHED"), ("4", "FAILED"), ("KILLED", "KILLED"), ("finished", "RUNNING"), ("DONE", "RUNNING")):
        run_id = client.create_run(experiment_id).info.run_id
        answered, _ = call("POST", "runs/update", json={"run_id": run_id, "status": given})
        assert (answered, client.get_run(run_id).info.status) == (200, status), given
    status, answer = call("POST", "runs/update", json={"run_id": run_id, "status": 99})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    # Of what was done long ago, only the end may be known.
    client.set_terminated(run_id, end_time=1_000)
    assert client.get_run(run_id).info.end_time == 1_000


def names():
    experiment_id = client.create_experiment(unique("names"))
    tag = {"mlflow.runName": "b"}
    with fails_with("INVALID_PARAMETER_VALUE", saying="different values"):
        client.create_run(experiment_id, run_name="a", tags=tag)
    run_id = client.create_run(experiment_id, run_name="b", tags=tag).info.run_id
    client.set_tag(run_id, "mlflow.runName", "")
    run = client.get_run(run_id)
    assert (run.info.run_name, run.data.tags["mlflow.runName"]) == ("b", "b")
    for name in ("..", "."):
        status, answer = call("POST", "registered-models/create", json={"name": name})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), name


def what_is_not_there():
    unknown = "0" * 32
    assert client.get_metric_history(unknown, "m") == []
    assert call("GET", "metrics/get-history-bulk", api="ajax-api", params={"run_id": unknown, "metric_key": "m"}) == (
        200,
        {"metrics": []},
    )


def addresses_of_files():
    experiment_id = client.create_experiment(unique("addresses"))
    runs = [client.create_run(experiment_id).info for _ in range(3)]
    uri = runs[1].artifact_uri
    for filter_string, expected in (
        (f"attributes.artifact_uri = '{uri}'", {1}),
        (f"artifact_uri != '{uri}'", {0, 2}),
        (f"attribute.artifact_uri LIKE '%/{runs[2].run_id}/artifacts'", {2}),
        ("artifact_uri ILIKE '%/ARTIFACTS'", {0, 1, 2}),
    ):
        found = {it.info.run_id for it in client.search_runs([experiment_id], filter_string)}
        assert found == {runs[it].run_id for it in expected}, filter_string


def addresses_of_other_hosts():
    run_id = client.create_run(client.create_experiment(unique("presigned"))).info.run_id
    for path in ("artifacts/presigned-download-url", "artifacts/presigned-upload-url"):
        status, answer = call("POST", path, json={"run_id": run_id, "path": "a.txt"})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path
        assert "proxied artifact storage" in answer["message"], path


def a_model_made_again():
    experiment_id = client.create_experiment(unique("again"))
    info = client.create_run(experiment_id).info
    name = unique("again")
    for round_number in (1, 2, 3):
        client.create_registered_model(name)
        for number in (1, 2):
            version = client.create_model_version(name, info.artifact_uri, info.run_id, description=f"{round_number}")
            assert int(version.version) == number, "a model that is made again begins anew"
        client.set_registered_model_alias(name, "champion", "2")
        assert client.get_model_version_by_alias(name, "champion").description == f"{round_number}"
        assert len(client.search_model_versions(f"name = '{name}'")) == 2
        client.delete_registered_model(name)
        assert client.search_model_versions(f"name = '{name}'") == []


def data_sets_of_experiments():
    experiments = [client.create_experiment(unique("summaries")) for _ in range(3)]
    source = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="weather")
    for experiment_id in experiments[:2]:
        for context in ("training", "training", "test", None):
            with mlflow.start_run(experiment_id=experiment_id):
                mlflow.log_input(source, context=context)
    asked = {"experiment_ids": experiments}
    status, answer = call("POST", "experiments/search-datasets", api="ajax-api", json=asked)
    found = {(it["experiment_id"], it["name"], it["digest"], it.get("context")) for it in answer["dataset_summaries"]}
    contexts = ("training", "test", None)
    assert status == 200
    assert found == {(it, "weather", source.digest, context) for it in experiments[:2] for context in contexts}
    for wrong in ([], [str(it) for it in range(21)]):
        status, answer = call("POST", "experiments/search-datasets", api="ajax-api", json={"experiment_ids": wrong})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


runs_of_a_deleted_experiment()
lengths_are_characters()
numbers_written_otherwise()
states()
names()
what_is_not_there()
addresses_of_files()
addresses_of_other_hosts()
a_model_made_again()
data_sets_of_experiments()
print("ok")
