import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { canonicalJson, canonicalRowBytes, digestOfJson } from "@throughline/kernel";
import type { Analysis } from "@throughline/rollouts";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { analyst } from "./domain/analysis/analyst.ts";
import { releaseBaselines } from "./domain/analysis/baselines.ts";
import { concluded } from "./domain/analysis/conclude.ts";
import type { ObservedRollout } from "./domain/analysis/observed-rollout.ts";
import { openFeedback } from "./testing-feedback.ts";

const D = "projects/p/deployments/d";
const [NEW, OLD, BARE] = ["new", "old", "bare"].map((it) => `projects/p/releases/${it}`) as [string, string, string];
const DRIFT: Analysis = {
  name: "drift",
  role: "GUARDRAIL",
  source: { kind: "FEATURE_DRIFT", features: [] },
  labelDelayMs: 0,
  lowerIsBetter: true,
  bounds: { least: 0, most: 1 },
  minEffect: 0.2,
  horizonObservations: 0,
};
const WIND: Analysis = { ...DRIFT, name: "wind", source: { kind: "FEATURE_DRIFT", features: ["wind"] } };
const ROLLOUT: ObservedRollout = {
  name: `${D}/rollouts/1`,
  deployment: D,
  candidate: NEW,
  baseline: OLD,
  etag: "1",
  startMs: 1_000,
  step: 0,
  plan: { isPaired: false, alpha: 0.05, power: 0.9, analyses: [DRIFT, WIND], steps: [] },
  timeline: [{ timeMs: 1_000, share: 0.5 }],
  isUnderWay: true,
  isRunning: true,
  decisionCount: 0,
};

const deciles = Array.from({ length: 11 }, (_, i) => i / 10);
const usual = (name: string) => ({
  name,
  type: "FLOAT64",
  presentCount: 10,
  missingCount: 0,
  distinctCount: 10,
  numeric: { mean: 0.5, deciles, histogram: [] },
});

async function place() {
  const { dir, clock, log, feedback } = await openFeedback({ startMs: 1_000, segmentBytesMax: 100_000 });
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const text = canonicalJson({ dataDigest: "", rowCount: 10, columns: [usual("delay"), usual("wind")] });
  const statistics = (await blobs.put(Buffer.from(text))).digest;
  const digests = new Map([
    [NEW, statistics],
    [OLD, statistics],
    ["lost", digestOfJson("lost")],
    ["wrong", (await blobs.put(Buffer.from("statistics"))).digest],
  ]);
  const findRelease = async (name: string) => {
    const digest = digests.get(name);
    return { name, ...(digest && { baselineStatisticsDigest: digest }) };
  };
  const baselines = releaseBaselines({ findRelease, blobs });
  return { clock, log, parts: { log, feedback, baselines } };
}

test("a candidate whose features are unlike its training is aborted, and one whose are not goes on", async () => {
  const { clock, log, parts } = await place();
  const random = seededRandom(11);
  const predict = async (release: string, delay: number | null) => {
    const vector = [delay, random()].map((value) => ({ value, status: "present" as const }));
    const vectorBytes = canonicalRowBytes(vector.map((it) => it.value));
    const features = ["delay", "wind"];
    const facts = { release, digest: "d", features, viewVersions: {}, path: [], thresholds: {}, propensity: 0.5 };
    const times = { asOfNs: 0n, timeMs: clock.timeMs, latencyUs: 1 };
    await log.append(D, { facts, score: 0.5, vector, vectorBytes, entity: {}, ...times });
  };
  const looked = async () => {
    clock.timeMs += 1;
    const part = await analyst(parts, "router").part(ROLLOUT, { knownByMs: clock.timeMs, tunings: [] });
    return concluded(ROLLOUT, { parts: [part], measurements: new Map(), knownByMs: clock.timeMs });
  };
  for (let i = 0; i < 600; i++) await predict(random() < 0.5 ? NEW : OLD, random());
  const same = await looked();
  expect(same.verdict).not.toBe("ABORT");
  for (const { baselineMean } of same.evidence) expect(Math.abs(baselineMean - 0.2)).toBeLessThan(0.1);
  // The candidate reads a view that has nothing for most of the rows.
  for (let i = 0; i < 1_200; i++) {
    const isNew = random() < 0.5;
    await predict(isNew ? NEW : OLD, isNew && random() < 0.9 ? null : random());
  }
  expect(await looked()).toMatchObject({
    verdict: "ABORT",
    evidence: [{ verdict: "ABORT", method: "betting" }, { analysis: "wind" }],
  });
});

test("a release without baseline statistics has no drift, and one whose cannot be read has no verdict", async () => {
  const { parts } = await place();
  expect(await parts.baselines(BARE)).toBeUndefined();
  for (const it of ["lost", "wrong"])
    await expect(parts.baselines(it)).rejects.toMatchObject({ reason: "RELEASE_UNUSABLE" });
});
