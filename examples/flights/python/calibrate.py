"""Calibrates predictions of flights, and measures on held-out flights how often intervals and sets hold what happened, by carrier.

    calibrate.py DATA_DIR [--grpc HOST:PORT --out DIR] [--alpha 0.1]

Three models learn from January to June: one gives the probability to be late, two give the 5 % and the 95 % quantile of the delay in minutes.
Of the flights from July on a half, taken by chance, calibrates; the other half is measured. With --grpc the calibrations are made by the platform of
rows that are uploaded, and must be the ones that are computed here; without, nothing else is needed. Last comes the harder question: July
and August calibrate, and September is measured, as it would be in service.

The claim: in each group the coverage is within 2 points of 1 - alpha. Which carriers are groups follows from numbers of rows alone, and is said before
anything is measured. With n rows to calibrate and n to measure, coverage has a standard error of sqrt(2 alpha (1 - alpha) / n) by luck alone; 2 points are
three of these errors from 4,050 rows on, so a carrier with that many is a group, and all smaller ones together are one more, `*`. The platform applies the
same rule as group_rows_least. Nothing can be claimed of each small carrier: these are printed too, with the interval that luck alone allows.

Prints a line for each group and each small carrier, and last a line of JSON with the coverage of sets and intervals by group. Ends with 1 if the coverage of a group is not within 2 points.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

SEED = 2013
# Within so much of 1 - alpha the coverage of a group has to be.
BAND = 0.02
# So many standard errors the band is to be wide: with some twenty figures, luck alone breaks it once in twenty runs at most.
ERRORS = 3
# The name of all carriers together that have too few rows.
SMALL = "*"
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
CATEGORIES = ("carrier", "origin", "dest")
LABELS = ("on time", "late")
TRAINED_MONTHS = 6


def main(arguments: argparse.Namespace) -> int:
    table = flights(arguments.data)
    month = table["month"].to_numpy()
    rows, kinds = features(table, arguments.data)
    late = table["late"].to_numpy(zero_copy_only=False).astype(np.int64)
    delay = table["arr_delay"].to_numpy().astype(np.float64)
    learned, held = month <= TRAINED_MONTHS, month > TRAINED_MONTHS
    settings = {"max_iter": 60, "learning_rate": 0.1, "categorical_features": kinds, "random_state": SEED}
    classifier = HistGradientBoostingClassifier(early_stopping=False, **settings).fit(rows[learned], late[learned])
    edges = [
        HistGradientBoostingRegressor(loss="quantile", quantile=q, early_stopping=False, **settings).fit(rows[learned], delay[learned])
        for q in (arguments.alpha / 2, 1 - arguments.alpha / 2)
    ]
    answers = {
        "carrier": np.array(table["carrier"].to_pylist())[held],
        "row_digest": np.array([f"flight:{it}" for it in table["flight_id"].to_pylist()])[held],
        "score": classifier.predict_proba(rows[held])[:, 1],
        "low": edges[0].predict(rows[held]),
        "high": edges[1].predict(rows[held]),
        "late": late[held],
        "delay": delay[held],
        "month": month[held],
    }
    by_chance = np.random.default_rng(SEED).random(len(answers["score"])) < 0.5
    print(f"{learned.sum()} flights learned from, {by_chance.sum()} calibrate, {(~by_chance).sum()} are measured")
    found = compared(arguments, answers, by_chance, ~by_chance, arguments.grpc)
    print("\nJuly and August calibrate, September is measured:")
    later = compared(arguments, answers, np.isin(answers["month"], (7, 8)), answers["month"] == 9, None)
    print(json.dumps({"groupRowsLeast": group_rows_least(arguments.alpha)} | found | {"later": later}))
    return 1 if found["out"] else 0


def group_rows_least(alpha: float) -> int:
    """From so many rows on, to calibrate and as many to measure, the band is as wide as the errors of luck are to be."""
    return math.ceil(2 * alpha * (1 - alpha) * (ERRORS / BAND) ** 2 - 1e-9)


def flights(data: Path) -> pa.Table:
    table = pq.read_table(data / "flights.parquet")
    return table.filter(pc.and_(pc.is_valid(table["late"]), pc.is_valid(table["arr_delay"])))


def features(table: pa.Table, data: Path) -> tuple[np.ndarray, list[bool]]:
    """What is known two hours before the departure: the schedule, and the weather of then at the airport."""
    weather = pq.read_table(data / "weather.parquet").select(["origin", "time_hour", *WEATHER])
    hour = pc.floor_temporal(pc.subtract(table["sched_departure_time"], pa.scalar(3 * 3_600 * 10**6, pa.duration("us"))), unit="hour")
    keys = {(o, t): i for i, (o, t) in enumerate(zip(weather["origin"].to_pylist(), weather["time_hour"].cast(pa.int64()).to_pylist()))}
    at = np.array([keys.get(it, -1) for it in zip(table["origin"].to_pylist(), hour.cast(pa.int64()).to_pylist())])
    seen = np.column_stack([np.append(weather[name].to_numpy(zero_copy_only=False), np.nan) for name in WEATHER])[at]
    duration = pc.subtract(table["sched_arrival_time"], table["sched_departure_time"]).cast(pa.int64()).to_numpy() / 6e7
    schedule = [table["hour"], table["distance"], pc.day_of_week(table["sched_departure_time"]), table["month"]]
    coded = []
    for name in CATEGORIES:
        values = table[name].to_pylist()
        counts = Counter(values)
        # By how often they come, the rare ones together: a category has at most 255 values.
        often = {it: min(i, 250) for i, it in enumerate(sorted(counts, key=lambda it: (-counts[it], it)))}
        coded.append(np.array([often[it] for it in values], float))
    columns = [*coded, *[it.to_numpy().astype(float) for it in schedule], duration, *seen.T]
    return np.column_stack(columns), [i < len(CATEGORIES) for i in range(len(columns))]


def compared(arguments, answers, calibrating, measured, grpc) -> dict:
    """Prints coverage and size of sets and intervals by group, and gives those of the groups, and which are out of the band."""
    alpha, least = arguments.alpha, group_rows_least(arguments.alpha)
    part = {name: it[calibrating] for name, it in answers.items()}
    asked = {name: it[measured] for name, it in answers.items()}
    sets = quantiles(label_scores(part)[np.arange(len(part["late"])), part["late"]], part["carrier"], alpha)
    intervals = quantiles(np.maximum(part["low"] - part["delay"], part["delay"] - part["high"]), part["carrier"], alpha)
    if grpc:
        check_platform(arguments, part, sets, intervals)
    rows = Counter(part["carrier"].tolist())
    group = {it: it if it in sets else SMALL if SMALL in sets else "" for it in set(asked["carrier"])}
    groups = np.array([group[it] for it in asked["carrier"]])
    q = lambda of: np.array([of[it] for it in groups])  # noqa: E731
    chosen = label_scores(asked) <= q(sets)[:, None]
    in_set = chosen[np.arange(len(chosen)), asked["late"]]
    low, high = asked["low"] - q(intervals), asked["high"] + q(intervals)
    in_interval = (low <= asked["delay"]) & (asked["delay"] <= high)
    small = sorted(it for it, of in group.items() if of != it)
    print(f"Groups: carriers of {least} calibration rows or more, and all others ({', '.join(small) or 'none'}) as {SMALL}.")
    print("group     calibrate  measured  luck (95 %)      sets: coverage  labels  empty   minutes: coverage  median width")
    out, claims = [], {}
    for name, of in [
        ("all", np.ones(len(chosen), bool)),
        *((it, groups == it) for it in sorted(set(group.values()))),
        *((f"  of {SMALL}: {it}", asked["carrier"] == it) for it in small),
    ]:
        size, shares = chosen[of].sum(1), (in_set[of].mean(), in_interval[of].mean())
        calibrated = rows.total() if name == "all" else sum(n for it, n in rows.items() if it == name or name == SMALL and it in small)
        calibrated = calibrated or rows[name[-2:]]
        claimed = not name.startswith(" ") and min(calibrated, of.sum()) >= least
        # The calibration's own luck, and that of the rows that are measured. Within a group of several carriers it is not luck alone.
        error = 1.96 * math.sqrt(alpha * (1 - alpha) * (1 / max(1, calibrated) + 1 / of.sum()))
        if claimed:
            sets_in, minutes_in = (round(float(it), 4) for it in shares)
            claims[name] = {"calibrate": calibrated, "measured": int(of.sum()), "luck": round(error, 4), "sets": sets_in, "minutes": minutes_in}
        if claimed and any(abs(it - (1 - alpha)) > BAND for it in shares):
            out.append(name)
        print(
            f"{name:9}  {calibrated:8}  {of.sum():8}  {1 - alpha - error:.3f} to {min(1, 1 - alpha + error):.3f}  {shares[0]:14.4f}  {size.mean():6.3f}"
            f"  {(size == 0).mean():5.3f}   {shares[1]:17.4f}  {np.median((high - low)[of]):12.0f}{'' if claimed else '   nothing is claimed'}"
        )
    print(f"Groups out of {1 - alpha - BAND:.2f} to {1 - alpha + BAND:.2f}: {', '.join(out) or 'none'}")
    return {"coverage": claims, "out": out}


def label_scores(of) -> np.ndarray:
    """The scores of both labels: the probability above it, and a share of its own that the row's digest decides."""
    p = np.column_stack([1 - of["score"], of["score"]])
    u = np.array([uniform(it) for it in of["row_digest"]])[:, None]
    above = np.where(p < p[:, ::-1], p[:, ::-1], 0)
    # Of equal probabilities the first label comes first.
    above[:, 1] = np.where(p[:, 0] == p[:, 1], p[:, 0], above[:, 1])
    return above + u * p


def uniform(digest: str) -> float:
    return int.from_bytes(hashlib.sha256(f"conformal|{digest}".encode()).digest()[:6], "big") / 2**48


def quantiles(scores: np.ndarray, carriers: np.ndarray, alpha: float) -> dict[str, float]:
    """The conformal quantile of all rows, of each carrier with enough, and of the other carriers together."""
    least, rows = group_rows_least(alpha), Counter(carriers.tolist())
    own = np.array([it if rows[it] >= least else SMALL for it in carriers])
    groups = {"": scores} | {it: scores[own == it] for it in set(own)}
    return {
        name: float(np.sort(it)[math.ceil((len(it) + 1) * (1 - alpha) - 1e-9) - 1])
        for name, it in groups.items()
        if name == "" or len(it) >= least
    }


def check_platform(arguments, part, sets, intervals) -> None:
    """Has the platform make both calibrations of the same rows, and compares every quantile."""
    from throughline.lineage.v1 import artifact_pb2
    from throughline.registry.v1 import calibration_service_pb2 as pb
    from throughline_client import connect, upload

    path = arguments.out / "calibration-rows.parquet"
    pq.write_table(pa.table({name: pa.array(it) for name, it in part.items()}), path)
    with connect(arguments.grpc, actor="flights-calibration") as connection:
        digest = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_DATASET).digest
        for method, columns, actual, labels, expected in (
            (pb.CALIBRATION_METHOD_ADAPTIVE_SET, ["score"], "late", LABELS, sets),
            (pb.CALIBRATION_METHOD_QUANTILE_REGRESSION, ["low", "high"], "delay", (), intervals),
        ):
            settings = pb.CalibrationSettings(
                method=method,
                alpha=arguments.alpha,
                group_field="carrier",
                group_rows_least=group_rows_least(arguments.alpha),
                labels=labels,
                randomized=bool(labels),
                allows_empty=bool(labels),
            )
            table = pb.CalibrationTable(digest=digest, prediction_columns=columns, actual_column=actual, group_column="carrier")
            request = pb.CreateCalibrationRequest(parent=connection.parent, settings=settings, table=table)
            made = connection.calibrations.CreateCalibration(request).calibration
            found = {"": made.all.quantile} | {it.group: it.quantile for it in made.groups}
            apart = max(abs(found[name] - it) for name, it in expected.items())
            if found.keys() != expected.keys() or apart > 1e-12:
                raise SystemExit(f"the platform's quantiles differ: {found} instead of {expected}")
            print(f"{made.name}: {len(found)} quantiles, {apart} from those computed here")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--grpc")
    parser.add_argument("--out", type=Path, default=Path("."))
    parser.add_argument("--alpha", type=float, default=0.1)
    raise SystemExit(main(parser.parse_args()))
