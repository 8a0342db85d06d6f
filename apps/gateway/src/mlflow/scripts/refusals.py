"""What is refused, with the error codes that callers branch on."""

import mlflow
from expecting import fails_with, unique
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

client = MlflowClient()
MISSING = "0" * 32
experiment_id = client.create_experiment(unique("refusals"))
run_id = client.create_run(experiment_id).info.run_id


def call(method, path, body=None, params=None):
    """A call of the API as any HTTP client makes it: the status and the decoded answer."""
    host = get_default_host_creds(mlflow.get_tracking_uri())
    answer = http_request(host, f"/api/2.0/mlflow/{path}", method, max_retries=0, raise_on_status=False, json=body, params=params)
    return answer.status_code, answer.json()


def what_does_not_exist():
    for missing in (
        lambda: client.get_run(MISSING),
        lambda: client.get_experiment("123456789"),
        lambda: client.log_metric(MISSING, "a", 1),
        lambda: client.log_param(MISSING, "a", 1),
        lambda: client.set_tag(MISSING, "a", 1),
        lambda: client.log_batch(MISSING, metrics=[Metric("a", 1, 1, 1)]),
        lambda: client.delete_run(MISSING),
        lambda: client.restore_run(MISSING),
        lambda: client.set_terminated(MISSING),
        lambda: client.create_run("123456789"),
        lambda: client.delete_experiment("123456789"),
        lambda: client.rename_experiment("123456789", "x"),
        lambda: client.delete_tag(run_id, "never set"),
        lambda: client.list_artifacts(MISSING),
        lambda: client.get_logged_model("m-" + MISSING),
        lambda: client.get_registered_model(unique("none")),
        lambda: client.get_model_version(unique("none"), "1"),
    ):
        with fails_with("RESOURCE_DOES_NOT_EXIST"):
            missing()
    assert client.get_experiment_by_name(unique("none")) is None


def params_never_change():
    client.log_param(run_id, "depth", 3)
    client.log_param(run_id, "depth", 3)
    with fails_with("INVALID_PARAMETER_VALUE", saying="depth"):
        client.log_param(run_id, "depth", 4)
    assert client.get_run(run_id).data.params["depth"] == "3"


def names():
    for name in ("", "a\nb", "a" * 251, "../up", "/root", "a//b", "a/./b", ".."):
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.log_metric(run_id, name, 1.0)
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.log_param(run_id, name, "1")
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.set_tag(run_id, name, "1")
    for name in ("a b", "a/b", "a.b", "a-b", "a_b", "a:b", "ä", "x" * 250):
        client.log_metric(run_id, name, 1.0)
        client.set_tag(run_id, name, "1")
    for name in ("", "x" * 501):
        with fails_with("INVALID_PARAMETER_VALUE", "BAD_REQUEST"):
            client.create_experiment(name)


def sizes():
    client.log_param(run_id, "longest", "v" * 6000)
    # As a server of MLflow does by default, what is too long is cut.
    client.log_param(run_id, "too long", "v" * 6001)
    client.set_tag(run_id, "too long", "v" * 8001)
    read = client.get_run(run_id).data
    assert len(read.params["longest"]) == len(read.params["too long"]) == 6000
    assert len(read.tags["too long"]) == 8000
    at = 1
    for batch in (
        {"metrics": [{"key": "m", "value": 1, "timestamp": at, "step": i} for i in range(1001)]},
        {"params": [{"key": f"p{i}", "value": "1"} for i in range(101)]},
        {"tags": [{"key": f"t{i}", "value": "1"} for i in range(101)]},
        {
            "metrics": [{"key": "m", "value": 1, "timestamp": at, "step": i} for i in range(901)],
            "params": [{"key": f"p{i}", "value": "1"} for i in range(100)],
        },
    ):
        status, answer = call("POST", "runs/log-batch", {"run_id": run_id, **batch})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer
    status, answer = call("POST", "runs/search", {"experiment_ids": [experiment_id], "max_results": 50_001})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer
    assert "m" not in client.get_run(run_id).data.metrics


def shapes():
    for path, body in (
        ("runs/log-metric", {"run_id": run_id, "value": 1, "timestamp": 1}),
        ("runs/log-metric", {"run_id": run_id, "key": "a", "timestamp": 1}),
        ("runs/log-metric", {"run_id": run_id, "key": "a", "value": 1}),
        ("runs/log-metric", {"run_id": run_id, "key": "a", "value": "x", "timestamp": 1}),
        ("runs/log-metric", {"run_id": run_id, "key": "a", "value": 1, "timestamp": "soon"}),
        ("runs/log-metric", {"run_id": run_id, "key": 5, "value": 1, "timestamp": 1}),
        ("runs/log-parameter", {"run_id": run_id, "key": "a", "value": {"b": 1}}),
        ("runs/log-batch", {"run_id": run_id, "metrics": "many"}),
        ("runs/log-batch", {"run_id": run_id, "metrics": [{"key": "a"}]}),
        ("runs/create", {"experiment_id": ["0"]}),
        ("experiments/create", {}),
        ("runs/search", {"experiment_ids": "0", "max_results": "many"}),
    ):
        status, answer = call("POST", path, body)
        assert status == 400, (path, body, status, answer)
        assert answer["error_code"] in ("INVALID_PARAMETER_VALUE", "BAD_REQUEST"), (path, body, answer)
    status, answer = call("POST", "runs/log-metric", {"run_id": run_id, "key": "extra", "value": 1, "timestamp": 1, "not_known": 5})
    assert status == 200, answer
    status, answer = call("GET", "runs/get", params={})
    assert status == 400 and answer["error_code"] == "INVALID_PARAMETER_VALUE", answer
    status, answer = call("GET", "experiments/get-by-name", params={"experiment_name": unique("none")})
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"), answer
    status, answer = call("POST", "runs/log-metric", {"run_id": run_id, "key": "far", "value": "NaN", "timestamp": "5", "step": "9007199254740993"})
    assert status == 200, answer
    status, answer = call("GET", "metrics/get-history", params={"run_id": run_id, "metric_key": "far"})
    assert answer["metrics"][0]["step"] == 9007199254740993, answer
    assert answer["metrics"][0]["timestamp"] == 5, answer


def filters():
    for wrong in (
        "metrics.a",
        "metrics.a >",
        "metrics.a > 'x'",
        "nothing.a = '1'",
        "attributes.nothing = 'x'",
        "params.a = 'x",
        "params.a = '1'; DROP TABLE runs",
    ):
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.search_runs([experiment_id], wrong)
    for wrong in (["nothing"], ["metrics.a SIDEWAYS"], ["nothing.a ASC"]):
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.search_runs([experiment_id], order_by=wrong)
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment_id], page_token="not a token")


what_does_not_exist()
params_never_change()
names()
sizes()
shapes()
filters()
assert client.log_batch(run_id, params=[Param("fine", "1")], tags=[RunTag("fine", "1")]) is None
print("ok")
