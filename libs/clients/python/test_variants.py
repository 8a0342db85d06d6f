"""Tests of the variants against a running platform: `python test_variants.py 127.0.0.1:9090`. Needs the packages of `[variants]`."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from throughline.lineage.v1 import artifact_pb2
from throughline.registry.v1 import gate_pb2, gate_service_pb2, model_pb2, registry_service_pb2
from throughline_client import ThroughlineError, connect, upload, variants

TARGET = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090"
WIDTH = 64
RANDOM = np.random.default_rng(7)
FIRST = RANDOM.normal(size=(WIDTH, 128)).astype(np.float32) / 8
SECOND = RANDOM.normal(size=(128, 1)).astype(np.float32) / 4
ROWS = {"x": RANDOM.normal(size=(4_000, WIDTH)).astype(np.float32)}


def model(first: np.ndarray = FIRST, second: np.ndarray = SECOND, inputs: str = "x") -> bytes:
    """Two layers that give a probability."""
    nodes = [
        helper.make_node("MatMul", [inputs, "first"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "second"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "two_layers",
        [helper.make_tensor_value_info(inputs, TensorProto.FLOAT, ["n", WIDTH])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return made.SerializeToString()


def scores(of: bytes) -> np.ndarray:
    return variants._session(of).run(["score"], ROWS)[0].ravel()


LABELS = (RANDOM.uniform(size=4_000) < scores(model())).astype(int).tolist()
SLICES = {"half": ["left" if i % 2 else "right" for i in range(4_000)]}


def student(rows, taught):
    """Least squares on the teacher's logits, as the last layer over its first one."""
    logits = np.log(taught / (1 - taught))
    hidden = np.maximum(rows["x"] @ FIRST[:, :32], 0)
    fitted, *_ = np.linalg.lstsq(hidden, logits, rcond=None)
    return model(FIRST[:, :32].copy(), fitted.astype(np.float32))


RECIPES = {
    "int8-dynamic": lambda it: variants.quantize_dynamic(it),
    "int8-static": lambda it: variants.quantize_static(it, ({"x": ROWS["x"][i : i + 100]} for i in range(0, 1_000, 100))),
    "pruned": lambda it: variants.prune(it, 0.5),
    "distilled": lambda it: variants.distill(it, ROWS, "score", student),
}


def test_recipes_change_what_they_should_and_little_else():
    original = model()
    made = {name: recipe(original) for name, recipe in RECIPES.items()}
    for name, variant in made.items():
        onnx.checker.check_model(onnx.load_model_from_string(variant))
        error = np.abs(scores(variant) - scores(original)).mean()
        assert 0 < error < (0.02 if name.startswith("int8") else 0.2), (name, error)
    assert len(made["int8-dynamic"]) < len(original) / 2
    weights = {it.name: numpy_helper.to_array(it) for it in onnx.load_model_from_string(made["pruned"]).graph.initializer}
    assert np.mean(weights["first"] == 0) == 0.5
    kept = weights["first"] != 0
    assert np.abs(FIRST[kept]).min() >= np.abs(FIRST[~kept]).max()
    assert np.array_equal(weights["first"][kept], FIRST[kept])
    assert variants.prune(original, 0) == original


def test_a_variant_is_registered_measured_and_held_back_by_what_it_loses():
    with connect(TARGET, actor="ada") as connection:
        name = f"{connection.parent}/models/{new_model(connection)}"
        parent = first_version(connection, name)
        children = {}
        for derivation, recipe in RECIPES.items():
            child = variants.register(connection, parent, recipe(model()), derivation)
            assert (child.derived_from, child.derivation) == (parent.name, derivation)
            found = variants.compare(
                connection, parent, child, rows=ROWS, labels=LABELS, output="score", slices=SLICES, timed_rows=50
            )
            children[derivation] = (child, found)
            assert [dict(it.key) for it in found.child.evaluation.slices] == [{}, {"half": "left"}, {"half": "right"}]
            assert found.largest_difference > 0
        small = children["int8-dynamic"][1]
        assert small.child.size_bytes < small.parent.size_bytes / 2
        gate = gate_pb2.Gate(
            name=f"{name}/gates/loses-little",
            targets=["aliases/champion"],
            baseline="derived_from",
            metric=gate_pb2.MetricCondition(metric="auc", greater_is_better=True, min_absolute_change=-0.005, measured_only=True),
        )
        connection.gates.SetGate(gate_service_pb2.SetGateRequest(gate=gate))
        for derivation, (child, found) in children.items():
            lost = auc(found.parent) - auc(found.child)
            request = gate_service_pb2.EvaluateGatesRequest(
                parent=connection.parent, subject=child.name, target="aliases/champion"
            )
            (result,) = connection.gates.EvaluateGates(request).report.results
            assert result.baseline == parent.name
            assert (result.state == gate_pb2.GATE_STATE_MET) == (lost <= 0.005), (derivation, lost, result.sentence)


def test_a_variant_that_callers_could_not_call_is_refused():
    with connect(TARGET, actor="ada") as connection:
        parent = first_version(connection, f"{connection.parent}/models/{new_model(connection)}")
        try:
            variants.register(connection, parent, model(inputs="z"), "pruned")
        except ThroughlineError as error:
            assert error.reason == "SIGNATURE_DIFFERS" and "version.derived_from" in error.fields
        else:
            raise AssertionError("it was registered")


def new_model(connection) -> str:
    model_id = f"variants-{RANDOM.integers(1 << 40):x}-{np.random.default_rng().integers(1 << 40):x}"
    connection.registry.CreateModel(registry_service_pb2.CreateModelRequest(parent=connection.parent, model_id=model_id))
    return model_id


def first_version(connection, name: str) -> model_pb2.ModelVersion:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(model())
        digest = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_MODEL).digest
    version = model_pb2.ModelVersion(digest=digest, format=model_pb2.MODEL_FORMAT_ONNX)
    request = registry_service_pb2.CreateModelVersionRequest(parent=name, version=version)
    return connection.registry.CreateModelVersion(request).version


def auc(measured: variants.Measured) -> float:
    return next(it.value for it in measured.evaluation.slices[0].metrics if it.name == "auc")


if __name__ == "__main__":
    tests = [it for name, it in sorted(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
        print(f"ok  {test.__name__}")
    print(f"{len(tests)} passed, 0 failed")
