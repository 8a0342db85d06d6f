import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@throughline/kernel";
import { analyst } from "./analyst.ts";
import type { Conclusion, ObservedRollout, RolloutRegistry } from "./observed-rollout.ts";
import type { OutcomeParts } from "./outcomes-of-records.ts";

/** A rollout that is under way, as the registry's stream tells it. */
export interface ToldRollout {
  readonly name: string;
  /** The revision, as the etag of decisions about it. */
  readonly etag: string;
}

/** Observes the rollouts that are under way, and tells the registry what follows from what it sees. */
export interface Analysts {
  /** The rollouts that are under way from now on. */
  follow(rollouts: readonly ToldRollout[]): void;
  close(): Promise<void>;
}

export interface AnalystsOptions extends OutcomeParts {
  readonly registry: RolloutRegistry;
  readonly clock: Clock;
  /** Pause between two looks. */
  readonly lookMs: number;
  /** Pause between two decisions that change nothing. */
  readonly tellMs: number;
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
  const analysing = analyst(options);
  let rollout: ObservedRollout | undefined;
  let told: Told | undefined;
  let pauseMs = lookMs;
  while (!signal.aborted) {
    try {
      if (rollout === undefined || rollout.etag !== watch.etag) rollout = await registry.rollout(name);
      if (!rollout.isUnderWay) return;
      const conclusion = await analysing.conclude(rollout, clock.now());
      pauseMs = lookMs;
      if (signal.aborted) return;
      if (isNews(conclusion, { rollout, told, tellMs })) {
        rollout = await registry.record(rollout, conclusion);
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
  if (conclusion.verdict === "CONTINUE" && conclusion.evidence.length === 0) return false;
  if (told === undefined) return true;
  if (conclusion.verdict !== told.verdict) return true;
  if (conclusion.verdict !== "CONTINUE" && rollout.etag !== told.etag) return true;
  if (conclusion.knownByMs - told.knownByMs < tellMs) return false;
  const isMore = conclusion.positions.some((it, i) => it.offset !== told.positions[i]?.offset);
  return isMore || conclusion.verdict !== "CONTINUE";
}
