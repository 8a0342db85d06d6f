"""The command `mlflow`: runs, artifacts and experiments."""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import mlflow
from expecting import unique
from mlflow.tracking import MlflowClient

client = MlflowClient()


def mlflow_command(*arguments):
    done = subprocess.run([sys.executable, "-m", "mlflow", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


name = unique("command line")
mlflow_command("experiments", "create", "--experiment-name", name)
experiment_id = client.get_experiment_by_name(name).experiment_id
assert name in mlflow_command("experiments", "search")
with mlflow.start_run(experiment_id=experiment_id, run_name="seen") as run:
    mlflow.log_metric("score", 0.5)
    mlflow.log_text("hello", "notes/a.txt")
run_id = run.info.run_id

assert run_id in mlflow_command("runs", "list", "--experiment-id", experiment_id)
described = json.loads(mlflow_command("runs", "describe", "--run-id", run_id))
assert described["data"]["metrics"] == {"score": 0.5}
table = list(csv.reader(io.StringIO(mlflow_command("experiments", "csv", "--experiment-id", experiment_id))))
assert run_id in table[1]

with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "b.txt"
    file.write_text("from the command")
    mlflow_command("artifacts", "log-artifact", "--run-id", run_id, "--local-file", str(file), "--artifact-path", "sent")
    mlflow_command("artifacts", "log-artifacts", "--run-id", run_id, "--local-dir", folder, "--artifact-path", "all")
    listed = json.loads(mlflow_command("artifacts", "list", "--run-id", run_id, "--artifact-path", "sent"))
    assert [it["path"] for it in listed] == ["sent/b.txt"], listed
    mlflow_command("artifacts", "download", "--run-id", run_id, "--artifact-path", "sent/b.txt", "--dst-path", f"{folder}/got")
    assert [it.read_text() for it in pathlib.Path(folder, "got").rglob("b.txt")] == ["from the command"]

mlflow_command("runs", "delete", "--run-id", run_id)
assert client.get_run(run_id).info.lifecycle_stage == "deleted"
mlflow_command("runs", "restore", "--run-id", run_id)
assert client.get_run(run_id).info.lifecycle_stage == "active"
renamed = unique("renamed")
mlflow_command("experiments", "rename", "--experiment-id", experiment_id, "--new-name", renamed)
assert client.get_experiment(experiment_id).name == renamed
mlflow_command("experiments", "delete", "--experiment-id", experiment_id)
assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
mlflow_command("experiments", "restore", "--experiment-id", experiment_id)
assert client.get_experiment(experiment_id).lifecycle_stage == "active"
print("ok")
