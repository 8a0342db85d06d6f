"""Digests of rows as the platform defines them, written anew from their description: SHA-256 over canonical bytes.

A value is one byte that says its type and then its content, little-endian; a data set is the root of the Merkle tree (RFC
6962, section 2.1) over the digests of its rows, in their order.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from hashlib import sha256

NULL, BOOL, INT64, FLOAT64, STRING, TIMESTAMP = 0, 1, 2, 3, 4, 6


def row_digest(row: Iterable[object], types: Iterable[str]) -> str:
    """Digest of a row. Types are `bool`, `int64`, `float64`, `string` and `timestamp`, in whole nanoseconds since 1970 UTC."""
    content = b"".join(value_bytes(value, kind) for value, kind in zip(row, types, strict=True))
    return f"sha256:{sha256(content).hexdigest()}"


def value_bytes(value: object, kind: str) -> bytes:
    if value is None:
        return bytes([NULL])
    if kind == "bool":
        return bytes([BOOL, value])
    if kind == "timestamp":
        return struct.pack("<Bq", TIMESTAMP, value)
    if kind == "int64":
        return struct.pack("<Bq", INT64, value)
    if kind == "float64":
        return number_bytes(value)
    if kind == "string":
        text = value.encode()
        return struct.pack("<BI", STRING, len(text)) + text
    raise ValueError(f"a row of features has no {kind}")


def number_bytes(value: float) -> bytes:
    """There is one zero, and one value that is no number."""
    if math.isnan(value):
        return struct.pack("<BQ", FLOAT64, 0x7FF8000000000000)
    return struct.pack("<Bd", FLOAT64, value + 0.0)


def merkle_root(digests: Iterable[str]) -> str:
    level = [sha256(b"\0" + bytes.fromhex(it.removeprefix("sha256:"))).digest() for it in digests]
    if not level:
        return f"sha256:{sha256().hexdigest()}"
    # A node without a neighbour goes up as it is: the left tree of every pair is then the greatest full one.
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2])
        level = [sha256(b"\1" + left + right).digest() for left, right in pairs] + level[len(level) // 2 * 2 :]
    return f"sha256:{level[0].hex()}"
