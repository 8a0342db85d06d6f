import type { Clock } from "@throughline/kernel";
import { nodeWithoutInputs } from "../errors.ts";
import type { NodeOutput } from "../output.ts";
import type { GraphStep } from "../run.ts";

interface Kept {
  readonly output: NodeOutput;
  readonly untilMs: number;
}

/** Keeps what a node gives by the row's digest. Of too many rows those go that were not asked for the longest. */
export function cacheRun(cache: {
  readonly name: string;
  readonly node: string;
  readonly ttlMs: number;
  readonly entriesMax: number;
  readonly clock: Clock;
  /** Told of each look, and how long its answer took in nanoseconds. */
  readonly tell: (isHit: boolean, ns: number) => void;
}): GraphStep["run"] {
  const { name, node, ttlMs, entriesMax, clock, tell } = cache;
  const kept = new Map<string, Kept>();
  return async (scope) => {
    const startedAt = performance.now();
    const key = scope.row.rowDigest();
    const found = kept.get(key);
    kept.delete(key);
    if (found && found.untilMs > clock.now()) {
      kept.set(key, found);
      tell(true, (performance.now() - startedAt) * 1e6);
      return found.output;
    }
    const output = await scope.pull(node);
    tell(false, (performance.now() - startedAt) * 1e6);
    if (output === undefined) throw nodeWithoutInputs(name, [node]);
    // What was computed without an absent node is an answer for now, and none to give again.
    if (scope.isDegraded()) return output;
    kept.set(key, { output, untilMs: clock.now() + ttlMs });
    const [oldest] = kept.keys();
    if (kept.size > entriesMax && oldest !== undefined) kept.delete(oldest);
    return output;
  };
}
