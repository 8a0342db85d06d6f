"""Says which served values would have been others if the forgotten landings had been known, by plain loops over source rows.

    expect_skew.py FLIGHTS FORGOTTEN SERVED

FLIGHTS are all flights and FORGOTTEN those that were loaded late; SERVED has a line of JSON for each answer with the keys of
the question and its `cutoff`. Prints one line of JSON: of each feature that differs in any row, in how many.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq

from check import DAY, FLIGHT, flight_values, landings

KEYS = ("origin", "carrier", "tailnum")


def main(flights: Path, forgotten: Path, served: Path) -> None:
    late = set(pq.read_table(forgotten, columns=["flight_id"])["flight_id"].to_pylist())
    ids = 1 + len(FLIGHT)
    known = {key: landings(flights, key, ("flight_id",)) for key in KEYS}
    start = min(row[0] for rows in known["origin"].values() for row in rows if row[ids] in late)
    known = {key: {name: since(rows, start - 7 * DAY) for name, rows in groups.items()} for key, groups in known.items()}
    unknown = {
        key: {name: [row for row in rows if row[ids] not in late] for name, rows in groups.items()}
        for key, groups in known.items()
    }
    counts, differing, rows = Counter(), 0, 0
    for question in map(json.loads, served.read_text().splitlines()):
        rows += 1
        cutoff = round(datetime.fromisoformat(question["cutoff"].replace("Z", "+00:00")).timestamp()) * 1_000_000
        # What was asked before anything was forgotten, or of whose keys nothing was, cannot differ.
        lacks = [key for key in KEYS if len(known[key].get(question[key], ())) > len(unknown[key].get(question[key], ()))]
        if cutoff < start or not lacks:
            continue
        before, after = (flight_values(question, cutoff, it) for it in (unknown, known))
        changed = [name for name in after if before[name] != after[name]]
        counts.update(changed)
        differing += bool(changed)
    print(json.dumps({"rows": rows, "differing": differing, "features": counts}))


def since(rows: list[tuple], start: int) -> list[tuple]:
    """The landings that can be in a window together with one that was known at `start` plus its length."""
    return [row for row in rows if row[0] >= start]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
