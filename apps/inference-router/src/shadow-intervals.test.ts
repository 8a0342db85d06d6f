import { calibrating, calibrationBytes, rowUniform, type ScoreDefinition } from "@throughline/conformal";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { canonicalRowBytes, type Digest, digestOfBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { seededRandom } from "@throughline/stats";
import { openStore } from "@throughline/store";
import { expect, test } from "vitest";
import type { ObservedRollout } from "./domain/analysis/observed-rollout.ts";
import { outcomesOf } from "./domain/analysis/outcomes-of-records.ts";
import { feedback } from "./domain/feedback.ts";
import { openPredictionLog } from "./log/open-log.ts";
import { feedbackStore } from "./store/feedback-store.ts";
import { platform } from "./testing-platform.ts";
import type { Platform } from "./testing-router.ts";

const PATIENCE = { timeout: 120_000, interval: 10 };
const WIDTHS = { labels: [], isRandomized: false, allowsEmpty: false, penalty: 0, penaltyRank: 0 };

const entity = (a: number, carrier: string) => ({
  a: valueToProto(a),
  b: valueToProto(0),
  c: valueToProto(0),
  carrier: valueToProto(carrier),
});

/** The digest of a calibration by rows of chance, in two groups of which one is easier. */
async function calibrated(on: Platform, score: ScoreDefinition): Promise<Digest> {
  const random = seededRandom(5);
  const work = calibrating({ alpha: 0.1, groupField: "carrier", groupRowsLeast: 50, score });
  for (let i = 0; i < 400; i++) {
    const group = i % 2 === 0 ? "AA" : "UA";
    const prediction = random();
    const isLate = random() < prediction ? 1 : 0;
    const actual = score.labels.length > 0 ? isLate : prediction + (group === "AA" ? 0.5 : 0.05) * (random() - 0.5);
    work.add({ predictions: [prediction], actual, group, uniform: rowUniform(String(i)) });
  }
  return (await on.blobs.put(calibrationBytes(work.finish(digestOfBytes("rows"))))).digest;
}

test("a shadow has the interval or set with which its release answers where it serves", async () => {
  const on = await platform();
  const router = await on.start();
  const scores: readonly ScoreDefinition[] = [
    { ...WIDTHS, method: "ABSOLUTE_RESIDUAL", columnCount: 1 },
    { ...WIDTHS, method: "ADAPTIVE_SET", columnCount: 1, labels: ["on_time", "late"], isRandomized: true },
  ];
  for (const score of scores) {
    const baseline = on.registry.release(await on.model("answers_a"));
    const options = { output: "probabilities", column: 1, calibrationDigest: await calibrated(on, score) };
    const candidate = on.registry.release(await on.model("logistic3"), options);
    const id = score.method.toLowerCase();
    const [mirrored, served] = [`projects/default/deployments/${id}`, `projects/default/deployments/${id}_served`];
    const rollout = { name: `${mirrored}/rollouts/1`, strategy: Strategy.SHADOW, candidate, baseline };
    const plan = { mirrorBasisPoints: 10_000 };
    on.registry.rollOut(mirrored, { [baseline]: 10_000, [candidate]: 0 }, { ...rollout, plan });
    on.registry.deploy(served, { [candidate]: 10_000 });
    await router.serving(mirrored, [baseline, candidate]);
    await router.serving(served, [candidate]);
    const rows = Array.from({ length: 20 }, (_, i) => entity(i / 5 - 2, ["AA", "UA", "ZZ"][i % 3] ?? ""));
    const wanted = new Map<string, object>();
    for (const it of rows) {
      const { prediction } = await router.inference.predict({ deployment: mirrored, entity: it });
      const own = await router.inference.predict({ deployment: served, entity: it });
      wanted.set(prediction, {
        interval: own.interval,
        labelSet: own.labelSet,
        calibrationGroup: own.calibrationGroup,
      });
    }
    const shadows = async () =>
      (await router.inference.listShadowPredictions({ parent: mirrored, pageSize: 100 })).shadowPredictions;
    await expect.poll(async () => (await shadows()).length, PATIENCE).toBe(rows.length);
    const found = await shadows();
    expect(found.some((it) => it.interval !== undefined || it.labelSet.length > 0)).toBe(true);
    for (const { prediction, interval, labelSet, calibrationGroup } of found)
      expect({ interval, labelSet, calibrationGroup }).toEqual(wanted.get(prediction));
  }
});

test("the coverage of a shadow is compared with that of what serves, label by label", async () => {
  const deployment = "projects/p/deployments/d";
  const { dir } = await platform();
  const store = await openStore(`sqlite://${dir}/feedback.db`);
  const sizes = { segmentBytesMax: 1 << 20, pendingBytesMax: 1 << 20 };
  const log = await openPredictionLog({
    dir: `${dir}/coverage`,
    newId: timeOrderedIds(systemClock),
    sync: false,
    ...sizes,
  });
  const parts = { store: feedbackStore(store), log, clock: systemClock, onChange: () => {} };
  const given = feedback({ ...parts, onOutcome: async () => undefined });
  /** Intervals of half the width 0.475 for one release, and a tenth of it for the other. */
  const factsOf = (release: string, width: number) => {
    const score = { ...WIDTHS, method: "ABSOLUTE_RESIDUAL" as const, columnCount: 1 };
    const work = calibrating({ alpha: 0.1, groupField: "", groupRowsLeast: 0, score });
    for (let i = 1; i <= 100; i++) work.add({ predictions: [0], actual: (width * i) / 100, group: "", uniform: 0 });
    const calibration = work.finish(digestOfBytes("rows"));
    return { release, digest: "", features: [], viewVersions: {}, path: [], thresholds: {}, calibration };
  };
  const timeMs = systemClock.now();
  const answer = { score: 0.5, asOfNs: 0n, timeMs, latencyUs: 5 };
  const entry = { ...answer, facts: factsOf("old", 1), vector: [], vectorBytes: canonicalRowBytes([]), entity: {} };
  const actuals = [0.5, 0.7, 3];
  for (const actual of actuals) {
    const { id: primary } = await log.append(deployment, entry);
    const basis = { group: "", uniform: 0 };
    const shadow = { ...answer, facts: factsOf("new", 0.1), primary, node: "", scores: [0.5], failure: "" };
    await log.appendShadow(deployment, { ...shadow, basis });
    await given.send(deployment, [{ id: primary, actual }]);
  }
  const records = await Array.fromAsync(log.records(deployment, { sinceMs: 0 }));
  const rollout = {
    deployment,
    candidate: "new",
    baseline: "old",
    plan: { analyses: [] },
  } as unknown as ObservedRollout;
  const shadows = records.filter((it) => it.kind === "shadow");
  const pairs = await outcomesOf(
    { log, feedback: given, baselines: async () => undefined },
    { rollout, labelDelayMs: 3_600_000 },
    shadows,
  );
  const covered = pairs.map((it) => it.kind === "pair" && [it.candidate.isCovered, it.baseline.isCovered]);
  expect(covered).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
  await log.close();
  await store.close();
});
