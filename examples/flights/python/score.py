"""Scores transformed rows with the model that scikit-learn trained, and compares with what was served.

    score.py SPINE ROWS MODEL SERVED

SPINE has the flight of each row, ROWS are the rows as the platform's transforms made them, MODEL was kept by train.py of this
run, and SERVED has a line of JSON for each answer: `flight_id`, `score`, `rowDigest`. Prints one line of JSON: how far the
scores are apart at most, and the Merkle root over the digests of the served vectors in the order of the spine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import recipes
from digests import merkle_root


def main(spine: Path, rows: Path, model: Path, served: Path) -> None:
    answers = {it["flight_id"]: it for it in map(json.loads, served.read_text().splitlines())}
    flights = pq.read_table(spine, columns=["flight_id"])["flight_id"].to_pylist()
    scores = recipes.scores(recipes.kept(model), recipes.rows_of(rows))
    served_scores = np.array([answers[it]["score"] for it in flights])
    result = {
        "rows": len(flights),
        "differenceMax": float(np.abs(scores - served_scores).max()),
        "servedRowsDigest": merkle_root(answers[it]["rowDigest"] for it in flights),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))
