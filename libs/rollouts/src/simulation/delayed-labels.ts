import type { Random } from "@throughline/stats";
import { designOf } from "../design.ts";
import { type Evidence, NO_EVIDENCE, observed } from "../evidence.ts";
import { countedValue, metricOf } from "../metric.ts";
import { planOf } from "./simulate.ts";
import type { World } from "./worlds.ts";

/** A loss that is 0 or 1: of 1 one hears within 20 predictions, of 0 within 400, or never. */
const LABEL_DELAY = 400;
const EARLY = 20;
const NEVER = 0.3;
const RATE = 0.3;

const world: World = {
  name: "labels whose delay depends on what they say",
  variances: { candidate: RATE * (1 - RATE), baseline: RATE * (1 - RATE) },
  analysis: {
    name: "metric",
    role: "OBJECTIVE",
    source: { kind: "EXPRESSION", expression: "actual" },
    bounds: { least: 0, most: 1 },
    lowerIsBetter: true,
    minEffect: 0.08,
    labelDelayMs: LABEL_DELAY,
    horizonObservations: 0,
  },
  draw: (random) => (random() < RATE ? 1 : 0),
};

/** In basis points: a day of few candidates, and then most. */
const SHARES = [500, 5_000, 9_000] as const;
const PREDICTIONS = 4_500;

interface Labelled {
  readonly isCandidate: boolean;
  readonly share: number;
  readonly actual: number;
  /** Infinity: never. */
  readonly arrival: number;
}

/**
 * A/A rollouts, one prediction each millisecond. Counts how many are aborted if each prediction takes part when its label is due, with
 * the share that there was when it was made, and if labels take part as they arrive, with the share that there is then: labels that
 * come late are of predictions of an earlier step, and say another thing than those that come early.
 */
export function simulateDelays({ rollouts, random }: { readonly rollouts: number; readonly random: Random }) {
  let [aborted, abortedAsTheyCome] = [0, 0];
  for (let i = 0; i < rollouts; i++) {
    const predictions = Array.from({ length: PREDICTIONS }, (_, timeMs) => predicted(timeMs, random));
    if (evidenceOf(predictions.slice(0, PREDICTIONS - LABEL_DELAY)).worse) aborted += 1;
    const arrived = predictions.filter((it) => it.arrival < PREDICTIONS).sort((a, b) => a.arrival - b.arrival);
    if (evidenceOf(arrived.map((it) => ({ ...it, share: shareAt(it.arrival) }))).worse) abortedAsTheyCome += 1;
  }
  return { aborted, abortedAsTheyCome };
}

const shareAt = (timeMs: number): number => (SHARES[Math.floor((timeMs * SHARES.length) / PREDICTIONS)] ?? 0) / 10_000;

function predicted(timeMs: number, random: Random): Labelled {
  const share = shareAt(timeMs);
  const isCandidate = random() < share;
  const actual = world.draw(random, 0);
  const delay = actual === 1 ? EARLY * random() : random() < NEVER ? Number.POSITIVE_INFINITY : LABEL_DELAY * random();
  return { isCandidate, share, actual, arrival: timeMs + delay };
}

function evidenceOf(predictions: readonly Labelled[]): Evidence {
  const design = designOf(world.analysis, planOf(world, SHARES));
  const metric = metricOf(world.analysis.source);
  let evidence = NO_EVIDENCE;
  for (const { isCandidate, share, actual, arrival } of predictions) {
    const known = Number.isFinite(arrival) ? { actual } : {};
    const value = countedValue(world.analysis, metric, { score: 0.5, latencyMs: 1, isFailure: false, ...known });
    evidence = observed(
      evidence,
      value === undefined ? { kind: "missing" } : { kind: "arm", isCandidate, share, value },
      design,
    );
  }
  return evidence;
}
