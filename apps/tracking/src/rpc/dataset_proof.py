"""Checks a proof of DatasetService.ProveRow from the values of a row, independent of the TypeScript.

    python3 dataset_proof.py FOLDER < proof.json

FOLDER has row_digest_vectors.py, which knows the canonical bytes of a row. The input is
{"row": [values as in row-digest.vectors.json], "row_number": n, "row_count": n, "path": [digests], "dataset_digest": digest}.
Exits with 0 and writes the digest of the row if the proof leads to the data set (RFC 9162 section 2.1.3.2), else with 1.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])
from row_digest_vectors import encode, sha256  # noqa: E402


def content(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))


def root(leaf: bytes, number: int, count: int, path: list) -> bytes:
    position, last, node = number, count - 1, sha256(b"\x00" + leaf)
    for sibling in map(content, path):
        if last == 0:
            sys.exit("the path is too long")
        if position & 1 or position == last:
            node = sha256(b"\x01" + sibling + node)
            while position != 0 and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        sys.exit("the path is too short")
    return node


proof = json.load(sys.stdin)
row = sha256(b"".join(map(encode, proof["row"])))
if root(row, proof["row_number"], proof["row_count"], proof["path"]) != content(proof["dataset_digest"]):
    sys.exit("the proof does not lead to the data set")
print(f"sha256:{row.hex()}")
