"""Calibrates predictions of flights, and measures on held-out flights how often intervals and sets hold what happened, by carrier.

    calibrate.py DATA_DIR [--grpc HOST:PORT --out DIR] [--alpha 0.1]

Three models learn from January to June: one gives the probability to be late, two give the 5 % and the 95 % quantile of the delay in minutes.
Of the flights from July on a half, taken by chance, calibrates; the other half is measured. With --grpc the calibrations are made by the platform of
rows that are uploaded, and must be the ones that are computed here; without, nothing else is needed. Last comes the harder question: July
and August calibrate, and September is measured, as it would be in service.

Prints a line for each carrier, and ends with 1 if the coverage of a carrier with a quantile of its own is not within 2 points of 1 - alpha and
not within three standard errors, which are more than that for carriers of fewer than 4,000 rows.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

SEED = 2013
# So many rows of a carrier have a quantile of their own.
GROUP_ROWS_LEAST = 100
# Within so much of 1 - alpha the coverage of a carrier has to be, or within three standard errors where rows are too few to tell.
BAND = 0.02
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
    wide = compared(arguments, answers, by_chance, ~by_chance, arguments.grpc)
    print("\nJuly and August calibrate, September is measured:")
    compared(arguments, answers, np.isin(answers["month"], (7, 8)), answers["month"] == 9, None)
    return 1 if wide else 0


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


def compared(arguments, answers, calibrating, measured, grpc) -> list[str]:
    """Prints coverage and size of sets and intervals by carrier, and gives the carriers that are out of the band."""
    alpha = arguments.alpha
    part = {name: it[calibrating] for name, it in answers.items()}
    asked = {name: it[measured] for name, it in answers.items()}
    sets = quantiles(label_scores(part)[np.arange(len(part["late"])), part["late"]], part["carrier"], alpha)
    intervals = quantiles(np.maximum(part["low"] - part["delay"], part["delay"] - part["high"]), part["carrier"], alpha)
    if grpc:
        check_platform(arguments, part, sets, intervals)
    q = lambda of: np.array([of.get(it, of[""]) for it in asked["carrier"]])  # noqa: E731
    chosen = label_scores(asked) <= q(sets)[:, None]
    in_set = chosen[np.arange(len(chosen)), asked["late"]]
    low, high = asked["low"] - q(intervals), asked["high"] + q(intervals)
    in_interval = (low <= asked["delay"]) & (asked["delay"] <= high)
    print("carrier  own quantile  calibrate  measured  error  sets: coverage  labels  empty   minutes: coverage  median width")
    out = []
    for carrier in ["", *sorted(set(asked["carrier"]))]:
        of = np.ones(len(chosen), bool) if carrier == "" else asked["carrier"] == carrier
        size, shares = chosen[of].sum(1), (in_set[of].mean(), in_interval[of].mean())
        rows = len(part["carrier"]) if carrier == "" else int((part["carrier"] == carrier).sum())
        own = carrier in sets
        # The calibration's own luck, and that of the rows that are measured.
        error = math.sqrt(alpha * (1 - alpha) * (1 / max(1, rows) + 1 / of.sum()))
        if own and any(abs(it - (1 - alpha)) > max(BAND, 3 * error) for it in shares):
            out.append(carrier or "all")
        print(
            f"{carrier or 'all':7}  {'yes' if own else 'of all':>12}  {rows:9}  {of.sum():8}  {error:.3f}  {shares[0]:14.4f}  {size.mean():6.3f}"
            f"  {(size == 0).mean():5.3f}   {shares[1]:17.4f}  {np.median((high - low)[of]):12.0f}"
        )
    print(f"out of {1 - alpha - BAND:.2f} to {1 - alpha + BAND:.2f}, and of three errors: {', '.join(out) or 'none'}")
    return out


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
    """The conformal quantile of all rows, and of each carrier with enough."""
    groups = {"": scores} | {it: scores[carriers == it] for it in set(carriers)}
    return {
        name: float(np.sort(it)[math.ceil((len(it) + 1) * (1 - alpha) - 1e-9) - 1])
        for name, it in groups.items()
        if name == "" or len(it) >= GROUP_ROWS_LEAST
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
                group_rows_least=GROUP_ROWS_LEAST,
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
