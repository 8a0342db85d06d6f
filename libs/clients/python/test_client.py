"""Tests of the client against a running platform: `python test_client.py 127.0.0.1:9090`."""

import hashlib
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import grpc

from throughline.features.v1 import data_version_service_pb2 as data
from throughline.features.v1 import definition_service_pb2 as definition
from throughline.features.v1 import freshness_service_pb2 as freshness
from throughline.features.v1 import necessity_service_pb2 as necessity
from throughline.features.v1 import online_service_pb2 as online
from throughline.features.v1 import privacy_service_pb2 as privacy
from throughline.features.v1 import skew_service_pb2 as skew
from throughline.features.v1 import transform_service_pb2 as transform
from throughline.lineage.v1 import artifact_service_pb2
from throughline.tracking.v1 import dataset_service_pb2, experiment_pb2, run_pb2
from throughline.tracking.v1 import tracking_service_pb2 as tracking
from throughline.type.v1 import operation_pb2, value_pb2
from throughline_client import (
    OperationFailed,
    ThroughlineError,
    connect,
    download,
    drop_costs,
    proof_holds,
    row_digest,
    to_value,
    upload,
    wait,
)

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


def test_a_row_is_proven_from_its_values_to_the_digest_of_its_data_set():
    rows = [[number, number / 4, f"ü{number}"] for number in range(5)]
    with connect(TARGET) as connection, tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "rows.csv")
        table.write_text("a,b,c\n" + "".join(f"{a},{b:.2f},{c}\n" for a, b, c in rows))
        file_digest = upload(connection, table).digest
        made = connection.datasets.CreateDataset(
            dataset_service_pb2.CreateDatasetRequest(
                parent=connection.parent, dataset=dataset_service_pb2.TableDataset(file_digest=file_digest)
            )
        ).dataset
        for number, row in enumerate(rows):
            proof = connection.datasets.ProveRow(dataset_service_pb2.ProveRowRequest(name=made.name, row_number=number))
            assert proof.row_digest == row_digest(row) and proof_holds(proof, made.digest)
            assert not proof_holds(proof, file_digest)
            for field, value in (("row_number", (number + 1) % 5), ("row_count", 9), ("row_digest", row_digest([number]))):
                changed = dataset_service_pb2.ProveRowResponse()
                changed.CopyFrom(proof)
                setattr(changed, field, value)
                assert not proof_holds(changed, made.digest), field
            del proof.path[-1]
            assert not proof_holds(proof, made.digest)
    assert row_digest([-0.0, None, True]) == row_digest([0.0, None, True]) != row_digest([0, None, True])
    assert row_digest([b"ab"]) == row_digest([bytearray(b"ab")]) != row_digest([[97, 98]])


def test_every_service_of_the_feature_store_answers():
    with connect(TARGET) as connection:
        parent = connection.parent
        assert connection.freshness.GetFreshness(freshness.GetFreshnessRequest(parent=parent)).next_page_token == ""
        assert connection.data_versions.ListDataVersions(data.ListDataVersionsRequest(parent=parent, page_size=1))
        assert connection.transforms.ListTransformFits(transform.ListTransformFitsRequest(parent=parent, page_size=1))
        assert connection.necessity.ListNecessityReports(necessity.ListNecessityReportsRequest(parent=parent, page_size=1))
        assert connection.privacy.ListForgettings(privacy.ListForgettingsRequest(parent=parent, page_size=1))
        assert connection.skew.ListSkewReports(skew.ListSkewReportsRequest(parent=parent, page_size=1))
        plan = definition.ApplyDefinitionsRequest(parent=parent, dry_run=True, definitions=definition.Definitions())
        assert not connection.definitions.ApplyDefinitions(plan).changes
        with raises(ThroughlineError) as caught:
            connection.online.ReadColumns(online.ReadColumnsRequest(parent=parent, feature_service=f"{parent}/featureServices/none"))
        assert caught[0].code == grpc.StatusCode.NOT_FOUND


def test_what_training_without_a_feature_costs_is_measured_row_by_row():
    losses = {(): [1.0, 2.0, 3.0], ("a",): [2.0, 4.0, 3.0], ("b",): [1.0, 2.0, 3.0]}
    found = drop_costs(["a", "b"], lambda without: losses[tuple(without)])
    half = 1.959963984540054 / 3**0.5
    assert abs(found["a"].value - 1) < 1e-12 and abs(found["a"].low - (1 - half)) < 1e-12 and abs(found["a"].high - (1 + half)) < 1e-12
    assert (found["b"].value, found["b"].low, found["b"].high) == (0, 0, 0)
    with raises(ValueError):
        drop_costs(["c"], lambda without: [0.0] * (3 - len(without)))
    # One row says nothing about how far others scatter.
    with raises(ValueError):
        drop_costs(["c"], lambda without: [0.0])


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
