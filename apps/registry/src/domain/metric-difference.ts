import { type EvaluatedSlice, sliceText } from "./evidence.ts";
import { CONFIDENCE, halfWidth, type Seen, seenInSlice, shown, shownSeen, type VersionFacts } from "./metric-seen.ts";
import type { ReleaseDifference } from "./release-difference.ts";

/**
 * How the metrics of the versions at one node differ: by their evaluations, over all rows and by slice, where both have
 * one; by what their authors gave at registration elsewhere. Which is better is not said: that depends on the metric.
 */
export function metricDifferences(
  node: string,
  before: VersionFacts,
  after: VersionFacts,
): readonly ReleaseDifference[] {
  const [old, next] = [before.known.evaluation, after.known.evaluation];
  if (!old || !next) return declaredDifferences(node, before, after);
  const keys = [...new Set([...old.slices, ...next.slices].map((it) => sliceText(it.key)))];
  const bySlice = (slices: readonly EvaluatedSlice[]) => new Map(slices.map((it) => [sliceText(it.key), it]));
  const [then, now] = [bySlice(old.slices), bySlice(next.slices)];
  return keys.flatMap((key) => {
    const [left, right] = [then.get(key), now.get(key)];
    const names = new Set([...(left?.metrics ?? []), ...(right?.metrics ?? [])].map((it) => it.name));
    return [...names].flatMap((metric) =>
      difference({
        path: `metrics.${node}.${metric}${key === ALL_ROWS ? "" : `[${key}]`}`,
        what: `${metric} of ${node} over ${key === ALL_ROWS ? key : `the slice ${key}`}`,
        before: left && seenInSlice(left, metric),
        after: right && seenInSlice(right, metric),
      }),
    );
  });
}

const ALL_ROWS = sliceText({});

function declaredDifferences(node: string, before: VersionFacts, after: VersionFacts): readonly ReleaseDifference[] {
  const [old, next] = [before.version.metrics, after.version.metrics];
  const seen = (metrics: Readonly<Record<string, number>>, name: string) => {
    const value = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
    return value === undefined || Number.isNaN(value) ? undefined : { value };
  };
  return [...new Set([...Object.keys(old), ...Object.keys(next)])].flatMap((name) =>
    difference({
      path: `metrics.${node}.${name}`,
      what: `${name} of ${node}, as given at registration`,
      before: seen(old, name),
      after: seen(next, name),
    }),
  );
}

type Value = Omit<Seen, "source">;

interface Sides {
  readonly path: string;
  readonly what: string;
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

function difference({ path, what, before, after }: Sides): readonly ReleaseDifference[] {
  if (before?.value === after?.value) return [];
  const [old, next] = [before ? shownSeen(before) : "", after ? shownSeen(after) : ""];
  const sentence = !before
    ? `${what} is new: ${next}.`
    : !after
      ? `${what} is not known any more; it was ${old}.`
      : `${what} ${moved(before, after)} from ${old} to ${next}${mayBeChance(before, after) ? ", which may be chance" : ""}.`;
  return [{ kind: "METRIC", path, before: old, after: next, sentence }];
}

const moved = (before: Value, after: Value): string =>
  `${after.value > before.value ? "rose" : "fell"} by ${shown(Math.abs(after.value - before.value))}`;

/** Whether the interval of the difference has 0 in it, as of two independent samples (see `marginOf`). */
function mayBeChance(before: Value, after: Value): boolean {
  if (!before.interval || !after.interval) return false;
  const rose = after.value > before.value;
  const half = Math.hypot(
    halfWidth(after, rose ? "low" : "high", CONFIDENCE),
    halfWidth(before, rose ? "high" : "low", CONFIDENCE),
  );
  return Math.abs(after.value - before.value) <= half;
}
