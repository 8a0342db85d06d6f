"""The registry: models, versions, aliases, stages, tags, descriptions, searches, copies, and loading by each of them."""

import mlflow
import numpy as np
from expecting import fails_with, unique
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

client = MlflowClient()
mlflow.set_experiment(unique("registry"))
x, y = load_iris(return_X_y=True, as_frame=True)
linear = LogisticRegression(max_iter=500).fit(x, y)
bayes = GaussianNB().fit(x, y)
# Titles are not ids: spaces, dots and letters of any script are fine.
NAME = unique("Iris model v1.0 ü")


def registered_while_logged():
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(
            linear, name="linear", registered_model_name=NAME, signature=infer_signature(x, y)
        )
    version = client.get_model_version(NAME, "1")
    assert version.version in (1, "1")
    assert version.name == NAME
    assert version.status == "READY"
    assert version.current_stage == "None"
    assert version.run_id == run.info.run_id
    assert logged.model_id in version.source, version.source
    assert version.creation_timestamp > 0
    assert logged.registered_model_version in (1, "1")
    registered = client.get_logged_model(logged.model_id)
    assert registered.name == "linear"
    return run.info.run_id, logged


def registered_afterwards():
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(bayes, name="bayes")
    second = mlflow.register_model(f"runs:/{run.info.run_id}/bayes", NAME, tags={"kind": "bayes"})
    assert int(second.version) == 2
    assert client.get_model_version(NAME, "2").tags == {"kind": "bayes"}
    third = client.create_model_version(NAME, logged.model_uri, run.info.run_id, model_id=logged.model_id, description="the third")
    assert int(third.version) == 3
    assert client.get_model_version(NAME, "3").description == "the third"


def loaded(model):
    return mlflow.pyfunc.load_model(f"models:/{model}").predict(x)


def versions_are_loaded():
    assert np.array_equal(loaded(f"{NAME}/1"), linear.predict(x))
    assert np.array_equal(loaded(f"{NAME}/2"), bayes.predict(x))
    assert np.array_equal(loaded(f"{NAME}/latest"), bayes.predict(x))
    assert np.array_equal(mlflow.sklearn.load_model(f"models:/{NAME}/1").predict(x), linear.predict(x))
    uri = client.get_model_version_download_uri(NAME, "1")
    assert uri


def aliases():
    client.set_registered_model_alias(NAME, "champion", "1")
    client.set_registered_model_alias(NAME, "challenger", 2)
    assert int(client.get_model_version_by_alias(NAME, "champion").version) == 1
    assert client.get_model_version(NAME, "1").aliases == ["champion"]
    assert {k: int(v) for k, v in client.get_registered_model(NAME).aliases.items()} == {"champion": 1, "challenger": 2}
    assert np.array_equal(loaded(f"{NAME}@champion"), linear.predict(x))
    client.set_registered_model_alias(NAME, "champion", "2")
    assert np.array_equal(loaded(f"{NAME}@champion"), bayes.predict(x))
    client.delete_registered_model_alias(NAME, "challenger")
    with fails_with("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", saying="challenger"):
        client.get_model_version_by_alias(NAME, "challenger")
    client.delete_registered_model_alias(NAME, "challenger")
    for alias in ("1", "2024-q1", "-x", "prod_é"):
        client.set_registered_model_alias(NAME, alias, "2")
        assert int(client.get_model_version_by_alias(NAME, alias).version) == 2
        client.delete_registered_model_alias(NAME, alias)
    assert int(client.get_model_version_by_alias(NAME, "latest").version) >= 2
    for wrong in ("latest", "v12", "a b", "a/b", ""):
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.set_registered_model_alias(NAME, wrong, "1")
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.set_registered_model_alias(NAME, "champion", "99")


def stages():
    moved = client.transition_model_version_stage(NAME, "1", "Staging")
    assert moved.current_stage == "Staging"
    client.transition_model_version_stage(NAME, "2", "production")
    client.transition_model_version_stage(NAME, "3", "Production", archive_existing_versions=True)
    assert [client.get_model_version(NAME, it).current_stage for it in "123"] == ["Staging", "Archived", "Production"]
    latest = {it.current_stage: int(it.version) for it in client.get_latest_versions(NAME)}
    assert latest == {"Staging": 1, "Archived": 2, "Production": 3}
    assert [int(it.version) for it in client.get_latest_versions(NAME, ["Production"])] == [3]
    assert np.array_equal(loaded(f"{NAME}/Staging"), linear.predict(x))
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.transition_model_version_stage(NAME, "1", "no such stage")


def texts_and_tags():
    client.update_registered_model(NAME, "tells irises apart")
    client.set_registered_model_tag(NAME, "team", "flowers")
    client.set_registered_model_tag(NAME, "gone", "soon")
    client.delete_registered_model_tag(NAME, "gone")
    client.update_model_version(NAME, "1", "the first")
    client.set_model_version_tag(NAME, "1", "checked", "yes")
    client.set_model_version_tag(NAME, "1", "gone", "soon")
    client.delete_model_version_tag(NAME, "1", "gone")
    model = client.get_registered_model(NAME)
    assert model.description == "tells irises apart"
    assert model.tags == {"team": "flowers"}
    assert model.last_updated_timestamp >= model.creation_timestamp > 0
    first = client.get_model_version(NAME, "1")
    assert (first.description, first.tags) == ("the first", {"checked": "yes"})


def searches():
    assert [it.name for it in client.search_registered_models(f"name = '{NAME}'")] == [NAME]
    assert [it.name for it in client.search_registered_models(f"name LIKE '{NAME[:-3]}%'")] == [NAME]
    assert [it.name for it in client.search_registered_models(f"name ILIKE '{NAME.upper()[:12]}%' AND tags.team = 'flowers' AND name = '{NAME}'")] == [NAME]
    found = client.search_model_versions(f"name = '{NAME}'", order_by=["version_number ASC"])
    assert [int(it.version) for it in found] == [1, 2, 3]
    page = client.search_model_versions(f"name = '{NAME}'", order_by=["version_number DESC"], max_results=2)
    assert [int(it.version) for it in page] == [3, 2]
    rest = client.search_model_versions(f"name = '{NAME}'", order_by=["version_number DESC"], max_results=2, page_token=page.token)
    assert [int(it.version) for it in rest] == [1] and not rest.token
    by_tag = client.search_model_versions(f"name = '{NAME}' AND tags.kind = 'bayes'")
    assert [int(it.version) for it in by_tag] == [2]
    run_id = client.get_model_version(NAME, "1").run_id
    assert [int(it.version) for it in client.search_model_versions(f"run_id = '{run_id}'")] == [1]
    assert NAME in [it.name for it in mlflow.search_registered_models(order_by=["last_updated_timestamp DESC"], max_results=10)]
    stem = unique("paged")
    for number in range(5):
        client.create_registered_model(f"{stem} {number}", tags={"group": stem}, description=str(number))
    first = client.search_registered_models(f"name LIKE '{stem}%'", max_results=3, order_by=["name ASC"])
    second = client.search_registered_models(f"name LIKE '{stem}%'", max_results=3, order_by=["name ASC"], page_token=first.token)
    assert [it.name for it in [*first, *second]] == [f"{stem} {i}" for i in range(5)]
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.search_registered_models("nothing = 'x'")
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.search_model_versions("nothing = 'x'")


def copies():
    copy = client.copy_model_version(f"models:/{NAME}/1", unique("copied"))
    assert int(copy.version) == 1
    assert np.array_equal(loaded(f"{copy.name}/1"), linear.predict(x))
    by_alias = client.copy_model_version(f"models:/{NAME}@champion", copy.name)
    assert int(by_alias.version) == 2
    assert np.array_equal(loaded(f"{copy.name}/2"), bayes.predict(x))


def renamed_and_deleted():
    new_name = unique("renamed")
    client.rename_registered_model(NAME, new_name)
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(NAME)
    assert int(client.get_model_version_by_alias(new_name, "champion").version) == 2
    assert np.array_equal(loaded(f"{new_name}/1"), linear.predict(x))
    client.delete_model_version(new_name, "2")
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.get_model_version(new_name, "2")
    assert "champion" not in client.get_registered_model(new_name).aliases
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(bayes, name="bayes", registered_model_name=new_name)
    assert int(logged.registered_model_version) == 4, "numbers are never used again"
    client.delete_registered_model(new_name)
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model(new_name)
    client.create_registered_model(new_name)
    with fails_with("RESOURCE_ALREADY_EXISTS"):
        client.create_registered_model(new_name)


def refused():
    for wrong in ("", "a/b", "a:b"):
        with fails_with("INVALID_PARAMETER_VALUE"):
            client.create_registered_model(wrong)
    name = client.create_registered_model(unique("refused")).name
    for source in ("file:///etc", "/etc/passwd", "../up", "mlflow-artifacts:/../../etc", ""):
        with fails_with("INVALID_PARAMETER_VALUE", "BAD_REQUEST"):
            client.create_model_version(name, source)
    assert client.search_model_versions(f"name = '{name}'") == []
    with fails_with("RESOURCE_DOES_NOT_EXIST"):
        client.create_model_version(unique("none"), logged.model_uri, model_id=logged.model_id)


run_id, logged = registered_while_logged()
registered_afterwards()
versions_are_loaded()
aliases()
stages()
texts_and_tags()
searches()
copies()
renamed_and_deleted()
refused()
print("ok")
