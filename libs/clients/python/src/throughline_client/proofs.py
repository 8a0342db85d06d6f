"""Checks that a row is in a data set, without trusting the platform: from the row's values to the digest that the caller knows."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Union

from throughline.tracking.v1 import dataset_service_pb2

RowValue = Union[None, bool, int, float, str, bytes, datetime, Sequence["RowValue"]]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def row_digest(values: Sequence[RowValue]) -> str:
    """The canonical digest of a row, its values in the order of the columns.

    The types count: `1` is a whole number (int64), `1.0` a real one (float64). A datetime has to say its time zone.
    """
    return f"sha256:{_sha256(b''.join(map(_encoded, values))).hex()}"


def proof_holds(proof: dataset_service_pb2.ProveRowResponse, dataset_digest: str) -> bool:
    """Whether the proof leads from its row to the data set of this digest (RFC 9162, section 2.1.3.2).

    Give the digest that you know the data set by, and compare `proof.row_digest` with `row_digest` of the values that you expect.
    """
    position, last = proof.row_number, proof.row_count - 1
    if not 0 <= position <= last:
        return False
    node = _sha256(b"\x00" + _content(proof.row_digest))
    for sibling in map(_content, proof.path):
        if last == 0:
            return False
        if position & 1 or position == last:
            node = _sha256(b"\x01" + sibling + node)
            while position != 0 and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = _sha256(b"\x01" + node + sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and f"sha256:{node.hex()}" == dataset_digest


def _encoded(value: RowValue) -> bytes:
    if value is None:
        return b"\x00"
    if isinstance(value, bool):
        return b"\x01\x01" if value else b"\x01\x00"
    if isinstance(value, int):
        return b"\x02" + struct.pack("<q", value)
    if isinstance(value, float):
        # One NaN for all, and no negative zero.
        return b"\x03" + struct.pack("<d", math.nan if math.isnan(value) else value + 0.0)
    if isinstance(value, str):
        return _counted(b"\x04", value.encode())
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _counted(b"\x05", bytes(value))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime has to say its time zone, such as datetime(..., tzinfo=timezone.utc)")
        since = value - _EPOCH
        seconds = since.days * 86_400 + since.seconds
        return b"\x06" + struct.pack("<q", seconds * 1_000_000_000 + since.microseconds * 1_000)
    return b"\x07" + struct.pack("<I", len(value)) + b"".join(map(_encoded, value))


def _counted(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<I", len(content)) + content


def _content(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
