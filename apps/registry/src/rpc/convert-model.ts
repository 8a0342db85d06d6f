import { create } from "@bufbuild/protobuf";
import {
  type AliasChange as AliasChangeMessage,
  AliasChangeSchema,
  ModelFormat as FormatMessage,
  type Model as ModelMessage,
  ModelSchema,
  type ModelVersion as ModelVersionMessage,
  ModelVersionSchema,
  type Signature as SignatureMessage,
  SignatureSchema,
} from "@throughline/contracts/throughline/registry/v1/model_pb";
import { type Change as ChangeMessage, ChangeSchema } from "@throughline/contracts/throughline/type/v1/change_pb";
import { invalidField, parseDigest } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type { NumberedChange } from "../domain/change.ts";
import type { Model, ModelFormat, ModelVersion, OnnxFacts, Signature } from "../domain/model.ts";
import type { AliasChange } from "../domain/model-store.ts";
import type { Registration } from "../domain/model-versions.ts";

export const modelToProto = ({ createTimeMs, revision, latestVersion, aliases, ...rest }: Model): ModelMessage =>
  create(ModelSchema, {
    name: rest.name,
    description: rest.description,
    tags: { ...rest.tags },
    createTime: fromMs(createTimeMs),
    latestVersion: BigInt(latestVersion),
    aliases: int64s(aliases),
    etag: String(revision),
  });

export const versionToProto = (version: ModelVersion): ModelVersionMessage =>
  create(ModelVersionSchema, {
    name: version.name,
    version: BigInt(version.version),
    digest: version.digest,
    format: FormatMessage[version.format],
    run: version.run,
    trainingSet: version.trainingSet,
    description: version.description,
    ...(version.signature && { signature: signatureToProto(version.signature) }),
    ...(version.onnx && { onnx: onnxToProto(version.onnx) }),
    metrics: { ...version.metrics },
    createTime: fromMs(version.createTimeMs),
    actor: version.actor,
    sizeBytes: BigInt(version.sizeBytes),
    trainingSetDigest: version.trainingSetDigest,
  });

/** What the caller says of a version. Fails with INVALID_FIELD. */
export function registrationFromProto(model: string, version: ModelVersionMessage): Registration {
  const { digest, run, trainingSet, trainingSetDigest, description, metrics, signature } = version;
  return {
    model,
    digest: parseDigest(digest, "version.digest"),
    format: formatFromProto(version.format),
    run,
    trainingSet,
    trainingSetDigest: trainingSetDigest === "" ? "" : parseDigest(trainingSetDigest, "version.training_set_digest"),
    description,
    metrics: { ...metrics },
    ...(signature && { signature: signatureFromProto(signature) }),
  };
}

const FORMATS: ReadonlyMap<FormatMessage, ModelFormat> = new Map([
  [FormatMessage.ONNX, "ONNX"],
  [FormatMessage.OPAQUE, "OPAQUE"],
]);

function formatFromProto(format: FormatMessage): ModelFormat {
  const found = FORMATS.get(format);
  if (!found)
    throw invalidField("version.format", "say MODEL_FORMAT_ONNX, or MODEL_FORMAT_OPAQUE for bytes that are only kept");
  return found;
}

export const signatureToProto = ({ inputs, outputs }: Signature): SignatureMessage => {
  const tensors = (specs: Signature["inputs"]) => specs.map((it) => ({ ...it, shape: it.shape.map(BigInt) }));
  return create(SignatureSchema, { inputs: tensors(inputs), outputs: tensors(outputs) });
};

export const signatureFromProto = ({ inputs, outputs }: SignatureMessage): Signature => {
  const tensors = (specs: SignatureMessage["inputs"]) =>
    specs.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }));
  return { inputs: tensors(inputs), outputs: tensors(outputs) };
};

const onnxToProto = (facts: OnnxFacts) => ({
  irVersion: BigInt(facts.irVersion),
  opsets: int64s(facts.opsets),
  operators: int64s(facts.operators),
  producer: facts.producer,
  parameterCount: BigInt(facts.parameterCount),
});

export const aliasChangeToProto = ({ change, version }: AliasChange): AliasChangeMessage =>
  create(AliasChangeSchema, { change: changeToProto(change), version: BigInt(version) });

export const changeToProto = ({ revision, actor, reason, timeMs }: NumberedChange): ChangeMessage =>
  create(ChangeSchema, { revision: BigInt(revision), actor, reason, time: fromMs(timeMs) });

/** A map of counts or versions, as int64. */
export const int64s = (numbers: Readonly<Record<string, number>>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, BigInt(value)]));

/** The way back. Fails with INVALID_FIELD for numbers that are no exact number here. */
export const numbers = (counts: Readonly<Record<string, bigint>>, path: string): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([key, value]) => [key, safeNumber(value, path)]));

export function safeNumber(value: bigint, path: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalidField(path, `${value} is beyond 2^53`);
  return number;
}
