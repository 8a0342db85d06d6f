"""Makes a Feast repository in the working folder: an SQLite online store with the views that the cases ask for."""
from datetime import timedelta

import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Bool, Float64, Int64, String

with open("feature_store.yaml", "w") as settings:
    settings.write(
        "project: default\n"
        "registry: registry.db\n"
        "provider: local\n"
        "online_store: {type: sqlite, path: online.db}\n"
        "entity_key_serialization_version: 3\n"
    )

start = pd.Timestamp("2026-01-01", tz="UTC")
pd.DataFrame(
    {"item_id": [0], "at": [start], "price": [0.0], "stock": [0], "label": [""], "open": [True]}
).to_parquet("prices.parquet")
pd.DataFrame({"shop_id": [""], "at": [start], "rating": [0.0], "price": [0.0]}).to_parquet("shops.parquet")

item = Entity(name="item", join_keys=["item_id"], value_type=ValueType.INT64)
shop = Entity(name="shop", join_keys=["shop_id"], value_type=ValueType.STRING)
prices = FeatureView(
    name="prices",
    entities=[item],
    ttl=timedelta(days=1),
    schema=[
        Field(name="item_id", dtype=Int64),
        Field(name="price", dtype=Float64),
        Field(name="stock", dtype=Int64),
        Field(name="label", dtype=String),
        Field(name="open", dtype=Bool),
    ],
    source=PushSource(
        name="prices", batch_source=FileSource(name="price_file", path="prices.parquet", timestamp_field="at")
    ),
)
shops = FeatureView(
    name="shops",
    entities=[shop],
    ttl=timedelta(0),
    schema=[
        Field(name="shop_id", dtype=String),
        Field(name="rating", dtype=Float64),
        Field(name="price", dtype=Float64),
    ],
    source=PushSource(
        name="shops", batch_source=FileSource(name="shop_file", path="shops.parquet", timestamp_field="at")
    ),
)
ranking = FeatureService(name="ranking", features=[prices[["price", "stock"]], shops[["rating"]]])

FeatureStore(repo_path=".").apply([item, shop, prices, shops, ranking])
print("ok")
