"""Logs a run with one metric, reads it back, and shows how a refused request says what was wrong.

python example.py 127.0.0.1:9090
"""

import sys
from datetime import datetime, timezone

from throughline.tracking.v1 import experiment_pb2, run_pb2
from throughline.tracking.v1 import tracking_service_pb2 as messages
from throughline_client import Connection, ThroughlineError, connect


def main() -> None:
    with connect(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090") as connection:
        name = log_run(connection)
        for metric in connection.tracking.GetRun(messages.GetRunRequest(name=name)).run.metrics:
            print(f"read {metric.key} {metric.value:g} at step {metric.step}")
        try:
            connection.tracking.ListRuns(messages.ListRunsRequest(parent=connection.parent, page_size=-1))
        except ThroughlineError as refusal:
            print(f"refused {refusal.code.name} {refusal.reason}")
            for field, description in refusal.fields.items():
                print(f"field {field}: {description}")
        else:
            raise AssertionError("the wrong request was not refused")


def log_run(connection: Connection) -> str:
    """Creates an experiment and a run with one metric, and returns the name of the run."""
    title = f"Python example {datetime.now(timezone.utc).isoformat()}"
    experiment = connection.tracking.CreateExperiment(
        messages.CreateExperimentRequest(
            parent=connection.parent, experiment=experiment_pb2.Experiment(display_name=title)
        )
    ).experiment
    run = connection.tracking.CreateRun(
        messages.CreateRunRequest(
            parent=connection.parent, run=run_pb2.Run(experiment=experiment.name, display_name="first")
        )
    ).run
    connection.tracking.LogBatch(
        messages.LogBatchRequest(run=run.name, metrics=[run_pb2.Metric(key="auc", value=0.75, step=3)])
    )
    print(f"logged {run.name}")
    return run.name


if __name__ == "__main__":
    main()
