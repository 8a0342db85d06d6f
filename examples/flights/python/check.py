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
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq

WEATHER = ("temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib")
PLANE = ("year", "engines", "seats")
HOUR = timedelta(hours=1)


def main(data_dir: Path, training_set: Path, row_count: int, seed: int) -> None:
    table = pq.read_table(training_set)
    flights = grouped(pq.read_table(data_dir / "flights.parquet").to_pylist(), ("origin", "carrier", "tailnum"))
    weather = grouped(pq.read_table(data_dir / "weather.parquet").to_pylist(), ("origin",))
    planes = grouped(pq.read_table(data_dir / "planes.parquet").to_pylist(), ("tailnum",))
    names = [name for name in table.column_names if "__" in name]
    compared, differing = 0, []
    for number in sorted(random.Random(seed).sample(range(table.num_rows), row_count)):
        row = table.slice(number, 1).to_pylist()[0]
        expected = expected_row(row, flights, weather, planes)
        for name in names:
            compared += 1
            if row[name] != expected[name]:
                differing.append({"row": number, "feature": name, "is": row[name], "should": expected[name]})
    print(json.dumps({"rows": row_count, "values": compared, "differing": len(differing), "first": differing[:3]}, default=str))
    sys.exit(1 if differing else 0)


def grouped(rows: list[dict], keys: tuple[str, ...]) -> dict[str, dict[str, list[dict]]]:
    groups = {key: defaultdict(list) for key in keys}
    for row in rows:
        for key in keys:
            if row[key] is not None:
                groups[key][row[key]].append(row)
    return groups


def expected_row(row: dict, flights: dict, weather: dict, planes: dict) -> dict:
    cutoff = row["cutoff"] if row["cutoff"].tzinfo else row["cutoff"].replace(tzinfo=timezone.utc)
    values = {}
    observed = latest(weather["origin"][row["origin"]], cutoff, "time_hour", "knowledge_time", 6 * HOUR)
    values |= {f"weather__{name}": observed and observed[name] for name in WEATHER}
    values |= delays("airport_delays", flights["origin"][row["origin"]], cutoff)
    values |= delays("carrier_delays", flights["carrier"][row["carrier"]], cutoff)
    plane = latest(planes["tailnum"][row["tailnum"]], cutoff, "known_time", "known_time", None)
    values |= {f"plane__{name}": plane and plane[name] for name in PLANE}
    landed = latest(flights["tailnum"][row["tailnum"]], cutoff, "arrival_time", "arrival_time", 24 * HOUR)
    values["plane_arrival__arr_delay"] = landed and landed["arr_delay"]
    return values


def latest(rows: list[dict], cutoff: datetime, event: str, knowledge: str, ttl: timedelta | None) -> dict | None:
    """The latest row that had happened and was known at the cut-off, unless it was too old by then."""
    best = None
    for row in rows:
        if row[event] is None or row[event] > cutoff or row[knowledge] > cutoff:
            continue
        if best is None or (row[event], row[knowledge]) >= (best[event], best[knowledge]):
            best = row
    return None if best is None or (ttl is not None and cutoff - best[event] > ttl) else best


def delays(view: str, rows: list[dict], cutoff: datetime) -> dict:
    def within(candidates: list[dict], hours: int) -> list[dict]:
        start = cutoff - hours * HOUR
        return [it for it in candidates if it["arrival_time"] is not None and start < it["arrival_time"] <= cutoff]

    def mean(values: list) -> float | None:
        return None if not values else sum(values) / len(values)

    day = within(rows, 24)
    short = within(day, 3)
    return {
        f"{view}__landed_24h": len(day),
        f"{view}__mean_delay_24h": mean([it["arr_delay"] for it in day]),
        f"{view}__late_share_24h": mean([it["late"] for it in day]),
        f"{view}__late_share_3h": mean([it["late"] for it in short]),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
