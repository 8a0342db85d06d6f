"""The row digest once more, independent of the TypeScript: writes and checks row-digest.vectors.json.

    python3 row_digest_vectors.py           write the file
    python3 row_digest_vectors.py --check   compare the file with what this script computes

A float64 stands in the file as the 16 hexadecimal digits of its bits, most significant first, because JSON has no NaN and
readers differ on -0; an int64 and a timestamp as decimal text, because many readers know only doubles.
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

FILE = Path(__file__).with_name("row-digest.vectors.json")
NAN = 0x7FF8000000000000


def encode(value: dict) -> bytes:
    ((kind, content),) = value.items()
    if kind == "null":
        return b"\x00"
    if kind == "bool":
        return b"\x01" + (b"\x01" if content else b"\x00")
    if kind == "int64":
        return b"\x02" + struct.pack("<q", int(content))
    if kind == "float64":
        return b"\x03" + struct.pack("<Q", normal_bits(int(content, 16)))
    if kind == "string":
        return counted(b"\x04", content.encode("utf-8"))
    if kind == "bytes":
        return counted(b"\x05", bytes.fromhex(content))
    if kind == "timestamp":
        return b"\x06" + struct.pack("<q", int(content))
    if kind == "list":
        return b"\x07" + struct.pack("<I", len(content)) + b"".join(encode(item) for item in content)
    raise ValueError(f"unknown kind {kind}")


def normal_bits(bits: int) -> int:
    """One NaN for all, and no negative zero."""
    exponent, fraction = bits >> 52 & 0x7FF, bits & (1 << 52) - 1
    if exponent == 0x7FF and fraction != 0:
        return NAN
    return 0 if bits == 1 << 63 else bits


def counted(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<I", len(content)) + content


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def root(leaves: list) -> bytes:
    """RFC 6962 section 2.1 as it is written there: split at the largest power of two below the count."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:]))


def real(number: float) -> dict:
    return {"float64": struct.pack(">d", number).hex()}


def whole(number: int) -> dict:
    return {"int64": str(number)}


NULL = {"null": None}
ROWS = {
    "no values": [],
    "null": [NULL],
    "false and true": [{"bool": False}, {"bool": True}],
    "whole numbers and their limits": [whole(n) for n in (0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63))],
    "real numbers and their limits": [real(n) for n in (0.5, -1.0, 5e-324, 1.7976931348623157e308)],
    "zero": [real(0.0)],
    "negative zero is zero": [real(-0.0)],
    "the infinities": [real(float("inf")), real(float("-inf"))],
    "NaN": [{"float64": "7ff8000000000000"}],
    "a NaN with a sign and a payload is the same": [{"float64": "fff0000000000001"}],
    "the whole 1": [whole(1)],
    "the real 1": [real(1.0)],
    "the text 1": [{"string": "1"}],
    "the timestamp 1": [{"timestamp": "1"}],
    "empty text, bytes and list differ": [{"string": ""}, {"bytes": ""}, {"list": []}],
    "text outside of ASCII": [{"string": "Zürich €"}, {"string": "\U0001F600"}, {"string": "\u0000"}],
    "composed and decomposed text differ": [{"string": "\u00e9"}, {"string": "e\u0301"}],
    "bytes": [{"bytes": "00ff80"}],
    "timestamps before and after 1970": [{"timestamp": "-1"}, {"timestamp": "1363159800000000001"}],
    "one list of two": [{"list": [whole(1), whole(2)]}],
    "two lists of one": [{"list": [whole(1)]}, {"list": [whole(2)]}],
    "a list in a list, with null": [{"list": [{"list": [NULL, real(-0.0)]}, {"string": "x"}]}],
    "a row of flights": [
        {"string": "EWR"}, {"string": "UA"}, whole(1545), real(39.02), NULL, {"timestamp": "1357035300000000000"},
        {"bool": False},
    ],
}  # fmt: skip
DATA_SETS = (0, 1, 2, 3, 4, 5, 7, 8, 13)


def vectors() -> dict:
    rows = [
        {"name": name, "values": values, "bytes": content.hex(), "digest": f"sha256:{sha256(content).hex()}"}
        for name, values, content in ((name, it, b"".join(map(encode, it))) for name, it in ROWS.items())
    ]
    digests = [bytes.fromhex(row["digest"].removeprefix("sha256:")) for row in rows]
    return {
        "rows": rows,
        "data_sets": [{"first_rows": n, "root": f"sha256:{root(digests[:n]).hex()}"} for n in DATA_SETS],
    }


if __name__ == "__main__":
    if "--check" not in sys.argv:
        FILE.write_text(json.dumps(vectors(), indent=2, ensure_ascii=True) + "\n", encoding="utf-8")
    elif json.loads(FILE.read_text(encoding="utf-8")) != vectors():
        sys.exit(f"{FILE.name} differs from what this script computes")
