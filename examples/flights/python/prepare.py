"""Makes the questions of the demonstration: which flights to predict, as of which instant, and what came of them.

    prepare.py DATA_DIR OUT_DIR

Writes

- `spine.parquet`: the flights of January to August, to train on;
- `september.ndjson`: the flights of September, to be asked for one by one, in the order in which the questions come up,
  and `last-days.parquet`: those of its last ten days as a spine;
- `landed.parquet`: the flights that are loaded at first, and `forgotten.parquet`: a few landings of September that a
  carrier forgets to send. They are loaded when the month is over, and say when they were known then.

The question is asked two hours before the scheduled departure. Everything that is only known later stays out: a spine
row holds keys, the cut-off, what the schedule says, and the label.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LEAD = timedelta(hours=2)
REPORTING = timedelta(minutes=15)
LAST_DAYS_FROM = 21
# Landings of one carrier out of one airport within four hours.
FORGOTTEN = {"carrier": "B6", "origin": "JFK", "from": datetime(2013, 9, 24, 15, tzinfo=timezone.utc), "hours": 4}


def main(data_dir: Path, out_dir: Path) -> None:
    flights = pq.read_table(data_dir / "flights.parquet")
    forgotten = pc.fill_null(is_forgotten(flights), False)
    pq.write_table(flights.filter(pc.invert(forgotten)), out_dir / "landed.parquet", compression="zstd")
    pq.write_table(flights.filter(forgotten), out_dir / "forgotten.parquet", compression="zstd")
    # A flight that never arrived was neither late nor on time: it has no label to train on or to be judged by.
    flights = flights.filter(pc.is_valid(flights["late"]))
    questions = as_questions(flights)
    month = flights["month"]
    spine = questions.filter(pc.less_equal(month, 8)).sort_by([("cutoff", "ascending"), ("flight_id", "ascending")])
    pq.write_table(spine.drop_columns("known"), out_dir / "spine.parquet", compression="zstd")
    september = questions.filter(pc.equal(month, 9)).sort_by([("cutoff", "ascending"), ("flight_id", "ascending")])
    last_days = september.drop_columns("known").filter(pc.greater_equal(pc.day(september["cutoff"]), LAST_DAYS_FROM))
    pq.write_table(last_days, out_dir / "last-days.parquet", compression="zstd")
    with (out_dir / "september.ndjson").open("w", encoding="utf-8") as file:
        for row in september.to_pylist():
            file.write(json.dumps({name: as_json(value) for name, value in row.items()}) + "\n")
    rows = {"spineRows": spine.num_rows, "septemberRows": september.num_rows}
    print(json.dumps(rows | {"forgottenRows": int(pc.sum(forgotten).as_py())}))


def is_forgotten(flights: pa.Table) -> pa.ChunkedArray:
    arrival = flights["arrival_time"]
    start = pa.scalar(FORGOTTEN["from"], arrival.type)
    end = pa.scalar(FORGOTTEN["from"] + timedelta(hours=FORGOTTEN["hours"]), arrival.type)
    whose = pc.and_(*[pc.equal(flights[name], FORGOTTEN[name]) for name in ("carrier", "origin")])
    return pc.and_(whose, pc.and_(pc.greater_equal(arrival, start), pc.less(arrival, end)))


def as_json(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def as_questions(flights: pa.Table) -> pa.Table:
    departure = flights["sched_departure_time"]
    duration = pc.divide(pc.cast(pc.subtract(flights["sched_arrival_time"], departure), pa.int64()), 60_000_000)
    # The wall clocks at the airport, written as if they were UTC: it is their hour that matters for delays.
    clock = [pc.utf8_lpad(pc.cast(flights[name], pa.string()), width, "0") for name, width in CLOCK]
    departs_local = pc.strptime(pc.binary_join_element_wise(*clock, "-"), format="%Y-%m-%d-%H-%M", unit="us")
    number = lambda array: pc.cast(array, pa.float64())  # noqa: E731
    return pa.table(
        {
            "flight_id": flights["flight_id"],
            "origin": flights["origin"],
            "carrier": flights["carrier"],
            "tailnum": flights["tailnum"],
            "dest": flights["dest"],
            "cutoff": pc.subtract(departure, pa.scalar(LEAD, pa.duration("us"))),
            "departs_local": pc.assume_timezone(departs_local, "UTC"),
            "distance_miles": number(flights["distance"]),
            "sched_duration_minutes": number(duration),
            "late": flights["late"],
            # When it is known what came of it: 15 minutes after the arrival.
            "known": pc.add(flights["arrival_time"], pa.scalar(REPORTING, pa.duration("us"))),
        }
    )


CLOCK = (("year", 4), ("month", 2), ("day", 2), ("hour", 2), ("minute", 2))

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
