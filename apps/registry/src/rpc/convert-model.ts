import { create } from "@bufbuild/protobuf";
import {
  type AliasChange as AliasChangeMessage,
  AliasChangeSchema,
  ModelFormat as FormatMessage,
  type ModelChange,
  ModelChangeSchema,
  type Model as ModelMessage,
  ModelSchema,
  type ModelVersion as ModelVersionMessage,
  ModelVersionSchema,
  type Signature as SignatureMessage,
  SignatureSchema,
} from "@throughline/contracts/throughline/registry/v1/model_pb";
import { type Change as ChangeMessage, ChangeSchema } from "@throughline/contracts/throughline/type/v1/change_pb";
import { invalidField } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type { NumberedChange } from "../domain/change.ts";
import type { FieldChange, Model, ModelVersion, OnnxFacts, Signature } from "../domain/model.ts";
import type { AliasChange } from "../domain/model-store.ts";

export const modelToProto = (model: Model): ModelMessage =>
  create(ModelSchema, {
    name: model.name,
    displayName: model.displayName,
    description: model.description,
    tags: { ...model.tags },
    createTime: fromMs(model.createTimeMs),
    updateTime: fromMs(model.updateTimeMs),
    latestVersion: BigInt(model.latestVersion),
    latestByStage: int64s(model.latestByStage),
    aliases: int64s(model.aliases),
    etag: String(model.revision),
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
    tags: { ...version.tags },
    stage: version.stage,
    aliases: [...version.aliases],
    ...(version.source && { source: { ...version.source } }),
    files: version.files.map((it) => ({ ...it, sizeBytes: BigInt(it.sizeBytes) })),
    ...(version.mlflow && { mlflow: { ...version.mlflow, flavors: [...version.mlflow.flavors] } }),
    updateTime: fromMs(version.updateTimeMs),
    etag: String(version.revision),
    copiedFrom: version.copiedFrom,
    runLink: version.runLink,
    approvals: version.approvals.map(({ timeMs, ...it }) => ({ ...it, time: fromMs(timeMs) })),
    sourceUri: version.sourceUri,
    derivedFrom: version.derivedFrom ?? "",
    derivation: version.derivation ?? "",
    transformFitDigest: version.transformFitDigest ?? "",
  });

export const fieldChangeToProto = ({ change, ...rest }: FieldChange): ModelChange =>
  create(ModelChangeSchema, { change: changeToProto(change), ...rest });

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
