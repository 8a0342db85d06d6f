"""Computes rows of a training set anew by plain loops over the source rows, and compares every value.

    check.py DATA_DIR TRAINING_SET_PARQUET ROWS SEED

Shares nothing with the platform but the question: it reads the shipped source files, and for each of ROWS rows drawn
by SEED walks through all source rows of its keys. Prints one line of JSON; ends with status 1 if any value differs.

Values are compared exactly, but for quantiles of more than 512 values, which the platform states to be within 1 % of the
exact one.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WEATHER = ("temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
PLANE = ("year", "engines", "seats")
FLIGHT = ("arrival_time", "dep_delay", "arr_delay", "late", "tailnum", "dest")
# All instants are whole microseconds, so that the loops compare numbers.
HOUR = 3_600_000_000
DAY = 24 * HOUR
# A landing is reported, and so known, 15 minutes after it happened.
REPORTING = HOUR // 4


def main(data_dir: Path, training_set: Path, row_count: int, seed: int) -> None:
    table = pq.read_table(training_set)
    flights = data_dir / "flights.parquet"
    sources = {
        "origin": landings(flights, "origin"),
        "carrier": landings(flights, "carrier"),
        "tailnum": landings(flights, "tailnum"),
        "weather": grouped(data_dir / "weather.parquet", "origin", ("time_hour", "knowledge_time", *WEATHER)),
        "plane": grouped(data_dir / "planes.parquet", "tailnum", ("known_time", *PLANE)),
    }
    names = [name for name in table.column_names if "__" in name]
    compared, windows, differing = 0, 0, []
    for number in sorted(random.Random(seed).sample(range(table.num_rows), row_count)):
        row = table.slice(number, 1).to_pylist()[0]
        cutoff = table["cutoff"][number].cast(pa.timestamp("us")).value
        expected = expected_row(row, cutoff, sources)
        for name in names:
            compared += 1
            windows += "_delays__" in name
            if not agrees(row[name], expected[name]):
                differing.append({"row": number, "feature": name, "is": row[name], "should": str(expected[name])})
    counts = {"rows": row_count, "values": compared, "windows": windows, "differing": len(differing)}
    print(json.dumps(counts | {"first": differing[:3]}))
    sys.exit(1 if differing else 0)


class Near(float):
    """A value that the platform may be off by its stated accuracy."""


def agrees(value: object, expected: object) -> bool:
    if isinstance(expected, Near) and value is not None:
        return abs(value - expected) <= 0.01 * abs(expected)
    return value == expected


def landings(path: Path, key: str, more: tuple[str, ...] = ()) -> dict[str, list[tuple]]:
    """Each flight as (knowledge time, arrival time, ...), by the value of `key`. Those that never landed are left out."""
    groups = grouped(path, key, FLIGHT + more)
    return {
        name: [(row[0] + REPORTING, *row) for row in rows if row[0] is not None] for name, rows in groups.items()
    }


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
    weather = [(known, happened, *rest) for happened, known, *rest in sources["weather"][row["origin"]]]
    observed = latest(weather, cutoff, ttl=6 * HOUR)
    values = {f"weather__{name}": observed and observed[2 + i] for i, name in enumerate(WEATHER)}
    plane = latest([(known, known, *rest) for known, *rest in sources["plane"].get(row["tailnum"], [])], cutoff)
    values |= {f"plane__{name}": plane and plane[2 + i] for i, name in enumerate(PLANE)}
    return values | flight_values(row, cutoff, sources)


def flight_values(row: dict, cutoff: int, sources: dict) -> dict:
    """All features that come from flights."""
    values = delays("airport_delays", sources["origin"][row["origin"]], cutoff)
    values |= delays("carrier_delays", sources["carrier"][row["carrier"]], cutoff)
    of_plane = [] if row["tailnum"] is None else sources["tailnum"].get(row["tailnum"], [])
    landed = latest(of_plane, cutoff, ttl=DAY)
    values["plane_arrival__arr_delay"] = landed and landed[3]
    return values | plane_delays(of_plane, cutoff)


def latest(rows: list[tuple], cutoff: int, ttl: int | None = None) -> tuple | None:
    """The latest row that had happened and was known at the cut-off, unless it was too old by then.

    A row begins with its knowledge time and its event time; of equal ones the last row counts.
    """
    best = None
    for row in rows:
        if row[0] > cutoff or row[1] > cutoff:
            continue
        if best is None or (row[1], row[0]) >= (best[1], best[0]):
            best = row
    return None if best is None or (ttl is not None and cutoff - best[1] > ttl) else best


def within(rows: list[tuple], cutoff: int, length: int) -> list[tuple]:
    """The rows that became known in the window before the cut-off."""
    return [row for row in rows if cutoff - length < row[0] <= cutoff]


def delays(view: str, rows: list[tuple], cutoff: int) -> dict:
    """What a view of an airport or a carrier says of the flights that were reported as landed."""
    week = within(rows, cutoff, 7 * DAY)
    day, short, hour = within(week, cutoff, DAY), within(week, cutoff, 3 * HOUR), within(week, cutoff, HOUR)
    values = {
        "landed_1d": len(day),
        "dep_delay_mean_1h": mean([row[2] for row in hour]),
        "dep_delay_mean_1d": mean([row[2] for row in day]),
        "dep_delay_mean_7d": mean([row[2] for row in week]),
        "late_share_3h": mean([row[4] for row in short]),
        "late_share_1d": mean([row[4] for row in day]),
    }
    if view == "airport_delays":
        values["dep_delay_p90_1d"] = quantile([row[2] for row in day], 9, 10)
        values["planes_1d"] = len({row[5] for row in day if row[5] is not None})
    else:
        values["dep_delay_median_7d"] = quantile([row[2] for row in week], 1, 2)
    return {f"{view}__{name}": value for name, value in values.items()}


def plane_delays(rows: list[tuple], cutoff: int) -> dict:
    week = within(rows, cutoff, 7 * DAY)
    day = within(week, cutoff, DAY)
    last = max(enumerate(day), key=lambda it: (it[1][1], it[1][0], it[0]), default=None)
    values = {
        "landed_7d": len(week),
        "dep_delay_mean_1d": mean([row[2] for row in day]),
        "dep_delay_mean_7d": mean([row[2] for row in week]),
        "dep_delay_max_7d": max((row[2] for row in week), default=None),
        "arr_delay_last_1d": last and last[1][3],
        "destinations_7d": len({row[6] for row in week}),
    }
    return {f"plane_delays__{name}": value for name, value in values.items()}


def mean(values: list) -> float | None:
    return None if not values else sum(values) / len(values)


def quantile(values: list, numerator: int, denominator: int) -> float | None:
    """The least value that at least so large a share of the values are not above."""
    if not values:
        return None
    value = sorted(values)[max(0, math.ceil(numerator * len(values) / denominator) - 1)]
    return value if len(values) <= 512 else Near(value)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
