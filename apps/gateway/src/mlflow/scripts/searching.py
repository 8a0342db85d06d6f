"""Searching runs and experiments: MLflow's filters, orders and pages, and the data frame that notebooks read."""

import mlflow
from expecting import unique
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

client = MlflowClient()
COUNT = 25


def prepare():
    experiment_id = client.create_experiment(unique("searching"))
    for number in range(COUNT):
        run_id = client.create_run(experiment_id, start_time=1_000_000 + number, run_name=f"run {number:02}").info.run_id
        client.log_metric(run_id, "score", number / 10)
        if number % 5 == 0:
            client.log_metric(run_id, "with space", number)
        client.log_param(run_id, "kind", "even" if number % 2 == 0 else "odd")
        client.log_param(run_id, "Kind", f"K{number}")
        client.set_tag(run_id, "team", "weather" if number < 10 else "Weather")
        client.set_terminated(run_id, "FINISHED" if number % 3 else "FAILED", end_time=2_000_000 + number)
    return experiment_id


def names(experiment_id, filter_string="", **more):
    return [it.info.run_name for it in client.search_runs([experiment_id], filter_string, **more)]


def numbered(*numbers):
    return [f"run {it:02}" for it in numbers]


def filters(experiment_id):
    up = {"order_by": ["attributes.start_time ASC"]}
    for filter_string, expected in (
        ("metrics.score > 2.3", (24,)),
        ("metrics.score >= 2.3", (23, 24)),
        ("metrics.score = 0.5", (5,)),
        ("metrics.score < 0.1", (0,)),
        ("metrics.score <= 1e-1", (0, 1)),
        ("metrics.score != 0 and metrics.score < 0.3", (1, 2)),
        ("metrics.`with space` >= 20", (20,)),
        ('metrics."with space" >= 20', (20,)),
        ("params.kind = 'odd' AND metrics.score > 2", (21, 23)),
        ("params.kind != 'odd' and metrics.score > 2.1", (22, 24)),
        ('params.kind = "even" AND metrics.score > 2.1', (22, 24)),
        ("params.kind LIKE 'o%' AND metrics.score < 0.4", (1, 3)),
        ("params.kind ILIKE 'O%' AND metrics.score < 0.4", (1, 3)),
        ("params.Kind = 'K7'", (7,)),
        ("param.kind = 'odd' and metric.score < 0.2", (1,)),
        ("tags.team = 'Weather' and metrics.score < 1.2", (10, 11)),
        ("tag.team ILIKE 'WEATHER' and metrics.score < 0.2", (0, 1)),
        ("tags.team LIKE 'w%' and metrics.score > 0.75", (8, 9)),
        ("tags.`mlflow.runName` = 'run 03'", (3,)),
        ("attributes.run_name = 'run 04'", (4,)),
        ("run_name LIKE 'run 1%' and metrics.score < 1.2", (10, 11)),
        ("attributes.`run name` = 'run 04'", (4,)),
        ("status = 'FAILED' and metrics.score > 1.9", (21, 24)),
        ("attribute.status != 'FAILED' and metrics.score > 2.2", (23,)),
        ("attributes.start_time > 1000022", (23, 24)),
        ("attributes.end_time <= 2000001", (0, 1)),
        ("attributes.created > 1000023", (24,)),
    ):
        assert names(experiment_id, filter_string, **up) == numbered(*expected), filter_string
    some = [it.info.run_id for it in client.search_runs([experiment_id], **up)][:3]
    listed = ",".join(f"'{it}'" for it in some)
    assert names(experiment_id, f"attributes.run_id IN ({listed})", **up) == numbered(0, 1, 2)
    assert len(names(experiment_id, f"run_id NOT IN ({listed})")) == COUNT - 3
    assert names(experiment_id, f"run_id = '{some[1]}'") == numbered(1)


def orders(experiment_id):
    assert names(experiment_id)[0] == "run 24", "the newest comes first"
    assert names(experiment_id, order_by=["metrics.score DESC"], max_results=2) == numbered(24, 23)
    assert names(experiment_id, order_by=["metric.score"], max_results=2) == numbered(0, 1)
    assert names(experiment_id, order_by=["params.kind DESC", "metrics.score ASC"], max_results=3) == numbered(1, 3, 5)
    # A run without the metric comes last, whichever way.
    for way in ("ASC", "DESC"):
        first = names(experiment_id, order_by=[f"metrics.`with space` {way}", "start_time ASC"])
        assert set(first[:5]) == set(numbered(0, 5, 10, 15, 20)), first
    assert names(experiment_id, order_by=["tags.team ASC", "attributes.start_time DESC"], max_results=1) in (
        numbered(24),
        numbered(9),
    )
    assert names(experiment_id, order_by=["status DESC", "start_time DESC"], max_results=1) == numbered(23)


def pages(experiment_id):
    seen, token = [], None
    while True:
        page = client.search_runs([experiment_id], order_by=["metrics.score ASC"], max_results=7, page_token=token)
        seen += [it.info.run_name for it in page]
        token = page.token
        if not token:
            break
    assert seen == numbered(*range(COUNT))
    assert len(client.search_runs([experiment_id], max_results=COUNT)) == COUNT
    assert client.search_runs([client.create_experiment(unique("empty"))]) == []


def frames(experiment_id):
    frame = mlflow.search_runs([experiment_id], "metrics.score > 2.2", order_by=["metrics.score DESC"])
    assert list(frame["metrics.score"]) == [2.4, 2.3]
    assert list(frame["params.kind"]) == ["even", "odd"]
    assert list(frame["status"]) == ["FAILED", "FINISHED"]
    assert str(frame["start_time"].dt.tz) == "UTC"
    name = client.get_experiment(experiment_id).name
    assert len(mlflow.search_runs(experiment_names=[name], output_format="list")) == COUNT
    assert len(mlflow.search_runs([experiment_id], max_results=3)) == 3


def experiments():
    stem = unique("many")
    ids = [client.create_experiment(f"{stem}-{i}", tags={"group": stem, "rank": str(i)}) for i in range(7)]
    mine = f"name LIKE '{stem}%'"
    found = client.search_experiments(filter_string=mine)
    assert [it.experiment_id for it in found] == list(reversed(ids)), "the newest comes first"
    assert [it.name for it in client.search_experiments(filter_string=f"name = '{stem}-3'")] == [f"{stem}-3"]
    assert len(client.search_experiments(filter_string=f"name ILIKE '{stem.upper()}%'")) == 7
    tagged = client.search_experiments(filter_string=f"tags.group = '{stem}' AND tags.rank != '6'")
    assert len(tagged) == 6
    up = client.search_experiments(filter_string=mine, order_by=["name ASC"], max_results=3)
    assert [it.name for it in up] == [f"{stem}-{i}" for i in range(3)]
    rest = client.search_experiments(filter_string=mine, order_by=["name ASC"], page_token=up.token)
    assert [it.name for it in rest] == [f"{stem}-{i}" for i in range(3, 7)]
    assert not rest.token
    client.delete_experiment(ids[0])
    assert len(client.search_experiments(filter_string=mine)) == 6
    assert len(client.search_experiments(ViewType.DELETED_ONLY, filter_string=mine)) == 1
    assert len(client.search_experiments(ViewType.ALL, filter_string=mine)) == 7
    created = client.get_experiment(ids[3]).creation_time
    assert ids[3] in [
        it.experiment_id for it in client.search_experiments(filter_string=f"creation_time >= {created} AND {mine}")
    ]
    last = client.search_experiments(filter_string=mine, order_by=["last_update_time DESC", "experiment_id DESC"])
    assert {it.experiment_id for it in last} == set(ids[1:])
    # Across experiments.
    runs = [client.create_run(it, start_time=i + 1).info.run_id for i, it in enumerate(ids[1:4])]
    assert [it.info.run_id for it in client.search_runs(ids[1:4], order_by=["start_time ASC"])] == runs


experiment_id = prepare()
filters(experiment_id)
orders(experiment_id)
pages(experiment_id)
frames(experiment_id)
experiments()
print("ok")
