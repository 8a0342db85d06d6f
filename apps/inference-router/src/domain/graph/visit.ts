import { isDomainError } from "@throughline/kernel";
import type { NodeOutput } from "./output.ts";
import type { AbsentNode, EnrichedRow, GateVerdict, GraphChoice, GraphTrace } from "./trace.ts";

/** What one node did in a request. */
export interface Visit {
  /** Undefined: absent. */
  readonly result: Promise<NodeOutput | undefined>;
  /** In the order of the asking. */
  readonly pulled: string[];
  output?: NodeOutput;
  failure?: unknown;
  choice?: GraphChoice;
  verdict?: GateVerdict;
  enriched?: EnrichedRow;
}

/** The stable reason of a failure; `FAILED` for what is not said in our words. */
export const reasonOfFailure = (error: unknown): string => (isDomainError(error) ? error.reason : "FAILED");

/** How a request came to its answer: from what its nodes did, beginning at the output node, or at the gate that refused. */
export function traceOf(
  visits: ReadonlyMap<string, Visit>,
  output: string,
  refusedBy: string | undefined,
): Omit<GraphTrace, "scores"> {
  const path = pathFrom(visits, refusedBy ?? output, refusedBy);
  const onPath = path.flatMap((name) => visits.get(name) ?? []);
  const absent = [...visits].flatMap(([node, it]): AbsentNode[] =>
    it.failure === undefined ? [] : [{ node, reason: reasonOfFailure(it.failure) }],
  );
  return {
    path,
    choices: onPath.flatMap((it) => it.choice ?? []),
    absent: absent.sort((a, b) => (a.node < b.node ? -1 : 1)),
    verdicts: onPath.flatMap((it) => it.verdict ?? []),
    enriched: onPath.flatMap((it) => it.enriched ?? []),
    isRefused: refusedBy !== undefined,
  };
}

/** The nodes that took part, each after what it pulled, in the order in which they were asked. */
function pathFrom(visits: ReadonlyMap<string, Visit>, start: string, refusedBy: string | undefined): readonly string[] {
  const seen = new Set<string>();
  const path: string[] = [];
  const walk = (name: string): void => {
    const it = visits.get(name);
    if (it === undefined || seen.has(name)) return;
    seen.add(name);
    // What an absent node pulled gave nothing to the answer.
    if (it.failure !== undefined) return;
    for (const pulled of it.pulled) walk(pulled);
    if (it.output !== undefined || name === refusedBy) path.push(name);
  };
  walk(start);
  return path;
}
