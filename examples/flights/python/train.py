"""Trains one recipe on a training set of the platform, and logs the run with everything that it read and made.

    train.py --grpc HOST:PORT --training-set NAME --experiment NAME --recipe logistic|boosting --out DIR

The rows of January to June are trained on, those of July and August are held out. Prints what the next steps need as
one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.metrics import log_loss, roc_auc_score

import recipes
from throughline.features.v1 import feature_store_service_pb2 as features_pb
from throughline.lineage.v1 import artifact_pb2
from throughline.tracking.v1 import run_pb2, tracking_service_pb2 as tracking_pb
from throughline_client import Connection, connect, download, upload

# Instants in Parquet files of the platform are UTC, to the nanosecond.
HELD_OUT_FROM = np.datetime64("2013-07-01T00:00:00", "ns")
SEED = 2013


def main(arguments: argparse.Namespace) -> None:
    arguments.out.mkdir(parents=True, exist_ok=True)
    with connect(arguments.grpc, actor="flights-training") as connection:
        request = tracking_pb.CreateRunRequest(
            parent=connection.parent,
            run=run_pb2.Run(experiment=arguments.experiment, display_name=f"{arguments.recipe} model"),
        )
        run = connection.tracking.CreateRun(request).run
        try:
            result = train(connection, run.name, arguments)
        except BaseException:
            finish(connection, run.name, run_pb2.RUN_STATE_FAILED)
            raise
        finish(connection, run.name, run_pb2.RUN_STATE_FINISHED)
    print(json.dumps({"run": run.name} | result))


def train(connection: Connection, run: str, arguments: argparse.Namespace) -> dict:
    training_set, columns, table = read(connection, arguments)
    rows = np.column_stack([as_float32(table[name]) for name in columns])
    labels = table["late"].to_numpy(zero_copy_only=False).astype(np.int64)
    held_out = table["cutoff"].to_numpy() >= HELD_OUT_FROM

    model, params = recipes.build(arguments.recipe, SEED)
    start = time.monotonic()
    model.fit(rows[~held_out], labels[~held_out])
    seconds = time.monotonic() - start

    points = curves(model, rows, labels, held_out, table)
    score = recipes.scores(model, rows[held_out])
    final = {
        "train_auc": roc_auc_score(labels[~held_out], recipes.scores(model, rows[~held_out])),
        "holdout_auc": roc_auc_score(labels[held_out], score),
        "holdout_log_loss": log_loss(labels[held_out], score),
        "train_seconds": seconds,
    }
    points += [run_pb2.Metric(key=key, value=value) for key, value in final.items()]
    params |= {"train_rows": str(int((~held_out).sum())), "features": str(len(columns))}

    model_path = arguments.out / f"{arguments.recipe}.onnx"
    model_path.write_bytes(recipes.convert(model, len(columns)).SerializeToString())
    scored_path = arguments.out / f"{arguments.recipe}-holdout.parquet"
    scored = table.select(["flight_id", "carrier", "origin", "late"]).filter(pa.array(held_out))
    pq.write_table(scored.append_column("score", pa.array(score.astype(np.float64))), scored_path, compression="zstd")
    model_artifact = upload(connection, model_path, kind=artifact_pb2.ARTIFACT_KIND_MODEL)
    scored_artifact = upload(connection, scored_path, kind=artifact_pb2.ARTIFACT_KIND_DATASET)
    connection.tracking.LogBatch(
        tracking_pb.LogBatchRequest(
            run=run,
            metrics=points,
            params=params,
            datasets=[
                run_pb2.DatasetInput(
                    context="training",
                    dataset=run_pb2.Dataset(
                        digest=training_set.digest,
                        display_name=training_set.name,
                        row_count=training_set.row_count,
                    ),
                )
            ],
            artifacts=[
                run_pb2.RunArtifact(path="model/model.onnx", digest=model_artifact.digest),
                run_pb2.RunArtifact(path="evaluation/holdout.parquet", digest=scored_artifact.digest),
            ],
        )
    )
    return {"modelDigest": model_artifact.digest, "holdoutDigest": scored_artifact.digest, "metrics": final}


def read(connection: Connection, arguments: argparse.Namespace):
    """The training set, its features in the model's order, and its rows."""
    request = features_pb.GetTrainingSetRequest(name=arguments.training_set)
    training_set = connection.features.GetTrainingSet(request).training_set
    service = connection.features.GetFeatureService(
        features_pb.GetFeatureServiceRequest(
            name=training_set.feature_service, version=training_set.feature_service_version
        )
    ).feature_service
    path = download(connection, training_set.file_digest, arguments.out / f"{arguments.recipe}-training.parquet")
    return training_set, list(service.features), pq.read_table(path)


def as_float32(column: pa.ChunkedArray) -> np.ndarray:
    """The values as the server puts them into the model's input: a missing one is NaN."""
    return pc.fill_null(pc.cast(column, pa.float64()), float("nan")).to_numpy().astype(np.float32)


def curves(model, rows, labels, held_out, table) -> list[run_pb2.Metric]:
    """The AUC of each month, and for boosting the held-out log loss after each tree: what the console charts."""
    month = table["month"].to_numpy().astype(np.int64)
    scored = recipes.scores(model, rows)
    points = [
        run_pb2.Metric(key="auc_by_month", step=int(it), value=roc_auc_score(labels[month == it], scored[month == it]))
        for it in np.unique(month)
    ]
    if hasattr(model, "staged_predict_proba"):
        sample = np.flatnonzero(held_out)[::10]
        for step, probabilities in enumerate(model.staged_predict_proba(rows[sample]), start=1):
            loss = log_loss(labels[sample], probabilities[:, 1])
            points.append(run_pb2.Metric(key="holdout_log_loss_by_tree", step=step, value=loss))
    return points


def finish(connection: Connection, run: str, state: run_pb2.RunState) -> None:
    request = tracking_pb.UpdateRunRequest(run=run_pb2.Run(name=run, state=state))
    request.update_mask.paths.append("state")
    connection.tracking.UpdateRun(request)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--grpc", required=True)
    parser.add_argument("--training-set", required=True)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--recipe", required=True, choices=recipes.RECIPES)
    parser.add_argument("--out", required=True, type=Path)
    main(parser.parse_args())
