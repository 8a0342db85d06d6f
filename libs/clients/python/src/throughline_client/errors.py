"""Failures with the stable reason that the platform gives."""

from __future__ import annotations

import collections
from collections.abc import Sequence

import grpc
from google.rpc import error_details_pb2, status_pb2


class ThroughlineError(Exception):
    """A call that failed. Branch on `reason`, which never changes, and not on the text."""

    def __init__(self, error: grpc.RpcError) -> None:
        self.code: grpc.StatusCode = error.code()
        self.message: str = error.details() or ""
        self.reason = ""
        self.metadata: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._read(status_pb2.Status.FromString(value))
        super().__init__(f"{self.reason or self.code.name}: {self.message}")

    def _read(self, status: status_pb2.Status) -> None:
        info = error_details_pb2.ErrorInfo()
        request = error_details_pb2.BadRequest()
        for detail in status.details:
            if detail.Unpack(info):
                self.reason = info.reason
                self.metadata = dict(info.metadata)
            if detail.Unpack(request):
                self.fields = {it.field: it.description for it in request.field_violations}


class _Details(
    collections.namedtuple("_Details", ("method", "timeout", "metadata", "credentials", "wait_for_ready", "compression")),
    grpc.ClientCallDetails,
):
    """What grpc asks interceptors to hand on."""


class Translating(
    grpc.UnaryUnaryClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Sends `metadata` with every call, gives unary calls a deadline, and raises ThroughlineError."""

    closed = False
    """Set once the channel is closed: grpcio ends the whole process at a call on a closed channel."""

    def __init__(self, metadata: Sequence[tuple[str, str]], deadline_s: float) -> None:
        self._metadata = list(metadata)
        self._deadline_s = deadline_s

    def _complete(self, details: grpc.ClientCallDetails, timeout: float | None) -> _Details:
        if self.closed:
            raise ValueError("the connection is closed")
        return _Details(
            details.method,
            timeout,
            [*(details.metadata or ()), *self._metadata],
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )

    def _unary(self, proceed, details, request):
        timeout = self._deadline_s if details.timeout is None else details.timeout
        call = proceed(self._complete(details, timeout), request)
        error = call.exception()
        if isinstance(error, grpc.RpcError):
            raise ThroughlineError(error) from error
        # A mistake in the call itself, which never left.
        if error is not None:
            raise error
        return call

    def intercept_unary_unary(self, proceed, details, request):
        return self._unary(proceed, details, request)

    def intercept_stream_unary(self, proceed, details, requests):
        return self._unary(proceed, details, requests)

    def intercept_unary_stream(self, proceed, details, request):
        return _iterate(proceed(self._complete(details, details.timeout), request))

    def intercept_stream_stream(self, proceed, details, requests):
        return _iterate(proceed(self._complete(details, details.timeout), requests))


def _iterate(call):
    try:
        yield from call
    except grpc.RpcError as error:
        raise ThroughlineError(error) from error
    finally:
        call.cancel()
