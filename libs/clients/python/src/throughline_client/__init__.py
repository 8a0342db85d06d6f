"""Client of Throughline: the generated stubs of every service, and what everybody needs around them."""

from throughline_client.artifacts import download, upload
from throughline_client.connection import Connection, connect
from throughline_client.errors import ThroughlineError
from throughline_client.necessity import drop_costs
from throughline_client.operations import OperationFailed, wait
from throughline_client.proofs import proof_holds, row_digest
from throughline_client.values import to_value

__all__ = [
    "Connection",
    "OperationFailed",
    "ThroughlineError",
    "connect",
    "download",
    "drop_costs",
    "proof_holds",
    "row_digest",
    "to_value",
    "upload",
    "wait",
]
