import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@throughline/kernel";
import { analyst } from "./analyst.ts";
import { concluded } from "./conclude.ts";
import { type EvidencePart, fittingParts, type Reported, type Tuning } from "./evidence-part.ts";
import { type MetricsServer, measuring } from "./measuring.ts";
import type { Conclusion, ObservedRollout, RolloutRegistry } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/** A rollout that is under way, as the registry's stream tells it. */
export interface ToldRollout {
  readonly name: string;
  /** The revision, as the etag of decisions about it. */
  readonly etag: string;
}

/**
 * Observes the rollouts that are under way, tells the registry what this router has seen of them, and, while it leads, what follows from
 * what all routers have.
 */
export interface Analysts {
  /** The rollouts that are under way from now on. */
  follow(rollouts: readonly ToldRollout[]): void;
  close(): Promise<void>;
}

export interface AnalystsOptions extends OutcomeParts {
  readonly registry: RolloutRegistry;
  /** Id of this router's log. */
  readonly router: string;
  /** What the operator named for analyses by Prometheus. */
  readonly metrics: MetricsServer | undefined;
  readonly clock: Clock;
  /** Pause between two looks. */
  readonly lookMs: number;
  /** Pause between two decisions that change nothing. */
  readonly tellMs: number;
  /** Pause between two questions to the server of metrics. */
  readonly measureMs: number;
  readonly onProblem: (subject: string, error: unknown) => void;
}

interface Watch {
  etag: string;
  readonly closing: AbortController;
  readonly done: Promise<void>;
}

export function analysts(options: AnalystsOptions): Analysts {
  const watches = new Map<string, Watch>();
  const ended = new Set<Promise<void>>();
  const begin = ({ name, etag }: ToldRollout): void => {
    const closing = new AbortController();
    const watch: Watch = { etag, closing, done: Promise.resolve().then(() => observe(options, name, watch)) };
    watches.set(name, watch);
  };
  const end = (name: string, { closing, done }: Watch): void => {
    closing.abort();
    watches.delete(name);
    ended.add(done);
    void done.finally(() => ended.delete(done));
  };
  return {
    follow(rollouts) {
      const told = new Map(rollouts.map((it) => [it.name, it]));
      for (const [name, watch] of watches) if (!told.has(name)) end(name, watch);
      for (const it of rollouts) {
        const watch = watches.get(it.name);
        if (watch) watch.etag = it.etag;
        else begin(it);
      }
    },
    async close() {
      for (const [name, watch] of watches) end(name, watch);
      await Promise.all(ended);
    },
  };
}

/** Looks at one rollout again and again until it is over. */
async function observe(options: AnalystsOptions, name: string, watch: Watch): Promise<void> {
  const { registry, clock, lookMs, tellMs, onProblem } = options;
  const { signal } = watch.closing;
  const looking = looks(options);
  let rollout: ObservedRollout | undefined;
  let told: Told | undefined;
  let pauseMs = lookMs;
  while (!signal.aborted) {
    try {
      if (rollout === undefined || rollout.etag !== watch.etag) rollout = await registry.rollout(name);
      if (!rollout.isUnderWay) return;
      const conclusion = await looking.look(rollout, clock.now());
      pauseMs = lookMs;
      if (signal.aborted) return;
      if (conclusion && isNews(conclusion, { rollout, told, tellMs })) {
        rollout = await registry.record(rollout, conclusion, options.router);
        told = rollout && { ...conclusion, etag: rollout.etag };
      }
    } catch (error) {
      if (!signal.aborted) onProblem(name, error);
      [rollout, told] = [undefined, undefined];
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** How often a part is told in which nothing is new, so that a leader keeps its lead. */
const REPORT_MS = 3_000;

/** What one router does at each look at a rollout: a conclusion if it leads and nobody is waited for. */
function looks({ registry, router, metrics, measureMs, onProblem, ...parts }: AnalystsOptions) {
  const analysing = analyst(parts, router);
  const asking = measuring({ server: metrics, everyMs: measureMs, onProblem });
  let tunings: readonly Tuning[] = [];
  let last: { readonly content: string; readonly timeMs: number; readonly reported: Reported } | undefined;
  const report = async (rollout: ObservedRollout, part: EvidencePart, nowMs: number): Promise<Reported> => {
    const content = JSON.stringify({ ...part, knownByMs: 0 });
    // A leader has to know what the others have told since.
    const isOld = last === undefined || last.reported.leads || nowMs - last.timeMs >= REPORT_MS;
    if (last && last.content === content && !isOld) return last.reported;
    const reported = await registry.report(rollout, part);
    last = { content, timeMs: nowMs, reported };
    return reported;
  };
  return {
    async look(rollout: ObservedRollout, nowMs: number): Promise<Conclusion | undefined> {
      const part = await analysing.part(rollout, { knownByMs: nowMs, tunings });
      const reported = await report(rollout, part, nowMs);
      tunings = reported.tunings;
      if (!reported.leads || reported.behind.length > 0) return undefined;
      const measurements = await asking.measure(rollout, nowMs);
      return concluded(rollout, { parts: fittingParts(reported), measurements, knownByMs: nowMs });
    },
  };
}

/** Pause between two looks that fail. */
const PAUSE_MS_MAX = 30_000;

/** What was told last, and for which revision. */
type Told = Conclusion & Pick<ObservedRollout, "etag">;

interface Before {
  readonly rollout: ObservedRollout;
  readonly told: Told | undefined;
  readonly tellMs: number;
}

/** What changes the rollout is told at once; what only adds evidence, now and then. */
function isNews(conclusion: Conclusion, { rollout, told, tellMs }: Before): boolean {
  if (conclusion.verdict === "CONTINUE" && conclusion.evidence.length + conclusion.armShares.length === 0) return false;
  if (told === undefined) return true;
  if (conclusion.verdict !== told.verdict) return true;
  const isChange = conclusion.verdict !== "CONTINUE" || conclusion.armShares.length > 0;
  if (isChange && (rollout.etag !== told.etag || told.armShares.length < conclusion.armShares.length)) return true;
  if (conclusion.knownByMs - told.knownByMs < tellMs) return false;
  return isChange || placesOf(conclusion) !== placesOf(told);
}

const placesOf = ({ parts, evidence }: Conclusion): string =>
  JSON.stringify([
    parts.map(({ router, positions }) => [router, positions]),
    evidence.map(({ measurement }) => [measurement?.candidate, measurement?.baseline]),
  ]);
