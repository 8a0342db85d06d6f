"""Fits an outlier gate to the rows of a training set: `gate.py FILE RATE COLUMN...`.

Prints mean, inverse covariance and the limit of the squared Mahalanobis distance which the given share of the rows exceeds, as one line
of JSON. Missing values count as the mean, as the platform counts them. The covariance is shrunk as Ledoit and Wolf do
(doi:10.1016/S0047-259X(03)00096-4), so that its inverse exists.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.covariance import LedoitWolf


def main(path: str, rate: float, columns: list[str]) -> None:
    table = pq.read_table(path, columns=columns)
    rows = np.column_stack([pc.cast(table[name], "float64").to_numpy() for name in columns])
    mean = np.nanmean(rows, axis=0)
    rows = np.where(np.isnan(rows), mean, rows)
    fitted = LedoitWolf().fit(rows)
    centred = rows - mean
    inverse = (fitted.precision_ + fitted.precision_.T) / 2
    distances = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    limit = float(np.quantile(distances, 1 - rate))
    found = {"mean": mean.tolist(), "inverseCovariance": inverse.ravel().tolist(), "limit": limit}
    print(json.dumps(found | {"share": float(np.mean(distances > limit)), "rows": len(rows)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
