import { outputInvalid } from "../../errors.ts";
import type { LoadedModel } from "../../model-host.ts";
import { modelInputs } from "../../model-inputs.ts";
import type { ModelUse } from "../../release.ts";
import { elementAt, elementCount, type Tensor } from "../../tensor.ts";
import { gather, sideBySide } from "../inputs.ts";
import { scoresOutput } from "../output.ts";
import type { GraphStep, NodeScope } from "../run.ts";

export interface ModelParts {
  /** Name of the release, for messages. */
  readonly release: string;
  readonly model: LoadedModel;
  readonly use: ModelUse;
  readonly inputs: readonly string[];
  readonly columnsOf: (input: string) => readonly string[];
}

/** Runs a model on what its inputs give, or on the tensors of a request that brought them. */
export const modelRun =
  (parts: ModelParts): GraphStep["run"] =>
  async (scope) =>
    scoresOutput(await modelScores(parts, scope));

/** The scores of a model. Fails with MODEL_OUTPUT_INVALID if one of them is no finite number, and as running it does. */
export async function modelScores(parts: ModelParts, scope: NodeScope): Promise<readonly number[]> {
  const { release, model, use } = parts;
  const tensors = broughtTensors(parts, scope) ?? (await tensorsFor(parts, scope));
  const { call } = scope;
  const [output] = await model.run({ tensors, outputs: use.outputs, call });
  return use.outputColumns.map((column) => scoreAt({ release, node: use.node, column }, output));
}

/** The tensors of the request that the model takes; undefined if it works on features. */
function broughtTensors({ model, inputs }: ModelParts, { row }: NodeScope): readonly Tensor[] | undefined {
  const { tensors } = row;
  if (tensors === undefined || inputs.length !== 1 || inputs[0] !== "request") return undefined;
  const found = model.signature.inputs.flatMap(({ name }) => tensors.find((it) => it.name === name) ?? []);
  return found.length === model.signature.inputs.length ? found : undefined;
}

async function tensorsFor(parts: ModelParts, scope: NodeScope): Promise<readonly Tensor[]> {
  const { release, model, use, inputs, columnsOf } = parts;
  const row = sideBySide(await gather(scope, inputs), columnsOf);
  return modelInputs(
    { release, inputTensor: use.inputTensor, signature: model.signature },
    { names: row.map((it) => it.name), values: row.map((it) => it.value) },
  );
}

interface ScorePlace {
  readonly release: string;
  readonly node: string;
  readonly column: number;
}

/** The score in the output of one row. Fails with MODEL_OUTPUT_INVALID if there is no finite number. */
export function scoreAt({ release, node, column }: ScorePlace, output: Tensor | undefined): number {
  if (output === undefined || column >= elementCount(output.shape)) {
    throw outputInvalid(release, `the output of the node ${node} has no column ${column}`);
  }
  const score = elementAt(output, column);
  if (!Number.isFinite(score)) throw outputInvalid(release, `column ${column} of the node ${node} is ${score}`);
  return score;
}
