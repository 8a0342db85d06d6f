"""Writes things.json and corpus.jsonl: what MLflow's own stores (SQLite) answer to the filters and orders of corpus.py.

Run: python3 -m venv v && v/bin/pip install -r requirements.txt && v/bin/python oracle.py, then format things.json with biome.
It writes the same bytes each time. A filter that MLflow refuses has its error code, or the name of the exception of a server error.
"""

import itertools
import json
import pathlib
import random
import tempfile
import uuid

from corpus import FILTERS, ORDERS

chance = random.Random(20130101)
uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)

from mlflow.entities import (  # noqa: E402
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelParameter,
    LoggedModelTag,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag  # noqa: E402
from mlflow.entities import ExperimentTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.store.model_registry import sqlalchemy_store as registry_store  # noqa: E402
from mlflow.store.tracking import sqlalchemy_store as tracking_store  # noqa: E402
from mlflow.utils.search_logged_model_utils import parse_filter_string  # noqa: E402
from mlflow.utils.search_utils import (  # noqa: E402
    SearchExperimentsUtils,
    SearchModelUtils,
    SearchModelVersionUtils,
    SearchUtils,
)

ticks = itertools.count(1_700_000_000_000, 1000)
tracking_store.get_current_time_millis = lambda: next(ticks)
registry_store.get_current_time_millis = lambda: next(ticks)

folder = pathlib.Path(__file__).parent
scratch = tempfile.mkdtemp()
tracking = tracking_store.SqlAlchemyStore(f"sqlite:///{scratch}/mlflow.db", f"{scratch}/artifacts")
registry = registry_store.SqlAlchemyStore(f"sqlite:///{scratch}/mlflow.db")

# name, start, end, user, metrics, params, tags, datasets as (name, digest, context)
RUNS = [
    ("first", 1000, 2000, "ann", {"a": 1, "val loss": 0.5}, {"lr": "0.1", "opt name": "adam"}, {"team": "x", "a.b": "dots"}, [("iris", "d1", "train")]),
    ("second", 2000, 3000, "ben", {"a": 2, "b": 1}, {"lr": "0.10"}, {"team": "y"}, [("iris", "d2", "eval"), ("mnist", "d3", "train")]),
    ("third", 2000, None, "ann", {"a": float("nan")}, {"lr": "1e-1"}, {"team": "X"}, []),
    ("Fourth", 3000, None, "", {"a": float("inf")}, {"lr": "abc"}, {}, [("it's", "d4", "train")]),
    ("fifth_x", 4000, 9000, "carl", {"a": float("-inf")}, {}, {"team": "xyz"}, []),
    ("sixth%", 5000, 6000, "carl", {"b": -1.5}, {"lr": "-5"}, {"team": "it's", "quote": 'a "b"'}, [("mnist", "d5", "")]),
    ("seventh", 6000, 7000, "dora", {}, {"lr": "x"}, {"team": ""}, []),
    ("same", 7000, 7000, "dora", {"a": 0, "f1/x": 3}, {"lr": ""}, {"team": "a\\b", "1a": "digit"}, [("iris", "d1", "test")]),
    ("same", 7000, 7001, "dora", {"a": 1e-3, "b": 1e6}, {"LR": "0.1"}, {"Team": "x"}, []),
]

EXPERIMENTS = [("one", {"team": "x"}), ("two", {"team": "y", "a b": "z"}), ("Two", {}), ("it's", {"team": "X"}), ("three_x", {"team": "xyz"})]

MODELS = [
    ("m1", "sklearn", {"lr": "0.1"}, {"team": "x"}, {"a": [(1, "iris", "d1"), (5, "mnist", "d3")]}),
    ("m2", None, {"lr": "0.2"}, {"team": "y"}, {"a": [(2, "iris", "d2")]}),
    ("M3", "onnx", {}, {}, {"b": [(1, None, None)]}),
    ("m4", "onnx", {"lr": "abc"}, {"team": "x y"}, {"a": [(0.5, "iris", "d1")], "b": [(3, None, None)]}),
]

REGISTERED = [("alpha", {"team": "x"}, 3), ("beta", {"team": "y", "a b": "z"}, 1), ("Alpha", {}, 1), ("gamma_x", {"team": "X"}, 11)]


def fill_experiments():
    for name, tags in EXPERIMENTS:
        tracking.create_experiment(name, tags=[ExperimentTag(k, v) for k, v in tags.items()])
    found = tracking.search_experiments(ViewType.ACTIVE_ONLY)
    return [
        {
            "id": e.experiment_id,
            "attributes": {
                "name": e.name,
                "experiment_id": e.experiment_id,
                "creation_time": e.creation_time,
                "last_update_time": e.last_update_time,
            },
            "tags": e.tags,
        }
        for e in found
    ]


def fill_runs(experiment):
    for name, start, end, user, metrics, params, tags, datasets in RUNS:
        run = tracking.create_run(experiment, user, start, [RunTag(k, v) for k, v in tags.items()], name)
        run_id = run.info.run_id
        tracking.log_batch(
            run_id,
            [Metric(k, v, start, 0) for k, v in metrics.items()],
            [Param(k, v) for k, v in params.items()],
            [],
        )
        inputs = [
            DatasetInput(
                Dataset(n, d, "local", "{}"),
                [InputTag("mlflow.data.context", c)] if c else [],
            )
            for n, d, c in datasets
        ]
        if inputs:
            tracking.log_inputs(run_id, inputs)
        if end is not None:
            from mlflow.entities import RunStatus

            tracking.update_run_info(run_id, RunStatus.FINISHED, end, None)
    return [run_thing(r) for r in tracking.search_runs([experiment], "", ViewType.ACTIVE_ONLY)]


def run_thing(run):
    info = run.info
    attributes = {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "user_id": info.user_id,
        "status": info.status,
        "start_time": info.start_time,
        "end_time": info.end_time,
        "artifact_uri": info.artifact_uri.replace(scratch, "/scratch"),
    }
    return {
        "id": info.run_id,
        "attributes": {k: v for k, v in attributes.items() if v is not None},
        "metrics": {k: number(v) for k, v in run.data.metrics.items()},
        "params": run.data.params,
        "tags": run.data.tags,
        "datasets": [
            {
                "name": it.dataset.name,
                "digest": it.dataset.digest,
                **{"context": t.value for t in it.tags if t.key == "mlflow.data.context"},
            }
            for it in run.inputs.dataset_inputs
        ],
    }


def number(value):
    return value if value == value and abs(value) != float("inf") else str(value)


def fill_models(experiment, run_id):
    for at, (name, model_type, params, tags, metrics) in enumerate(MODELS):
        model = tracking.create_logged_model(
            experiment,
            name,
            run_id if at % 2 else None,
            [LoggedModelTag(k, v) for k, v in tags.items()],
            [LoggedModelParameter(k, v) for k, v in params.items()],
            model_type,
        )
        for key, values in metrics.items():
            for step, (value, dataset, digest) in enumerate(values):
                metric = Metric(key, value, step, step, model_id=model.model_id, dataset_name=dataset, dataset_digest=digest, run_id=run_id)
                tracking.log_metric(run_id, metric)
    found = tracking.search_logged_models([experiment])
    return [model_thing(m) for m in found]


def model_thing(m):
    attributes = {
        "name": m.name,
        "model_id": m.model_id,
        "model_type": m.model_type,
        "source_run_id": m.source_run_id,
        "creation_timestamp": m.creation_timestamp,
        "last_updated_timestamp": m.last_updated_timestamp,
    }
    return {
        "id": m.model_id,
        "attributes": {k: v for k, v in attributes.items() if v is not None},
        "params": m.params or {},
        "tags": m.tags or {},
        "modelMetrics": [
            {"key": it.key, "value": it.value, "step": it.step, "name": it.dataset_name, "digest": it.dataset_digest}
            for it in m.metrics or []
        ],
    }


def fill_registry():
    for name, tags, versions in REGISTERED:
        registry.create_registered_model(name, [RegisteredModelTag(k, v) for k, v in tags.items()])
        for at in range(versions):
            registry.create_model_version(
                name,
                f"store/{name}/{at}",
                None if at == 0 else f"run{at}",
                [ModelVersionTag("stage", "s%d" % (at % 3))] if at else [],
            )
    models = [
        {
            "id": m.name,
            "attributes": {
                "name": m.name,
                "creation_timestamp": m.creation_timestamp,
                "last_updated_timestamp": m.last_updated_timestamp,
            },
            "tags": m.tags,
        }
        for m in registry.search_registered_models(max_results=100)
    ]
    versions = [
        {
            "id": f"{v.name}/{v.version}",
            "attributes": {
                "name": v.name,
                "version_number": int(v.version),
                **({} if v.run_id is None else {"run_id": v.run_id}),
                "source_path": v.source,
                "creation_timestamp": v.creation_timestamp,
                "last_updated_timestamp": v.last_updated_timestamp,
            },
            "tags": v.tags,
        }
        for v in registry.search_model_versions(max_results=100)
    ]
    return models, versions


experiments = fill_experiments()
EXPERIMENT = next(e["id"] for e in experiments if e["attributes"]["name"] == "one")
runs = fill_runs(EXPERIMENT)
models = fill_models(EXPERIMENT, runs[0]["id"])
# Recording metrics of models put them on the run too.
runs = [run_thing(r) for r in tracking.search_runs([EXPERIMENT], "", ViewType.ACTIVE_ONLY)]
experiments = fill_experiments() if not experiments else [
    {**e, "attributes": {**e["attributes"], "last_update_time": tracking.get_experiment(e["id"]).last_update_time}} for e in experiments
]
registered, versions = fill_registry()
THINGS = {"runs": runs, "experiments": experiments, "logged_models": models, "registered_models": registered, "model_versions": versions}


def search(dialect, filter_string, order_by):
    if dialect == "runs":
        return [r.info.run_id for r in tracking.search_runs([EXPERIMENT], filter_string, ViewType.ACTIVE_ONLY, order_by=order_by)]
    if dialect == "experiments":
        return [e.experiment_id for e in tracking.search_experiments(ViewType.ACTIVE_ONLY, filter_string=filter_string, order_by=order_by)]
    if dialect == "logged_models":
        return [m.model_id for m in tracking.search_logged_models([EXPERIMENT], filter_string, order_by=order_by)]
    if dialect == "registered_models":
        return [m.name for m in registry.search_registered_models(filter_string, 100, order_by)]
    return [f"{v.name}/{v.version}" for v in registry.search_model_versions(filter_string, 100, order_by)]


PARSERS = {
    "runs": SearchUtils.parse_search_filter,
    "experiments": SearchExperimentsUtils.parse_search_filter,
    "registered_models": SearchModelUtils.parse_search_filter,
    "model_versions": SearchModelVersionUtils.parse_search_filter,
}


def clauses(dialect, filter_string):
    """What MLflow's parser understood: entity, key, operator, value."""
    if dialect == "logged_models":
        found = parse_filter_string(filter_string)
        return [[c.entity.type.value, c.entity.key, c.op, c.value] for c in found]
    found = PARSERS[dialect](filter_string)
    return [[c["type"], c["key"], c["comparator"].upper(), c["value"]] for c in found]


def answer(dialect, filter_string, order_by):
    try:
        ids = list(dict.fromkeys(search(dialect, filter_string, order_by)))
    except MlflowException as error:
        return {"refused": error.error_code}
    except Exception as error:
        return {"refused": type(error).__name__}
    things = [it["id"] for it in THINGS[dialect]]
    understood = {} if order_by else {"clauses": clauses(dialect, filter_string)}
    return {**understood, "found": [things.index(it) for it in ids]}


def placed(text):
    """Fills in ids that only the stores know."""
    if not isinstance(text, str):
        return text
    return text.replace("RUN0", runs[0]["id"]).replace("RUN1", runs[1]["id"]).replace("MODEL0", models[0]["id"])


lines = []
for dialect, filters in FILTERS.items():
    for filter_string in dict.fromkeys(map(placed, filters)):
        lines.append({"dialect": dialect, "filter": filter_string, **answer(dialect, filter_string, None)})
for dialect, orders in ORDERS.items():
    for order_by in orders:
        lines.append({"dialect": dialect, "orderBy": order_by, **answer(dialect, "", order_by)})

(folder / "things.json").write_text(json.dumps(THINGS, indent=2, ensure_ascii=False) + "\n")
(folder / "corpus.jsonl").write_text("".join(json.dumps(it, ensure_ascii=False) + "\n" for it in lines))
print(len(lines), "lines,", sum("refused" in it for it in lines), "refused")
