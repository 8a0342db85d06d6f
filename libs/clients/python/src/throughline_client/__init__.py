"""Client of Throughline: the generated stubs of every service, and what everybody needs around them."""

from throughline_client.artifacts import download, upload
from throughline_client.connection import Connection, connect
from throughline_client.errors import ThroughlineError
from throughline_client.operations import OperationFailed, wait
from throughline_client.values import to_value

__all__ = ["Connection", "OperationFailed", "ThroughlineError", "connect", "download", "to_value", "upload", "wait"]
