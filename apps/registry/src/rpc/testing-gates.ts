import type { MessageInitShape } from "@bufbuild/protobuf";
import type { GateSchema } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { canonicalJson, digestOfBytes } from "@throughline/kernel";
import { ACTOR_HEADER } from "@throughline/rpc";
import { expect } from "vitest";
import { fixture, type RegistryInProcess } from "../registry-in-process.ts";

/** A call on somebody's behalf. */
export const as = (actor: string) => ({ headers: { [ACTOR_HEADER]: actor } });

/** What the versions of a scenario were trained on. */
export const TRAINED_ON = digestOfBytes("training set");

/** What tests of gates do over and over: models with versions, gates, and what is found out about them. */
export function gateScenario(registry: RegistryInProcess) {
  registry.know(TRAINED_ON);
  const newModel = async (modelId: string): Promise<string> => {
    await registry.models.createModel({ parent: "projects/p", modelId });
    return `projects/p/models/${modelId}`;
  };
  const register = async (model: string, auc = 0.7): Promise<string> => {
    const digest = await registry.upload(await fixture("line"));
    const { version } = await registry.models.createModelVersion(
      {
        parent: model,
        version: { digest, format: ModelFormat.ONNX, metrics: { auc }, trainingSetDigest: TRAINED_ON },
      },
      as("ada"),
    );
    return version?.name ?? expect.unreachable("it was registered");
  };
  const setGate = async (model: string, id: string, gate: MessageInitShape<typeof GateSchema>) =>
    (await registry.gates.setGate({ gate: { name: `${model}/gates/${id}`, ...gate } })).gate;
  const upload = (json: object) =>
    registry.upload(
      Buffer.from(canonicalJson(json as never)),
      "training_set_digest" in json ? "CERTIFICATE" : "EVALUATION",
    );
  const evaluate = async (version: string, slices: object[], smallSlices: string[] = []) => {
    const digest = await upload({ dataDigest: digestOfBytes(version), subject: version, slices, smallSlices });
    await registry.gates.addEvidence({
      parent: version,
      evidence: { kind: { case: "evaluation", value: { digest } } },
    });
  };
  const slice = (key: object, value: number, half: number, rowCount = 500) => ({
    key,
    rowCount,
    positiveCount: 100,
    metrics: [{ name: "auc", value, interval: { low: value - half, high: value + half, level: 0.95, method: "x" } }],
  });
  const move = (name: string, stage: string) => registry.models.transitionModelVersion({ name, stage });
  const setAlias = (model: string, alias: string, version: bigint) =>
    registry.models.setModelAlias({ model, alias, version, reason: "better" });
  return { newModel, register, setGate, upload, evaluate, slice, move, setAlias };
}
