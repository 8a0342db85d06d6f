import { canonicalRowBytes, digestOfBytes } from "@throughline/kernel";
import type { BanditMemory } from "./bandit-memory.ts";
import type { CallContext, Entity, Feature } from "./features.ts";
import { askGraph, type GraphAnswered } from "./graph/loaded-graph.ts";
import { columnsOfRow } from "./graph/output.ts";
import type { NodeObserver } from "./graph/run.ts";
import { scoreAt } from "./graph/steps/model.ts";
import { reasonOfFailure } from "./graph/visit.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import { modelInputs } from "./model-inputs.ts";
import type { ModelUse } from "./release.ts";

/** One row of features for a release. */
export interface RowAsked {
  readonly deployment: string;
  readonly vector: readonly Feature[];
  /** The canonical bytes of the vector's values. */
  readonly vectorBytes: Buffer;
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** What splits and bandits draw from: the same for a retry of the same request. */
  readonly seed: string;
  readonly call: CallContext;
}

/** What a release says of a row; of a graph, how it came to it. */
export type RowAnswered = { readonly score: number; readonly trace?: undefined } | GraphAnswered;

export interface AnsweringRow {
  readonly bandits: Pick<BanditMemory, "knowledge">;
  /** Watches the nodes of one call. Unset: nobody traces. */
  readonly observeNodes?: ((headers: Headers) => NodeObserver) | undefined;
}

/** Answers one row with a release, which is in use meanwhile. */
export async function answerRow(parts: AnsweringRow, chosen: LoadedRelease, asked: RowAsked): Promise<RowAnswered> {
  const { vector, vectorBytes, entity, asOfNs, seed, call } = asked;
  const { answers, release, facts } = chosen;
  const observe = parts.observeNodes?.(call.headers);
  if (answers.by === "model") {
    const { use } = answers;
    return { score: await observed(observe, use.node, () => modelScore(chosen, use, asked)) };
  }
  const { graph } = answers;
  const knowledge = await parts.bandits.knowledge(asked.deployment, { release, bandits: graph.bandits });
  const columns = columnsOfRow(facts.features, vector);
  const row = { columns, entity, asOfNs, seed, rowDigest: () => digestOfBytes(vectorBytes) };
  return askGraph(graph, { row, call, knowledge, observe });
}

async function modelScore(
  { release, model, facts }: LoadedRelease,
  { node, inputTensor, outputs, outputColumns }: ModelUse,
  { vector, call }: Pick<RowAsked, "vector" | "call">,
): Promise<number> {
  const row = { names: facts.features, values: vector.map((it) => it.value) };
  const tensors = modelInputs({ release: release.name, inputTensor, signature: model.signature }, row);
  const [output] = await model.run({ tensors, outputs, call });
  return scoreAt({ release: release.name, node, column: outputColumns[0] ?? 0 }, output);
}

/** The work of the only node, told to whoever traces nodes. */
export const observed = <T>(observe: NodeObserver | undefined, node: string, work: () => Promise<T>): Promise<T> =>
  observe === undefined ? work() : told(observe, node, work);

async function told<T>(observe: NodeObserver, node: string, work: () => Promise<T>): Promise<T> {
  const end = observe({ name: node, kind: "model" });
  try {
    const done = await work();
    end("output");
    return done;
  } catch (error) {
    end(reasonOfFailure(error));
    throw error;
  }
}

/** The bytes that a row's digest is over. */
export const bytesOfRow = (vector: readonly Feature[]): Buffer => canonicalRowBytes(vector.map((it) => it.value));
