"""Searches for good parameters with two workers that know nothing of each other, and shows what the study found.

python example_study.py 127.0.0.1:9090
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from throughline.tracking.v1 import experiment_pb2, study_pb2, tracking_service_pb2
from throughline.tracking.v1 import study_service_pb2 as messages
from throughline.tracking.v1.study_service_pb2_grpc import StudyServiceStub
from throughline_client import Connection, connect

SPACE = [
    study_pb2.Parameter(name="rate", float_range=study_pb2.FloatRange(min=1e-4, max=1, log=True)),
    study_pb2.Parameter(name="layers", int_range=study_pb2.IntRange(min=1, max=4)),
]


def main() -> None:
    with connect(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090") as connection:
        studies = StudyServiceStub(connection.channel)
        study = create(connection, studies)
        with ThreadPoolExecutor(2) as workers:
            list(workers.map(lambda worker: work(studies, study, worker), ["one", "two"]))
        result = studies.GetStudyResult(messages.GetStudyResultRequest(name=study))
        best = result.best_trials[0]
        print(f"best {best.values[0]:.4f} with rate {best.params['rate'].float_value:.4f}, run {best.run}")
        for it in result.importances:
            print(f"importance of {it.parameter}: {it.importance:.2f}")


def create(connection: Connection, studies: StudyServiceStub) -> str:
    title = f"Python study {datetime.now(timezone.utc).isoformat()}"
    experiment = connection.tracking.CreateExperiment(
        tracking_service_pb2.CreateExperimentRequest(
            parent=connection.parent, experiment=experiment_pb2.Experiment(display_name=title)
        )
    ).experiment
    objective = study_pb2.Objective(metric="loss", direction=study_pb2.DIRECTION_MINIMIZE)
    pruner = study_pb2.Pruner(median=study_pb2.MedianPruner())
    study = study_pb2.Study(
        display_name=title, experiment=experiment.name, space=SPACE, objectives=[objective], pruner=pruner, trials_max=40
    )
    return studies.CreateStudy(messages.CreateStudyRequest(parent=connection.parent, study=study)).study.name


def work(studies: StudyServiceStub, study: str, worker: str) -> None:
    """Asks, tries and tells twenty times."""
    for _ in range(20):
        trial = studies.AskTrials(messages.AskTrialsRequest(study=study, worker=worker)).trials[0]
        told = messages.TellTrialRequest(name=trial.name, state=study_pb2.TRIAL_STATE_COMPLETE)
        for epoch in range(5):
            loss = attempt(trial.params["rate"].float_value, trial.params["layers"].int_value, epoch)
            report = messages.ReportTrialRequest(name=trial.name, step=epoch, value=loss)
            if studies.ReportTrial(report).should_prune:
                told.state = study_pb2.TRIAL_STATE_PRUNED
                break
        else:
            told.values.append(loss)
        studies.TellTrial(told)


def attempt(rate: float, layers: int, epoch: int) -> float:
    """Stands for an epoch of training."""
    return abs(rate - 0.03) + 0.05 * abs(layers - 3) + 1 / (epoch + 1)


if __name__ == "__main__":
    main()
