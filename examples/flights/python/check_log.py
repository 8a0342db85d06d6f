"""Checks a training set that was made of the prediction log against what callers were answered.

    check_log.py TRAINING_SET_PARQUET SERVED FEATURES

SERVED has a line of JSON for each answer: `prediction`, `rowDigest`, `late`. FEATURES are the names of the features in the model's
order, separated by commas. The digest of each row is computed anew from the values in the file. Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from digests import merkle_root, row_digest


def main(training_set: Path, served: Path, features: list[str]) -> None:
    table = pq.read_table(training_set)
    answers = {it["prediction"]: it for it in map(json.loads, served.read_text().splitlines())}
    digests = list(digests_of(table.select(features)))
    asked = [answers[name] for name in table["prediction"].to_pylist()]
    labels = table["actual"].to_pylist()
    result = {
        "rows": table.num_rows,
        "equalDigests": sum(it["rowDigest"] == digest for it, digest in zip(asked, digests, strict=True)),
        "equalLabels": sum(it["late"] == bool(label) for it, label in zip(asked, labels, strict=True)),
        "rowsDigest": merkle_root(digests),
    }
    print(json.dumps(result))


def digests_of(table: pa.Table) -> Iterable[str]:
    kinds = [kind_of(it.type) for it in table.schema]
    columns = [whole(column).to_pylist() for column in table.columns]
    return (row_digest(row, kinds) for row in zip(*columns, strict=True))


def kind_of(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return {pa.float64(): "float64"}.get(kind, str(kind))


def whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants as whole nanoseconds, which Python's own have not."""
    if not pa.types.is_timestamp(column.type):
        return column
    return column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","))
