"""Makes the questions of the demonstration: which flights to predict, as of which instant, and what came of them.

    prepare.py DATA_DIR OUT_DIR

Writes `spine.parquet` (the flights of January to August, to train on) and `september.ndjson` (the flights of September,
to be asked for one by one, in the order in which the questions come up).

The question is asked two hours before the scheduled departure. Everything that is only known later stays out: a spine
row holds keys, the cut-off, what the schedule says, and the label.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LEAD = timedelta(hours=2)


def main(data_dir: Path, out_dir: Path) -> None:
    flights = pq.read_table(data_dir / "flights.parquet")
    # A flight that never arrived was neither late nor on time: it has no label to train on or to be judged by.
    flights = flights.filter(pc.is_valid(flights["late"]))
    questions = as_questions(flights)
    month = flights["month"]
    spine = questions.filter(pc.less_equal(month, 8)).sort_by([("cutoff", "ascending"), ("flight_id", "ascending")])
    pq.write_table(spine, out_dir / "spine.parquet", compression="zstd")
    september = questions.filter(pc.equal(month, 9)).sort_by([("cutoff", "ascending"), ("flight_id", "ascending")])
    with (out_dir / "september.ndjson").open("w", encoding="utf-8") as file:
        for row in september.to_pylist():
            file.write(json.dumps(row | {"cutoff": row["cutoff"].isoformat().replace("+00:00", "Z")}) + "\n")
    print(json.dumps({"spineRows": spine.num_rows, "septemberRows": september.num_rows}))


def as_questions(flights: pa.Table) -> pa.Table:
    departure = flights["sched_departure_time"]
    duration = pc.divide(pc.cast(pc.subtract(flights["sched_arrival_time"], departure), pa.int64()), 60_000_000)
    day = pc.strptime(
        pc.binary_join_element_wise(
            *[pc.utf8_lpad(pc.cast(flights[name], pa.string()), width, "0") for name, width in DATE], "-"
        ),
        format="%Y-%m-%d",
        unit="s",
    )
    number = lambda array: pc.cast(array, pa.float64())  # noqa: E731
    return pa.table(
        {
            "flight_id": flights["flight_id"],
            "origin": flights["origin"],
            "carrier": flights["carrier"],
            "tailnum": flights["tailnum"],
            "dest": flights["dest"],
            "cutoff": pc.subtract(departure, pa.scalar(LEAD, pa.duration("us"))),
            "sched_hour": pc.add(number(flights["hour"]), pc.divide(number(flights["minute"]), 60.0)),
            "day_of_week": number(pc.day_of_week(day)),
            "month": number(flights["month"]),
            "distance_miles": number(flights["distance"]),
            "sched_duration_minutes": number(duration),
            "late": flights["late"],
        }
    )


DATE = (("year", 4), ("month", 2), ("day", 2))

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
