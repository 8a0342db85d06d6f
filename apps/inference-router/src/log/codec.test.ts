import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalRowBytes, type FeatureValue, rowDigest, systemClock, timeOrderedIds } from "@throughline/kernel";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Feature } from "../domain/features.ts";
import type { GraphTrace } from "../domain/graph/trace.ts";
import type { PredictionEntry, ReleaseFacts, ShadowEntry } from "../domain/prediction.ts";
import { decodeFacts, encodeFacts } from "./facts-record.ts";
import { decodeFrame, frameSize, writeFrame } from "./frame.ts";
import { openPredictionLog } from "./open-log.ts";
import { decodePrediction, partsOfEntry, predictionContent } from "./records.ts";
import { decodeShadow, encodeShadow } from "./shadow-record.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-codec-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const open = (dir: string) =>
  openPredictionLog({
    dir,
    newId: timeOrderedIds(systemClock),
    sync: false,
    segmentBytesMax: 1_000_000,
    pendingBytesMax: 1_000_000,
  });

const OLD = fileURLToPath(new URL("../../fixtures/before_graphs.segment", import.meta.url));
const OLD_ROWS: readonly (readonly FeatureValue[])[] = [
  [1.5, 7n, "x"],
  [null, true, { ns: 5n }],
  [Number.NaN, -1n, null],
];

test("a segment that was written before graphs reads as it did, and goes on beside new ones", async () => {
  const dir = join(root, "old");
  const folder = join(dir, "p.old.583ef1bd13d2b08d");
  mkdirSync(folder, { recursive: true });
  copyFileSync(OLD, join(folder, "01m0000000aaaaaaaaaaaaaaaa.log"));
  const log = await open(dir);
  const deployment = "projects/p/deployments/old";
  expect(log.deployments()).toEqual([deployment]);
  const found = await Array.fromAsync(log.forwards(deployment));
  expect(found.map((it) => it.id)).toEqual([
    "01m0000000aaaaaaaaaaaaaaaa-74-a0955b53",
    "01m0000000aaaaaaaaaaaaaaaa-k4-3b9f93e8",
    "01m0000000aaaaaaaaaaaaaaaa-nr-9d48c9ba",
    "01m0000000aaaaaaaaaaaaaaaa-sa-c89486e1",
    "01m0000000aaaaaaaaaaaaaaaa-xe-258b366c",
    "01m0000000aaaaaaaaaaaaaaaa-111-f7521836",
  ]);
  found.forEach((it, i) => {
    expect(it).toMatchObject({ score: i / 8, latencyUs: 900 + i, timeMs: 1_700_000_000_000 + i });
    expect(it.asOfNs).toBe(1_700_000_000_123_456_789n + BigInt(i));
    expect(it.rowDigest).toBe(rowDigest(OLD_ROWS[i % 3] ?? []));
    expect(it.entity).toEqual({ key: `k${i}`, at: { ns: 5n } });
    expect(it.request?.id).toBe(i % 3 === 0 ? `request-${i}` : undefined);
    expect(it.trace).toBeUndefined();
    expect(it.facts).toMatchObject({ release: `projects/p/releases/r${i % 2}`, path: ["score"] });
    expect(it.facts.viewVersions).toEqual({ weather: 2n ** 60n + BigInt(i % 2) });
    expect(it.facts.featureService?.version).toBe(i % 2 === 1 ? 7n : undefined);
    expect(it.vector.map(({ status }) => status)).toEqual(
      (OLD_ROWS[i % 3] ?? []).map((value, k) => (value === null ? "missing" : k === 1 ? "stale" : "present")),
    );
    expect(it.vector[0]?.knowledgeTimeNs).toBe(9n + BigInt(i));
  });
  expect(log.tally(deployment).get("projects/p/releases/r1")).toMatchObject({ predictionCount: 3, failureCount: 1 });
  const { id } = await log.append(deployment, entryOf({ trace: traceOf() }));
  expect((await log.read(deployment, id))?.trace).toEqual(traceOf());
  expect(await log.read(deployment, found[0]?.id ?? "")).toEqual(found[0]);
  expect(await Array.fromAsync(log.shadows(deployment))).toEqual([]);
  await log.close();
});

const number = fc.double();
const texts = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 4 });
const feature: fc.Arbitrary<Feature> = fc.record(
  {
    // A row has one zero.
    value: fc.oneof(
      fc.constant(null),
      number.map((it) => it + 0),
      fc.bigInt({ min: -9n, max: 9n }),
      fc.string(),
      fc.boolean(),
    ),
    status: fc.constantFrom("present", "missing", "stale"),
    eventTimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    knowledgeTimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  },
  { requiredKeys: ["value", "status"] },
);
const trace: fc.Arbitrary<GraphTrace> = fc.record({
  path: texts,
  scores: fc.array(number, { maxLength: 5 }),
  choices: fc.array(
    fc.record(
      {
        node: fc.string(),
        branch: fc.string(),
        propensity: fc.double({ min: 0.25, max: 1, noNaN: true }),
        isFallback: fc.boolean(),
        arm: fc.record({ name: fc.string(), context: fc.array(number, { maxLength: 3 }) }),
      },
      { requiredKeys: ["node", "branch", "propensity", "isFallback"] },
    ),
    { maxLength: 3 },
  ),
  absent: fc.array(fc.record({ node: fc.string(), reason: fc.string() }), { maxLength: 3 }),
  verdicts: fc.array(
    fc.record({ node: fc.string(), score: number, limit: fc.double({ noNaN: true }), isOutlier: fc.boolean() }),
    { maxLength: 3 },
  ),
  enriched: fc.array(fc.record({ node: fc.string(), features: fc.array(feature, { maxLength: 4 }) }), { maxLength: 2 }),
  isRefused: fc.boolean(),
});

test("any trace reads back as it was written, and answers of one model are written as before", () => {
  fc.assert(
    fc.property(trace, (it) => {
      const traced = payloadOf(entryOf({ trace: it }));
      expect(decodePrediction(traced).trace).toEqual(it);
      const alone = payloadOf(entryOf({}));
      expect(traced.subarray(0, alone.byteLength)).toEqual(alone);
      expect(decodePrediction(alone).trace).toBeUndefined();
    }),
  );
});

/** What the frame of an entry holds. */
function payloadOf(entry: PredictionEntry): Buffer {
  const content = predictionContent(entry, 7, partsOfEntry(entry));
  const bytes = Buffer.alloc(frameSize(content));
  writeFrame({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset) }, 0, content);
  const frame = decodeFrame(bytes, 0, 0);
  if (frame?.kind !== "prediction") throw new Error("the frame of a prediction cannot be read");
  return frame.payload;
}

test("facts of a release with models and enrichments read back as they were written", () => {
  const facts: ReleaseFacts = {
    ...factsOf(),
    modelVersions: { score: "projects/p/models/m/versions/3" },
    enrichments: {
      airport: {
        service: { name: "projects/p/featureServices/airport", version: 2n ** 60n, digest: "sha256:e" },
        viewVersions: { airports: 4n },
        features: ["gates", "delay"],
      },
    },
  };
  expect(decodeFacts(encodeFacts(facts))).toEqual(facts);
});

test("shadows stand beside the predictions, linked to them, and are in no tally", async () => {
  const dir = join(root, "shadows");
  const deployment = "projects/p/deployments/shadowed";
  const log = await open(dir);
  const written: ShadowEntry[] = [];
  for (let i = 0; i < 5; i++) {
    const { id } = await log.append(deployment, entryOf({ score: i }));
    const scores = i === 3 ? [] : [i / 2, Number.NaN];
    const shadow = shadowOf({ primary: id, scores, failure: i === 3 ? "MODEL_DEADLINE" : "" });
    await log.appendShadow(deployment, shadow);
    written.push(shadow);
  }
  const check = async (it: typeof log): Promise<void> => {
    const found = await Array.fromAsync(it.shadows(deployment));
    expect(found.map(({ position: _, ...shadow }) => shadow)).toEqual(written);
    expect((await Array.fromAsync(it.forwards(deployment))).map(({ score }) => score)).toEqual([0, 1, 2, 3, 4]);
    expect(await it.backwards(deployment, { limit: 100 })).toHaveLength(5);
    expect(it.tally(deployment).get(factsOf().release)?.predictionCount).toBe(5);
    expect(it.tally(deployment).has("projects/p/releases/candidate")).toBe(false);
  };
  await check(log);
  await log.close();
  const again = await open(dir);
  await check(again);
  await again.close();
});

test("any shadow reads back as it was written", () => {
  const shadow = fc.record({
    primary: fc.string(),
    node: fc.string(),
    failure: fc.string(),
    scores: fc.array(number, { maxLength: 5 }),
    asOfNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    timeMs: fc.double({ noNaN: true }),
    latencyUs: fc.nat(),
  });
  const basis = fc.option(fc.record({ group: fc.string(), uniform: fc.double({ min: 0, max: 1, noNaN: true }) }));
  fc.assert(
    fc.property(shadow, basis, (it, its) => {
      const whole = { ...it, ...(its && { basis: its }) };
      expect(decodeShadow(encodeShadow({ ...whole, facts: factsOf() }, 3))).toEqual(whole);
    }),
  );
});

function factsOf(): ReleaseFacts {
  return {
    release: "projects/p/releases/r",
    digest: "sha256:r",
    features: ["a"],
    viewVersions: { weather: 3n },
    path: ["score"],
    thresholds: {},
  };
}

function entryOf(more: Partial<PredictionEntry>): PredictionEntry {
  return {
    facts: factsOf(),
    score: 0.5,
    vector: [{ value: 1, status: "present" }],
    vectorBytes: canonicalRowBytes([1]),
    entity: {},
    asOfNs: 5n,
    timeMs: 1,
    latencyUs: 2,
    ...more,
  };
}

function shadowOf(more: Partial<ShadowEntry>): ShadowEntry {
  const facts = { ...factsOf(), release: "projects/p/releases/candidate" };
  return { facts, primary: "", node: "", scores: [], failure: "", asOfNs: 5n, timeMs: 1, latencyUs: 2, ...more };
}

function traceOf(): GraphTrace {
  return {
    path: ["a", "b"],
    scores: [0.5],
    choices: [{ node: "b", branch: "a", propensity: 0.25, isFallback: false, arm: { name: "a", context: [1, 2] } }],
    absent: [{ node: "c", reason: "NODE_DEADLINE" }],
    verdicts: [{ node: "g", score: 3, limit: 9, isOutlier: false }],
    enriched: [{ node: "e", features: [{ value: 7n, status: "present", knowledgeTimeNs: 3n }] }],
    isRefused: false,
  };
}
