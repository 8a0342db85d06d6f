"""A Feast repository for the bench, in the working folder.

repository.py data ROWS                         one row for each entity: online.parquet, the same for all that are measured
repository.py apply sqlite|redis HOST:PORT      the repository, with its definitions applied
repository.py materialize                       prints the seconds that it took to bring the file online
"""
import sys
import time
from datetime import datetime, timedelta, timezone

FEATURES = 10
HOUR_AGO = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)


def data(rows):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = np.arange(rows, dtype=np.int64)
    at = np.full(rows, int(HOUR_AGO.timestamp() * 1e6)).astype("datetime64[us]")
    columns = {"entity_id": ids, "event_timestamp": pa.array(at, pa.timestamp("us", tz="UTC"))}
    # The value of feature j of entity i, which the bench computes too.
    columns |= {f"f{j}": ((ids * (2 * j + 3) + j) % 1000003) / 1000003.0 for j in range(FEATURES)}
    pq.write_table(pa.table(columns), "online.parquet")


def apply(kind, address):
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
    from feast.types import Float64

    online = "{type: sqlite, path: online.db}" if kind == "sqlite" else f'{{type: redis, connection_string: "{address}"}}'
    with open("feature_store.yaml", "w") as settings:
        settings.write(
            "project: default\nregistry: registry.db\nprovider: local\n"
            f"online_store: {online}\noffline_store: {{type: file}}\nentity_key_serialization_version: 3\n"
        )
    item = Entity(name="item", join_keys=["entity_id"], value_type=ValueType.INT64)
    view = FeatureView(
        name="online",
        entities=[item],
        ttl=timedelta(days=365),
        schema=[Field(name=f"f{j}", dtype=Float64) for j in range(FEATURES)],
        source=FileSource(name="online_file", path="../online.parquet", timestamp_field="event_timestamp"),
    )
    FeatureStore(repo_path=".").apply([item, view])


def materialize():
    from feast import FeatureStore

    store = FeatureStore(repo_path=".")
    start = time.perf_counter()
    store.materialize(HOUR_AGO - timedelta(days=1), datetime.now(timezone.utc), feature_views=["online"])
    print(f"seconds {time.perf_counter() - start}")


if sys.argv[1] == "data":
    data(int(sys.argv[2]))
elif sys.argv[1] == "apply":
    apply(sys.argv[2], sys.argv[3])
else:
    materialize()
