"""Computes rows of a training set anew by plain loops over the source rows, and compares every value.

    check.py DATA_DIR TRAINING_SET_PARQUET ROWS SEED

Shares nothing with the platform but the question: it reads the shipped source files, and for each of ROWS rows drawn
by SEED walks through all source rows of its keys. Prints one line of JSON; ends with status 1 if any value differs.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WEATHER = ("temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
PLANE = ("year", "engines", "seats")
# All instants are whole microseconds, so that the loops compare numbers.
HOUR = 3_600_000_000


def main(data_dir: Path, training_set: Path, row_count: int, seed: int) -> None:
    table = pq.read_table(training_set)
    flights = ("arrival_time", "arr_delay", "late")
    sources = {
        "origin": grouped(data_dir / "flights.parquet", "origin", flights),
        "carrier": grouped(data_dir / "flights.parquet", "carrier", flights),
        "tailnum": grouped(data_dir / "flights.parquet", "tailnum", flights),
        "weather": grouped(data_dir / "weather.parquet", "origin", ("time_hour", "knowledge_time", *WEATHER)),
        "plane": grouped(data_dir / "planes.parquet", "tailnum", ("known_time", *PLANE)),
    }
    names = [name for name in table.column_names if "__" in name]
    compared, differing = 0, []
    for number in sorted(random.Random(seed).sample(range(table.num_rows), row_count)):
        row = table.slice(number, 1).to_pylist()[0]
        cutoff = table["cutoff"][number].cast(pa.timestamp("us")).value
        expected = expected_row(row, cutoff, sources)
        for name in names:
            compared += 1
            if row[name] != expected[name]:
                differing.append({"row": number, "feature": name, "is": row[name], "should": expected[name]})
    print(json.dumps({"rows": row_count, "values": compared, "differing": len(differing), "first": differing[:3]}))
    sys.exit(1 if differing else 0)


def grouped(path: Path, key: str, columns: tuple[str, ...]) -> dict[str, list[tuple]]:
    """The rows of a file as tuples of `columns`, in file order, by the value of `key`."""
    table = pq.read_table(path, columns=list(dict.fromkeys([key, *columns])))
    values = [instants(table[name]) for name in columns]
    groups = defaultdict(list)
    for name, *row in zip(table[key].to_pylist(), *values, strict=True):
        groups[name].append(tuple(row))
    return groups


def instants(column: pa.ChunkedArray) -> list:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return column.to_pylist()


def expected_row(row: dict, cutoff: int, sources: dict) -> dict:
    values = {}
    observed = latest(sources["weather"][row["origin"]], cutoff, knowledge=1, ttl=6 * HOUR)
    values |= {f"weather__{name}": observed and observed[2 + i] for i, name in enumerate(WEATHER)}
    values |= delays("airport_delays", sources["origin"][row["origin"]], cutoff)
    values |= delays("carrier_delays", sources["carrier"][row["carrier"]], cutoff)
    plane = latest(sources["plane"][row["tailnum"]], cutoff, knowledge=0, ttl=None)
    values |= {f"plane__{name}": plane and plane[1 + i] for i, name in enumerate(PLANE)}
    landed = latest(sources["tailnum"][row["tailnum"]], cutoff, knowledge=0, ttl=24 * HOUR)
    values["plane_arrival__arr_delay"] = landed and landed[1]
    return values


def latest(rows: list[tuple], cutoff: int, knowledge: int, ttl: int | None) -> tuple | None:
    """The latest row that had happened and was known at the cut-off, unless it was too old by then.

    The event time stands first in a row, the knowledge time at `knowledge`; of equal ones the last row counts.
    """
    best = None
    for row in rows:
        if row[0] is None or row[0] > cutoff or row[knowledge] > cutoff:
            continue
        if best is None or (row[0], row[knowledge]) >= (best[0], best[knowledge]):
            best = row
    return None if best is None or (ttl is not None and cutoff - best[0] > ttl) else best


def delays(view: str, rows: list[tuple], cutoff: int) -> dict:
    """Counts and means over the flights that landed within a day and within three hours."""
    start = cutoff - 24 * HOUR
    day = [row for row in rows if row[0] is not None and start < row[0] <= cutoff]
    short = [row for row in day if cutoff - 3 * HOUR < row[0]]
    return {
        f"{view}__landed_24h": len(day),
        f"{view}__mean_delay_24h": mean([row[1] for row in day]),
        f"{view}__late_share_24h": mean([row[2] for row in day]),
        f"{view}__late_share_3h": mean([row[2] for row in short]),
    }


def mean(values: list) -> float | None:
    return None if not values else sum(values) / len(values)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
