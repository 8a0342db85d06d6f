import type { BanditState } from "@throughline/bandits";
import type { CallContext } from "../features.ts";
import type { CompiledGraph } from "./compile.ts";
import { nodeOutputInvalid } from "./errors.ts";
import { type GraphAnswer, type GraphRow, type NodeObserver, runGraph } from "./run.ts";
import type { GraphTrace } from "./trace.ts";

/** One row for a graph. */
export interface GraphAsked {
  readonly row: GraphRow;
  readonly call: CallContext;
  /** What the bandits of the release have learnt at the deployment, by node. */
  readonly knowledge?: ((node: string) => BanditState | undefined) | undefined;
  readonly observe?: NodeObserver | undefined;
}

/** What a graph says of a row. */
export interface GraphAnswered {
  /** NaN if an outlier gate refused. */
  readonly score: number;
  readonly trace: GraphTrace;
  /** Nodes to run when the answer has left. */
  readonly mirrors: readonly string[];
  /** Runs one of the mirrors; it has its own time. Fails as nodes do. */
  mirror(node: string, call: CallContext): Promise<readonly number[]>;
}

/** A graph that is loaded, with everything that its nodes work with. */
export async function askGraph(graph: CompiledGraph, asked: GraphAsked): Promise<GraphAnswered> {
  const options = { ...asked, steps: graph.steps };
  const answer = await graph.counter.request(1, () => runGraph({ ...options, output: graph.outputNode }));
  const scores = answer.trace.isRefused ? [] : scoresOf(graph.outputNode, answer.output);
  return {
    score: scores[0] ?? Number.NaN,
    trace: { ...answer.trace, scores },
    mirrors: answer.mirrors,
    async mirror(node, call) {
      const mirrored = await runGraph({ ...options, call, output: node, settled: answer.settled });
      return mirrored.trace.isRefused ? [] : scoresOf(node, mirrored.output);
    },
  };
}

function scoresOf(node: string, output: GraphAnswer["output"]): readonly number[] {
  if (output?.type !== "scores" || output.scores.length === 0) throw nodeOutputInvalid(node, "it gives no scores");
  return output.scores;
}
