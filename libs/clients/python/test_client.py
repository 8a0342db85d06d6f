"""Tests of the client against a running platform: `python test_client.py 127.0.0.1:9090`."""

import hashlib
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import grpc

from throughline.lineage.v1 import artifact_service_pb2
from throughline.tracking.v1 import experiment_pb2, run_pb2
from throughline.tracking.v1 import tracking_service_pb2 as tracking
from throughline.type.v1 import operation_pb2, value_pb2
from throughline_client import OperationFailed, ThroughlineError, connect, download, to_value, upload, wait

TARGET = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090"


@contextmanager
def raises(kind):
    """Fails unless the block raises an error of this kind; yields a list that then holds it."""
    caught = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    else:
        raise AssertionError(f"{kind.__name__} was not raised")


def test_bytes_come_back_as_they_went():
    for size in (0, 1, 512 * 1024, 3 * 1024 * 1024 + 7):
        with connect(TARGET) as connection, tempfile.TemporaryDirectory() as folder:
            source, copy = Path(folder, "source"), Path(folder, "copy")
            content = (b"throughline" * (size // 11 + 1))[:size]
            source.write_bytes(content)
            artifact = upload(connection, source, media_type="text/plain")
            assert artifact.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
            assert artifact.size_bytes == size and artifact.media_type == "text/plain"
            assert download(connection, artifact.digest, copy) == copy
            assert copy.read_bytes() == content
            assert sorted(it.name for it in Path(folder).iterdir()) == ["copy", "source"]


def test_a_download_that_fails_leaves_no_file():
    with connect(TARGET) as connection, tempfile.TemporaryDirectory() as folder:
        with raises(ThroughlineError) as caught:
            download(connection, f"sha256:{'0' * 64}", Path(folder, "copy"))
        assert caught[0].code == grpc.StatusCode.NOT_FOUND and caught[0].reason != ""
        assert list(Path(folder).iterdir()) == []


def test_bytes_that_are_not_the_declared_ones_are_refused():
    with connect(TARGET) as connection:
        declaration = artifact_service_pb2.UploadDeclaration(parent=connection.parent, digest=f"sha256:{'0' * 64}", kind=1)
        request = artifact_service_pb2.UploadArtifactRequest
        with raises(ThroughlineError) as caught:
            connection.artifacts.UploadArtifact(iter([request(declaration=declaration), request(data=b"other")]))
        assert caught[0].reason == "DIGEST_MISMATCH"
        assert caught[0].code == grpc.StatusCode.INVALID_ARGUMENT


def test_errors_carry_the_reason_the_metadata_and_the_fields():
    with connect(TARGET) as connection:
        name = f"{connection.parent}/runs/absent"
        with raises(ThroughlineError) as absent:
            connection.tracking.GetRun(tracking.GetRunRequest(name=name))
        assert absent[0].code == grpc.StatusCode.NOT_FOUND
        assert name in absent[0].metadata.values() and absent[0].reason in str(absent[0])
        with raises(ThroughlineError) as wrong:
            connection.tracking.ListRuns(tracking.ListRunsRequest(parent="nonsense", page_size=-1))
        assert wrong[0].reason == "INVALID_FIELD"
        assert sorted(wrong[0].fields) == ["page_size", "parent"]


def test_errors_of_streams_are_translated_too():
    with connect(TARGET) as connection:
        with raises(ThroughlineError) as caught:
            list(connection.tracking.WatchRun(tracking.WatchRunRequest(name="projects/default/runs/absent")))
        assert caught[0].code == grpc.StatusCode.NOT_FOUND
        with raises(ThroughlineError):
            wait(connection, operation_pb2.Operation(name="projects/default/operations/registry.absent"), value_pb2.Value)


def test_the_actor_stands_in_the_history():
    with connect(TARGET, actor="ada") as connection:
        experiment = connection.tracking.CreateExperiment(
            tracking.CreateExperimentRequest(
                parent=connection.parent, experiment=experiment_pb2.Experiment(display_name=f"actors {time.time_ns()}")
            )
        ).experiment
        request = tracking.CreateRunRequest(parent=connection.parent, run=run_pb2.Run(experiment=experiment.name))
        assert connection.tracking.CreateRun(request).run.actor == "ada"


def test_a_deadline_that_has_passed_counts():
    with connect(TARGET) as connection:
        with raises(ThroughlineError) as caught:
            connection.tracking.ListRuns(tracking.ListRunsRequest(parent=connection.parent), timeout=-1)
        assert caught[0].code == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_call_on_a_closed_connection_says_so():
    connection = connect(TARGET)
    connection.close()
    with raises(ValueError) as caught:
        connection.tracking.ListRuns(tracking.ListRunsRequest(parent=connection.parent))
    assert "closed" in str(caught[0])


def test_a_token_goes_nowhere_without_tls_but_to_this_machine():
    for target in ("example.com:9090", "127.example.com:9090", "10.0.0.1:9090", "dns:///127.0.0.1:9090"):
        with raises(ValueError):
            connect(target, token="secret")
    for target in ("127.0.0.1:9090", "127.8.8.8:9090", "localhost:9090", "[::1]:9090"):
        connect(target, token="secret").close()


def test_the_open_inference_protocol_is_there_for_those_who_ask():
    with connect(TARGET) as connection:
        from inference.open_inference_pb2 import ServerLiveRequest

        assert connection.open_inference.ServerLive(ServerLiveRequest()).live


def test_an_operation_without_a_result_raises_its_reason():
    error = operation_pb2.OperationError(reason="NO_ROWS", message="there are no rows")
    failed = OperationFailed(operation_pb2.Operation(name="projects/p/operations/x.1", error=error))
    assert failed.reason == "NO_ROWS" and "there are no rows" in str(failed)


def test_values_keep_their_type():
    kinds = [(True, "bool_value"), (1, "int64_value"), (1.0, "float64_value"), ("a", "string_value"), (b"a", "bytes_value")]
    for value, kind in kinds:
        assert to_value(value).WhichOneof("kind") == kind
        assert getattr(to_value(value), kind) == value
    assert to_value(None).WhichOneof("kind") is None
    instant = datetime(2013, 9, 1, 12, 30, 0, 250_000, timezone.utc)
    assert to_value(instant).timestamp_value.ToDatetime(timezone.utc) == instant
    for wrong in (datetime(2013, 9, 1), object()):
        with raises(TypeError):
            to_value(wrong)
    with raises(ValueError):
        to_value(2**63)


if __name__ == "__main__":
    tests = [it for name, it in list(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
    print(f"{len(tests)} passed")
