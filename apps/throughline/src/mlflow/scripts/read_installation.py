"""Prints as JSON what the official client sees of the installation that MLFLOW_TRACKING_URI names."""

import hashlib
import json
import math
import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import ViewType

client = MlflowClient()


def pages(ask):
    token = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return


def digests(folder):
    return {
        str(it.relative_to(folder)): hashlib.sha256(it.read_bytes()).hexdigest()
        for it in sorted(Path(folder).rglob("*"))
        if it.is_file()
    }


def run_files(run_id):
    with tempfile.TemporaryDirectory() as folder:
        if client.list_artifacts(run_id):
            client.download_artifacts(run_id, "", folder)
        return digests(folder)


def model_files(model_id):
    from mlflow.artifacts import download_artifacts

    with tempfile.TemporaryDirectory() as folder:
        if client.list_logged_model_artifacts(model_id):
            download_artifacts(artifact_uri=f"models:/{model_id}", dst_path=folder)
        found = digests(folder)
        # Written by the client beside what it downloads.
        found.pop("registered_model_meta", None)
        return found


def number(value):
    """A server on a database gives infinities as the largest floats."""
    return repr(value) if abs(value) < sys.float_info.max else repr(value * 2)


def model_number(value):
    """A server on a database gives NaN as 0 where it is a metric of a logged model."""
    return number(0.0 if math.isnan(value) else value)


def history(run_id, key):
    points = client.get_metric_history(run_id, key)
    return sorted((it.step, it.timestamp, number(it.value)) for it in points)


def a_run(run):
    inputs = run.inputs
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "stage": run.info.lifecycle_stage,
        "times": [run.info.start_time, run.info.end_time],
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: history(run.info.run_id, key) for key in sorted(run.data.metrics)},
        "datasets": sorted(
            [it.dataset.name, it.dataset.digest, it.dataset.source_type, it.dataset.source, it.dataset.schema, it.dataset.profile]
            + [sorted((tag.key, tag.value) for tag in it.tags)]
            for it in inputs.dataset_inputs
        ),
        "models read": sorted(it.model_id for it in inputs.model_inputs),
        "models made": sorted([it.model_id, it.step] for it in (run.outputs.model_outputs if run.outputs else [])),
        "files": run_files(run.info.run_id),
    }


def a_model(model):
    return {
        "name": model.name,
        "run": model.source_run_id,
        "status": str(model.status),
        "type": model.model_type or "",
        "params": model.params,
        "tags": model.tags,
        "metrics": sorted(
            [it.key, model_number(it.value), it.step, it.timestamp, it.run_id, it.dataset_name, it.dataset_digest] for it in model.metrics or []
        ),
        "files": model_files(model.model_id) if str(model.status) == "READY" else {},
    }


def a_registered(model):
    versions = pages(lambda token: client.search_model_versions(f"name = '{model.name}'", page_token=token))
    return {
        "description": model.description or "",
        "tags": model.tags,
        "aliases": {alias: int(version) for alias, version in model.aliases.items()},
        "versions": {
            int(it.version): [it.description or "", it.current_stage, it.tags, it.run_id or ""] for it in versions
        },
    }


def installation():
    experiments = list(pages(lambda token: client.search_experiments(ViewType.ALL, page_token=token)))
    ids = [it.experiment_id for it in experiments]
    return {
        "experiments": {it.experiment_id: [it.name, it.lifecycle_stage, it.tags, it.creation_time] for it in experiments},
        "runs": {
            run.info.run_id: a_run(client.get_run(run.info.run_id))
            for experiment in ids
            for run in pages(lambda token: client.search_runs([experiment], run_view_type=ViewType.ALL, page_token=token))
        },
        "logged models": {
            model.model_id: a_model(model)
            for model in pages(lambda token: client.search_logged_models(ids, page_token=token))
        },
        "registered models": {
            model.name: a_registered(model)
            for model in pages(lambda token: client.search_registered_models(page_token=token))
        },
    }


json.dump(installation(), sys.stdout, sort_keys=True)
