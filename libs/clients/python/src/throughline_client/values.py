"""Typed values of features, keys and labels."""

from __future__ import annotations

from datetime import datetime

from throughline.type.v1 import value_pb2


def to_value(value: None | bool | int | float | str | bytes | datetime) -> value_pb2.Value:
    """The value of the platform for one of Python: an int is an INT64, a float a FLOAT64, an aware datetime an instant."""
    if value is None:
        return value_pb2.Value()
    # A bool is an int in Python, and is asked for first.
    if isinstance(value, bool):
        return value_pb2.Value(bool_value=value)
    if isinstance(value, int):
        return value_pb2.Value(int64_value=value)
    if isinstance(value, float):
        return value_pb2.Value(float64_value=value)
    if isinstance(value, str):
        return value_pb2.Value(string_value=value)
    if isinstance(value, bytes):
        return value_pb2.Value(bytes_value=value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        result = value_pb2.Value()
        result.timestamp_value.FromDatetime(value)
        return result
    raise TypeError(f"{value!r} has no type of the platform; an instant needs a time zone")
