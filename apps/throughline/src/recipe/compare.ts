import type { Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";

/** How one thing of a run compares with the same thing of another. */
export interface Comparison {
  readonly kind: "file" | "metric" | "param";
  /** Path or key. */
  readonly name: string;
  readonly result: "equal" | "differs" | "missing" | "new";
  /** Digest or value in the original; empty if it has none. */
  readonly before: string;
  /** Digest or value in the replay; empty if it has none. */
  readonly after: string;
}

/**
 * Compares what two runs made: files by digest, latest values of metrics bit by bit, and params. Times are left out: no
 * run is at the time of another.
 */
export function compareRuns(original: Run, replayed: Run): readonly Comparison[] {
  const files = (run: Run) => new Map(run.artifacts.map((it) => [it.path, it.digest]));
  const metrics = (run: Run) => new Map(run.metrics.map((it) => [it.key, `${it.value} at step ${it.step}`]));
  const params = (run: Run) => new Map(Object.entries(run.params));
  return [
    ...compared("file", files(original), files(replayed)),
    ...compared("metric", metrics(original), metrics(replayed)),
    ...compared("param", params(original), params(replayed)),
  ];
}

function compared(
  kind: Comparison["kind"],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Comparison[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().map((name) => {
    const [first, second] = [before.get(name), after.get(name)];
    return { kind, name, result: resultOf(first, second), before: first ?? "", after: second ?? "" };
  });
}

function resultOf(before: string | undefined, after: string | undefined): Comparison["result"] {
  if (before === undefined) return "new";
  if (after === undefined) return "missing";
  return before === after ? "equal" : "differs";
}
