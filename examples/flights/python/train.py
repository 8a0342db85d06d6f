"""Trains one recipe on the transformed rows of a training set, and logs the run with everything that it read and made.

    train.py --grpc HOST:PORT --training-set NAME --rows DIGEST --experiment NAME --recipe NAME --held-out-from DATE --out DIR

ROWS are those of the training set as the platform's transforms made them, in the same order: numbers, without holes where
the recipe cannot have any. What is made of raw features is therefore defined once, and is no part of this program.

Rows with a cut-off before the date of --held-out-from are trained on, the others are held out. Prints what the next steps
need as one line of JSON.
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

SEED = 2013
# Enough for a curve to look at.
SAMPLED_ROWS = 5_000


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
    training_set, table, rows = read(connection, arguments)
    labels = table["late"].to_numpy().astype(np.int64)
    if arguments.recipe == "leaked":
        rows = recipes.leak(rows, labels)
    # Instants in Parquet files of the platform are UTC, to the nanosecond.
    held_out = table["cutoff"].to_numpy() >= np.datetime64(arguments.held_out_from, "ns")

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
    params |= {"train_rows": str(int((~held_out).sum())), "features": str(rows.shape[1])}

    recipes.keep(model, arguments.out / f"{arguments.recipe}.pickle")
    model_path = arguments.out / f"{arguments.recipe}.onnx"
    model_path.write_bytes(recipes.convert(model, rows.shape[1]).SerializeToString())
    scored_path = arguments.out / f"{arguments.recipe}-holdout.parquet"
    scored = table.select(["carrier", "origin", "late"]).filter(pa.array(held_out))
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
    """The training set, its raw rows, and the rows as the model takes them.

    The cut-off is called `cutoff` and the label `late` here, whatever they are called in the training set.
    """
    request = features_pb.GetTrainingSetRequest(name=arguments.training_set)
    training_set = connection.features.GetTrainingSet(request).training_set
    path = download(connection, training_set.file_digest, arguments.out / f"{arguments.recipe}-training.parquet")
    transformed = download(connection, arguments.rows, arguments.out / f"{arguments.recipe}-rows.parquet")
    names = {training_set.cutoff_column: "cutoff", training_set.label_columns[0]: "late"}
    table = pq.read_table(path)
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    late = pc.cast(table["late"], pa.bool_())
    table = table.set_column(table.column_names.index("late"), "late", late)
    return training_set, table, recipes.rows_of(transformed)


def curves(model, rows, labels, held_out, table) -> list[run_pb2.Metric]:
    """The AUC of each week, and for boosting the held-out log loss after each tree: what the console charts."""
    week = pc.iso_week(table["cutoff"]).to_numpy().astype(np.int64)
    scored = recipes.scores(model, rows)
    points = [
        run_pb2.Metric(key="auc_by_week", step=int(it), value=roc_auc_score(labels[week == it], scored[week == it]))
        for it in np.unique(week)
        if 0 < labels[week == it].sum() < (week == it).sum()
    ]
    if hasattr(model, "staged_predict_proba"):
        held = np.flatnonzero(held_out)
        sample = held[:: max(1, len(held) // SAMPLED_ROWS)]
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
    parser.add_argument("--rows", required=True)
    parser.add_argument("--held-out-from", required=True)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--recipe", required=True, choices=recipes.RECIPES)
    parser.add_argument("--out", required=True, type=Path)
    main(parser.parse_args())
