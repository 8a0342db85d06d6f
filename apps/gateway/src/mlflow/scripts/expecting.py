"""What the scripts of this folder expect of the server, said in few words."""

import contextlib
import time
import uuid

from mlflow.exceptions import MlflowException


def unique(name):
    """A name that no other run of the scripts has used on the same server."""
    return f"{name}-{uuid.uuid4().hex[:10]}"


@contextlib.contextmanager
def fails_with(*codes, saying=""):
    """The block must fail with one of the error codes, and its message must contain `saying`, whatever the case."""
    try:
        yield
    except MlflowException as error:
        assert error.error_code in codes, f"expected {codes}, got {error.error_code}: {error.message}"
        assert saying.lower() in str(error).lower(), f"expected {saying!r} in {error}"
        return
    raise AssertionError(f"expected {codes}, but nothing failed")


def now_ms():
    return int(time.time() * 1000)
