import type { BanditState } from "@throughline/bandits";
import { invariant } from "@throughline/kernel";
import type { CallContext, Entity, Feature } from "../features.ts";
import type { Tensor } from "../tensor.ts";
import { callWithin, inTime } from "./node-call.ts";
import type { FeatureColumns, NodeOutput } from "./output.ts";
import type { GateVerdict, GraphChoice, GraphTrace } from "./trace.ts";
import { reasonOfFailure, traceOf, type Visit } from "./visit.ts";

/** A node at work. */
export interface GraphStep {
  readonly name: string;
  /** Name of its kind, for traces. */
  readonly kind: string;
  /** How long it may take from the moment it is asked, with what it pulls. Unset: as long as the request. */
  readonly deadlineMs?: number;
  /** True if its failure makes it absent, and fails nothing else. */
  readonly isSoft: boolean;
  run(scope: NodeScope): Promise<NodeOutput>;
}

/** The row that a graph answers for. */
export interface GraphRow {
  /** The release's features, or the columns that came with the request. */
  readonly columns: FeatureColumns;
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** What chance is drawn from: the same for a retry of the same request. */
  readonly seed: string;
  /** Tensors of a request that brought its inputs. */
  readonly tensors?: readonly Tensor[];
  /** Digest of the row's canonical bytes: made when a node asks for it. */
  readonly rowDigest: () => string;
}

/** What a node sees of the request that it works for. */
export interface NodeScope {
  readonly row: GraphRow;
  readonly call: CallContext;
  /** The output of another node; undefined if it is absent. A node runs once, however many pull it. */
  pull(node: string): Promise<NodeOutput | undefined>;
  choose(choice: Omit<GraphChoice, "node">): void;
  judge(verdict: Omit<GateVerdict, "node">): void;
  looksUp(features: readonly Feature[]): void;
  /** What the bandit of this name has learnt at the deployment; undefined if nothing. */
  knowledge(node: string): BanditState | undefined;
  /** True if a node of this request turned out to be absent. */
  isDegraded(): boolean;
  /** Runs other nodes once the answer has left. */
  mirror(nodes: readonly string[]): void;
}

/** What came out of a graph. */
export interface GraphAnswer {
  /** Undefined if an outlier gate refused. */
  readonly output: NodeOutput | undefined;
  readonly trace: Omit<GraphTrace, "scores">;
  /** Nodes to run after the answer, none of them twice. */
  readonly mirrors: readonly string[];
  /** The outputs that are there, for mirrors that pull the same nodes. */
  readonly settled: ReadonlyMap<string, NodeOutput>;
}

/** Watches one node; the function that it gives is told how it ended: `output`, `absent`, `refused`, or a reason. */
export type NodeObserver = (step: Pick<GraphStep, "name" | "kind">) => (outcome: string) => void;

/** Thrown by a gate that refuses: no failure, and nothing that a soft node absorbs. */
export class Refusal extends Error {
  readonly gate: string;
  constructor(gate: string) {
    super(`refused by ${gate}`);
    this.gate = gate;
  }
}

export interface GraphRunOptions {
  readonly steps: ReadonlyMap<string, GraphStep>;
  readonly output: string;
  readonly row: GraphRow;
  readonly call: CallContext;
  /** Outputs that are known already. */
  readonly settled?: ReadonlyMap<string, NodeOutput>;
  readonly observe?: NodeObserver | undefined;
  /** What bandits have learnt, by node. */
  readonly knowledge?: ((node: string) => BanditState | undefined) | undefined;
}

/** One request under way. */
interface Running {
  readonly options: GraphRunOptions;
  readonly visits: Map<string, Visit>;
  readonly mirrors: Set<string>;
  /** Aborts when the caller leaves, and when the answer is there. */
  readonly over: AbortController;
}

/**
 * Answers a row by pulling from the output node. Laws:
 * - A node runs at most once, and only if something asks for it; what a node pulls together runs in parallel.
 * - A failure of a hard node fails what pulls it, in the end the request, with the first failure's own reason. A soft node is absent instead.
 * - When the answer is there, nothing of the request is at work any more: what is left is told to stop.
 */
export async function runGraph(options: GraphRunOptions): Promise<GraphAnswer> {
  const { signal } = options.call;
  const running: Running = { options, visits: new Map(), mirrors: new Set(), over: new AbortController() };
  const leave = (): void => running.over.abort(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  try {
    const output = await visit(running, options.output);
    if (output === undefined) throw running.visits.get(options.output)?.failure;
    return answerOf(running, { output });
  } catch (error) {
    if (error instanceof Refusal) return answerOf(running, { refusedBy: error.gate });
    throw error;
  } finally {
    signal.removeEventListener("abort", leave);
    running.over.abort();
  }
}

function visit(running: Running, name: string): Promise<NodeOutput | undefined> {
  const known = running.visits.get(name);
  if (known) return known.result;
  const given = running.options.settled?.get(name);
  if (given) {
    running.visits.set(name, { result: Promise.resolve(given), pulled: [], output: given });
    return Promise.resolve(given);
  }
  const step = running.options.steps.get(name);
  invariant(step, `the graph has no node ${name}`);
  const { promise: result, resolve } = Promise.withResolvers<NodeOutput | undefined>();
  const record: Visit = { result, pulled: [] };
  running.visits.set(name, record);
  resolve(atWork(running, step, record));
  // Who pulls a node handles its failure; a node whose only caller has left fails unheard.
  result.catch(() => {});
  return result;
}

async function atWork(running: Running, step: GraphStep, record: Visit): Promise<NodeOutput | undefined> {
  const { options, over } = running;
  const end = options.observe?.(step);
  try {
    const output = await inTime(step, over.signal, (signal) => step.run(scopeOf(running, { step, record, signal })));
    record.output = output;
    end?.("output");
    return output;
  } catch (error) {
    end?.(error instanceof Refusal ? "refused" : reasonOfFailure(error));
    if (error instanceof Refusal || !step.isSoft || over.signal.aborted) throw error;
    record.failure = error;
    return undefined;
  }
}

interface At {
  readonly step: GraphStep;
  readonly record: Visit;
  readonly signal: AbortSignal;
}

function scopeOf(running: Running, { step, record, signal }: At): NodeScope {
  const { row, call } = running.options;
  const node = step.name;
  return {
    row,
    call: callWithin(call, { signal, deadlineMs: step.deadlineMs }),
    pull(name) {
      record.pulled.push(name);
      return visit(running, name);
    },
    choose(choice) {
      record.choice = { node, ...choice };
    },
    judge(verdict) {
      record.verdict = { node, ...verdict };
    },
    looksUp(features) {
      record.enriched = { node, features };
    },
    knowledge: (bandit) => running.options.knowledge?.(bandit),
    isDegraded: () => running.visits.values().some((it) => it.failure !== undefined),
    mirror(nodes) {
      for (const it of nodes) running.mirrors.add(it);
    },
  };
}

function answerOf(
  { visits, options, mirrors }: Running,
  { output, refusedBy }: { readonly output?: NodeOutput; readonly refusedBy?: string },
): GraphAnswer {
  return {
    output,
    trace: traceOf(visits, options.output, refusedBy),
    mirrors: [...mirrors],
    settled: new Map([...visits].flatMap(([name, it]) => (it.output ? [[name, it.output] as const] : []))),
  };
}
