"""Variants of a model: what answers the same and costs less, registered as a child version with what it loses and gains.

Needs the packages of `pip install throughline-client[variants]`. The recipes take and give the bytes of ONNX models; `register` makes a
version of the bytes that names its parent, and `compare` measures parent and child on the same rows and tells the registry, so
that a gate with the baseline `derived_from` can hold a variant back that loses too much.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
from onnxruntime import quantization
from onnxruntime.quantization import shape_inference

from throughline.lineage.v1 import artifact_pb2
from throughline.registry.v1 import gate_pb2, gate_service_pb2, model_pb2, registry_service_pb2
from throughline.validation.v1 import evaluation_pb2, validation_service_pb2
from throughline_client.artifacts import download, upload
from throughline_client.connection import Connection
from throughline_client.operations import wait

Tensors = Mapping[str, np.ndarray]


def quantize_dynamic(model: bytes) -> bytes:
    """Weights as 8-bit integers; activations are quantised at each run, by their own range (`int8-dynamic`)."""
    return _quantized(model, lambda source, target: quantization.quantize_dynamic(source, target))


def quantize_static(model: bytes, rows: Iterable[Tensors]) -> bytes:
    """Weights and activations as 8-bit integers, with the ranges that some batches of rows show (`int8-static`).

    The rows should be like those that will be served: what lies outside of their range is cut off.
    """
    reader = _Rows(rows)
    return _quantized(model, lambda source, target: quantization.quantize_static(source, target, reader))


def prune(model: bytes, share: float) -> bytes:
    """Sets the given share of the weights of each matrix to 0, the smallest ones first (`pruned`).

    The model keeps its shapes: it gains size when compressed, and time only where the runtime skips zeros.
    """
    if not 0 <= share < 1:
        raise ValueError(f"share is {share}: it must be from 0 up to and without 1")
    loaded = onnx.load_model_from_string(model)
    weights = {name for node in loaded.graph.node if node.op_type in ("MatMul", "Gemm", "Conv") for name in node.input[1:2]}
    for tensor in loaded.graph.initializer:
        if tensor.name not in weights or tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor).copy()
        count = int(share * values.size)
        if count > 0:
            values.flat[np.argpartition(np.abs(values), count - 1, axis=None)[:count]] = 0
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return loaded.SerializeToString()


def distill(model: bytes, rows: Tensors, output: str, fit: Callable[[Tensors, np.ndarray], bytes]) -> bytes:
    """A smaller model that learned what the model says of rows, rather than their labels (`distilled`).

    `fit` is given the rows and the model's output for them, and returns the ONNX bytes of its student, which must take and give
    tensors of the same names, types and shapes.
    """
    (taught,) = _session(model).run([output], dict(rows))
    return fit(rows, taught)


def register(
    connection: Connection,
    parent: model_pb2.ModelVersion,
    model: bytes,
    derivation: str,
    description: str = "",
) -> model_pb2.ModelVersion:
    """Registers bytes as a child version of `parent`, of the same model, run and training set.

    Fails with the reason SIGNATURE_DIFFERS where whoever calls the parent could not call the child.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(model)
        digest = upload(connection, path, kind=artifact_pb2.ARTIFACT_KIND_MODEL).digest
    version = model_pb2.ModelVersion(
        digest=digest,
        format=model_pb2.MODEL_FORMAT_ONNX,
        run=parent.run,
        training_set=parent.training_set,
        training_set_digest=parent.training_set_digest,
        derived_from=parent.name,
        derivation=derivation,
        description=description,
    )
    request = registry_service_pb2.CreateModelVersionRequest(parent=parent.name.split("/versions/")[0], version=version)
    return connection.registry.CreateModelVersion(request).version


@dataclass(frozen=True)
class Measured:
    """What one version does with the rows of a comparison."""

    version: str
    evaluation: evaluation_pb2.Evaluation
    size_bytes: int
    latency_us_p50: float
    """Of a run of one row in this process, with one thread."""


@dataclass(frozen=True)
class Comparison:
    """Parent and child on the same rows."""

    parent: Measured
    child: Measured
    largest_difference: float
    """The greatest difference of two scores for one row."""


def compare(
    connection: Connection,
    parent: model_pb2.ModelVersion,
    child: model_pb2.ModelVersion,
    *,
    rows: Tensors,
    labels: Sequence[int],
    output: str,
    column: int = 0,
    slices: Mapping[str, Sequence[str]] | None = None,
    timed_rows: int = 500,
) -> Comparison:
    """Measures two versions of a classifier on labelled rows, over all rows and by slice, and adds the evidence to both.

    Evidence: the evaluation with its slices, `size_bytes`, `latency_us_p50`, and to the child `largest_score_difference`. `output`
    and `column` say where the score is; `slices` has columns of texts to slice by.
    """
    scored = {}
    for version in (parent, child):
        model = _bytes_of(connection, version.digest)
        session = _session(model)
        scores = np.asarray(session.run([output], dict(rows))[0]).reshape(len(labels), -1)[:, column].astype(np.float64)
        evaluation = _evaluate(connection, version.name, scores=scores, labels=labels, slices=slices or {})
        latency = _latency_us(session, rows, output, timed_rows)
        scored[version.name] = (scores, Measured(version.name, evaluation, len(model), latency))
    largest = float(np.max(np.abs(scored[parent.name][0] - scored[child.name][0]), initial=0.0))
    for version in (parent, child):
        measured = scored[version.name][1]
        source = f"{len(labels)} rows, onnxruntime {onnxruntime.__version__} on the CPU, one thread"
        found = {"size_bytes": float(measured.size_bytes), "latency_us_p50": measured.latency_us_p50}
        if version is child:
            found["largest_score_difference"] = largest
        digest = measured.evaluation.digest
        _add(connection, version.name, gate_pb2.Evidence(evaluation=gate_pb2.EvaluationEvidence(digest=digest)))
        for metric, value in found.items():
            measurement = gate_pb2.Measurement(metric=metric, value=value, source=source)
            _add(connection, version.name, gate_pb2.Evidence(measurement=measurement))
    return Comparison(scored[parent.name][1], scored[child.name][1], largest)


def _add(connection: Connection, version: str, evidence: gate_pb2.Evidence) -> None:
    connection.gates.AddEvidence(gate_service_pb2.AddEvidenceRequest(parent=version, evidence=evidence))


def _evaluate(
    connection: Connection,
    subject: str,
    *,
    scores: np.ndarray,
    labels: Sequence[int],
    slices: Mapping[str, Sequence[str]],
) -> evaluation_pb2.Evaluation:
    columns = {"label": pa.array(labels, pa.int64()), "score": pa.array(scores), **{k: list(v) for k, v in slices.items()}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scores.parquet")
        pq.write_table(pa.table(columns), path)
        digest = upload(connection, path, media_type="application/vnd.apache.parquet").digest
    request = validation_service_pb2.EvaluateRequest(
        parent=connection.parent,
        data_digest=digest,
        label_column="label",
        score_column="score",
        slice_columns=list(slices),
        subject=subject,
    )
    operation = connection.validation.Evaluate(request).operation
    return wait(connection, operation, validation_service_pb2.EvaluateResult).evaluation


def _bytes_of(connection: Connection, digest: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return download(connection, digest, Path(folder, "model.onnx")).read_bytes()


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _latency_us(session: onnxruntime.InferenceSession, rows: Tensors, output: str, count: int) -> float:
    total = len(next(iter(rows.values())))
    times = []
    for i in range(min(count, total) + 10):
        row = {name: tensor[i % total : i % total + 1] for name, tensor in rows.items()}
        start = time.perf_counter_ns()
        session.run([output], row)
        times.append((time.perf_counter_ns() - start) / 1_000)
    # The first runs warm up.
    return float(np.median(times[10:]))


def _quantized(model: bytes, work: Callable[[Path, Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "model.onnx"), Path(folder, "variant.onnx")
        source.write_bytes(model)
        # The shapes tell the quantiser what it can take. Optimising would bring in operators that the registry refuses.
        prepared = source.with_name("prepared.onnx")
        shape_inference.quant_pre_process(source, prepared, skip_optimization=True, skip_symbolic_shape=True)
        work(prepared, target)
        return target.read_bytes()


class _Rows(quantization.CalibrationDataReader):
    def __init__(self, rows: Iterable[Tensors]) -> None:
        self._rows = iter(rows)

    def get_next(self) -> dict[str, np.ndarray] | None:
        row = next(self._rows, None)
        return None if row is None else dict(row)
