"""Long-running work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message

from throughline.type.v1 import operation_pb2
from throughline_client.connection import Connection

Result = TypeVar("Result", bound=Message)


class OperationFailed(Exception):
    """The work ended without a result. `reason` is stable."""

    def __init__(self, operation: operation_pb2.Operation) -> None:
        self.operation = operation
        self.reason = operation.error.reason
        super().__init__(f"{operation.name}: {operation.error.reason}: {operation.error.message}")


def wait(
    connection: Connection,
    operation: operation_pb2.Operation,
    result: type[Result],
    on_progress: Callable[[operation_pb2.Operation], None] = lambda _: None,
) -> Result:
    """Waits for an operation and returns its result, of the type that the method's comment names."""
    request = operation_pb2.WatchOperationRequest(name=operation.name)
    for answer in connection.operations.WatchOperation(request):
        operation = answer.operation
        on_progress(operation)
    if operation.state == operation_pb2.OPERATION_STATE_RUNNING:
        raise ConnectionError(f"the platform ended the watch of {operation.name} before the work ended: wait again")
    if operation.state != operation_pb2.OPERATION_STATE_SUCCEEDED:
        raise OperationFailed(operation)
    unpacked = result()
    if not operation.response.Unpack(unpacked):
        raise TypeError(f"{operation.name} answered {operation.response.type_url}, not {result.DESCRIPTOR.full_name}")
    return unpacked
