import { REQUEST } from "@throughline/graphs";
import { releaseUnusable } from "./errors.ts";
import { modelUsesOf } from "./graph/compile.ts";
import { graphShape } from "./graph/shape.ts";
import type { LoadedModel, ModelHosts } from "./model-host.ts";
import { modelInputs } from "./model-inputs.ts";
import type { ModelUse, Release } from "./release.ts";
import { elementCount, type Signature } from "./tensor.ts";

/** Loads the models of a release, by node; nodes with the same bytes get the same process. Loads all of them, or none. */
export async function loadModels(
  release: Release,
  hosts: Pick<ModelHosts, "load">,
): Promise<ReadonlyMap<string, LoadedModel>> {
  const loading = modelUsesOf(release.graph).map(async ({ use, inputs }) => {
    const model = release.models[use.node];
    if (model === undefined) throw releaseUnusable(release.name, `the node ${use.node} has no model`);
    const names = namesFor(release, inputs);
    const { digest } = model;
    return [use.node, await hosts.load({ project: release.project, digest, inputWidth: names?.length })] as const;
  });
  const settled = await Promise.allSettled(loading);
  const models = new Map(settled.flatMap((it) => (it.status === "fulfilled" ? [it.value] : [])));
  const failed = settled.find((it) => it.status === "rejected");
  if (failed === undefined) return models;
  await releaseAll(models);
  throw failed.reason;
}

export async function releaseAll(models: ReadonlyMap<string, LoadedModel>): Promise<void> {
  await Promise.all(models.values().map((it) => it.release()));
}

/** Makes sure that the release's words about its models are true, and that each takes one row of its inputs. */
export async function warm(release: Release, models: ReadonlyMap<string, LoadedModel>): Promise<void> {
  const checks = modelUsesOf(release.graph).map(async ({ use, inputs }) => {
    const model = models.get(use.node);
    if (model) await checkFit({ release: release.name, use, names: namesFor(release, inputs) }, model);
  });
  await Promise.all(checks);
}

/** Names of the values that a model gets side by side; undefined if requests bring the tensors. */
function namesFor(release: Release, inputs: readonly string[]): readonly string[] | undefined {
  if (release.features === undefined && inputs.every((it) => it === REQUEST)) return undefined;
  const shape = graphShape(release);
  return inputs.flatMap((input) => {
    const columns = shape.columnsOf(input);
    return columns.length > 0 ? columns : Array.from({ length: shape.widthOf(input) }, () => input);
  });
}

interface Fit {
  readonly release: string;
  readonly use: ModelUse;
  readonly names: readonly string[] | undefined;
}

async function checkFit({ release, use, names }: Fit, model: LoadedModel): Promise<void> {
  const { node, outputTensor, outputColumns } = use;
  const output = model.signature.outputs.find((it) => it.name === outputTensor);
  if (output === undefined) throw releaseUnusable(release, `the model of ${node} has no output ${outputTensor}`);
  const columns = output.shape.at(-1) ?? 1;
  const most = Math.max(...outputColumns);
  if (output.shape.length > 1 && columns !== -1 && most >= columns) {
    throw releaseUnusable(release, `the output ${outputTensor} of ${node} has no column ${most}`);
  }
  if (names === undefined) return;
  checkInputs({ release, use, names }, model.signature);
  // Zeros for a vector; columns have texts among them, for which there is no zero: missing ones do.
  const values = names.map(() => (use.inputTensor === "" ? null : 0));
  const { inputTensor } = use;
  const tensors = modelInputs({ release, inputTensor, signature: model.signature }, { names, values });
  const [answer] = await model.run({ tensors, outputs: use.outputs });
  if (answer === undefined || most >= elementCount(answer.shape)) {
    throw releaseUnusable(release, `the output ${outputTensor} of one row of ${node} has no column ${most}`);
  }
}

function checkInputs({ release, use, names = [] }: Fit, { inputs }: Signature): void {
  const { node, inputTensor } = use;
  if (inputTensor === "") {
    const unknown = inputs.find((it) => !names.includes(it.name));
    if (unknown)
      throw releaseUnusable(release, `the model of ${node} needs ${unknown.name}, which is none of its inputs`);
    return;
  }
  const input = inputs.find((it) => it.name === inputTensor);
  if (input?.datatype !== "FP32")
    throw releaseUnusable(release, `the model of ${node} has no FP32 input ${inputTensor}`);
  if (inputs.length > 1) throw releaseUnusable(release, `the model of ${node} has more than one input`);
}
