"""Files of runs: logged, listed, read, taken away; of every kind that the client has a function for."""

import os
import pathlib
import tempfile

import matplotlib
import mlflow
import numpy as np
import pandas as pd
from expecting import unique
from mlflow.tracking import MlflowClient

matplotlib.use("Agg")
import matplotlib.pyplot as plt

client = MlflowClient()
experiment_id = mlflow.set_experiment(unique("artifacts")).experiment_id


def listed(run_id, path=None):
    return [(it.path, it.is_dir, it.file_size) for it in client.list_artifacts(run_id, path)]


def log_all(run_id, folder):
    (folder / "plain.txt").write_text("plain")
    (folder / "empty.bin").write_bytes(b"")
    (folder / "ünï côde.txt").write_text("names are text")
    (folder / "a+b&c=d.txt").write_text("marks")
    nested = folder / "nested" / "deeper"
    nested.mkdir(parents=True)
    (nested / "x.json").write_text("{}")
    (folder / "large.bin").write_bytes(os.urandom(3 * 1024 * 1024 + 17))
    mlflow.log_artifact(folder / "plain.txt")
    mlflow.log_artifact(folder / "plain.txt", artifact_path="docs/first")
    mlflow.log_artifacts(folder, artifact_path="all")
    mlflow.log_text("some text", "texts/note.md")
    mlflow.log_dict({"a": [1, 2]}, "config/x.json")
    mlflow.log_dict({"b": 3}, "config/x.yaml")
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    mlflow.log_figure(figure, "figures/line.png")
    mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "figures/black.png")
    mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "tables/t.json")
    mlflow.log_table(pd.DataFrame({"q": ["c"], "n": [3]}), "tables/t.json")


def lists(run_id):
    assert listed(run_id) == [
        ("all", True, None),
        ("config", True, None),
        ("docs", True, None),
        ("figures", True, None),
        ("plain.txt", False, 5),
        ("tables", True, None),
        ("texts", True, None),
    ], listed(run_id)
    assert listed(run_id, "docs") == [("docs/first", True, None)]
    assert listed(run_id, "docs/first") == [("docs/first/plain.txt", False, 5)]
    assert listed(run_id, "docs/first/plain.txt") == []
    assert listed(run_id, "no such") == []
    # MLflow's server leaves out a size of 0.
    found = {path: size if is_dir else size or 0 for path, is_dir, size in listed(run_id, "all")}
    assert found == {
        "all/a+b&c=d.txt": 5,
        "all/empty.bin": 0,
        "all/large.bin": 3 * 1024 * 1024 + 17,
        "all/nested": None,
        "all/plain.txt": 5,
        "all/ünï côde.txt": 14,
    }, found


def reads(run_id, folder):
    uri = f"runs:/{run_id}"
    assert mlflow.artifacts.load_text(f"{uri}/texts/note.md") == "some text"
    assert mlflow.artifacts.load_dict(f"{uri}/config/x.json") == {"a": [1, 2]}
    assert mlflow.artifacts.load_image(f"{uri}/figures/black.png").size == (4, 4)
    assert list(mlflow.load_table("tables/t.json", run_ids=[run_id])["n"]) == [1, 2, 3]
    there = pathlib.Path(mlflow.artifacts.download_artifacts(f"{uri}/all"))
    for name in ("plain.txt", "empty.bin", "large.bin", "ünï côde.txt", "nested/deeper/x.json"):
        assert (there / name).read_bytes() == (folder / name).read_bytes(), name
    whole = pathlib.Path(client.download_artifacts(run_id, ""))
    assert (whole / "docs/first/plain.txt").read_text() == "plain"
    one = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="plain.txt")
    assert pathlib.Path(one).read_text() == "plain"
    by_scheme = mlflow.artifacts.download_artifacts(f"{client.get_run(run_id).info.artifact_uri}/plain.txt")
    assert pathlib.Path(by_scheme).read_text() == "plain"
    assert mlflow.artifacts.list_artifacts(f"{uri}/docs")[0].path.endswith("first")


def logged_again(run_id):
    client.log_text(run_id, "second", "texts/note.md")
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/texts/note.md") == "second"
    assert listed(run_id, "texts") == [("texts/note.md", False, 6)]


def taken_away(run_id):
    repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(
        client.get_run(run_id).info.artifact_uri
    )
    repository.delete_artifacts("docs/first/plain.txt")
    assert listed(run_id, "docs/first") == []
    repository.delete_artifacts("all")
    assert "all" not in [path for path, _, _ in listed(run_id)]
    repository.delete_artifacts("texts")
    assert listed(run_id, "texts") == []


def refused(run_id):
    for path in ("../up", "/etc/passwd", "a/../../b", ".."):
        try:
            client.log_text(run_id, "x", path)
        except Exception:
            continue
        raise AssertionError(f"{path} was taken")
    try:
        mlflow.artifacts.download_artifacts(f"runs:/{run_id}/never/logged.txt")
    except Exception as error:
        assert "logged.txt" in str(error), error
    else:
        raise AssertionError("a file that does not exist was read")
    try:
        client.list_artifacts(run_id, "../..")
    except Exception as error:
        assert "400" in str(error) and "INVALID_PARAMETER_VALUE" in str(error), error
    else:
        raise AssertionError("a folder above the run was listed")


with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
    log_all(run.info.run_id, pathlib.Path(folder))
    lists(run.info.run_id)
    reads(run.info.run_id, pathlib.Path(folder))
    logged_again(run.info.run_id)
    taken_away(run.info.run_id)
    refused(run.info.run_id)
print("ok")
