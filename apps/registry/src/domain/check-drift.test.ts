import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import type { Analysis } from "@throughline/rollouts";
import { afterAll, expect, test } from "vitest";
import { type DriftingRelease, driftProblems } from "./check-drift.ts";

const folder = mkdtempSync(join(tmpdir(), "throughline-drift-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const blobs = await fileBlobStore(folder);
const put = async (content: unknown): Promise<string> =>
  (await blobs.put(Buffer.from(typeof content === "string" ? content : JSON.stringify(content)))).digest;

const deciles = Array.from({ length: 11 }, (_, i) => i);
const columns = [
  { name: "wind", presentCount: 10, numeric: { deciles } },
  { name: "label", presentCount: 10, numeric: { deciles } },
  { name: "tags", presentCount: 10 },
];
const STATISTICS = await put({ columns });

const release = (name: string, baselineStatisticsDigest: string, features?: readonly string[]): DriftingRelease => ({
  name,
  manifest: {
    baselineStatisticsDigest,
    ...(features && {
      features: {
        featureService: "s",
        featureServiceVersion: 1,
        digest: "d",
        viewVersions: {},
        features,
        requestFeatures: [],
      },
    }),
  },
});
const GOOD = release("good", STATISTICS, ["wind", "tags"]);

const drift = (features: readonly string[]): Analysis => ({
  name: "drift",
  role: "GUARDRAIL",
  source: { kind: "FEATURE_DRIFT", features },
  bounds: { least: 0, most: 1 },
  lowerIsBetter: true,
  minEffect: 0.1,
  labelDelayMs: 0,
  horizonObservations: 0,
});
const ERRORS: Analysis = { ...drift([]), source: { kind: "ERROR" } };
const at = (field: string, description: string) => ({
  path: `rollout.plan.analyses[1].feature_drift${field}`,
  description,
});

test.for<[string, DriftingRelease, readonly string[], readonly (readonly [string, string])[]]>([
  ["features that the baseline tells of are compared", GOOD, ["wind"], []],
  ["so are all that it tells of", GOOD, [], []],
  [
    "a misspelt one is none of the release",
    GOOD,
    ["wind", "wimd"],
    [[".features[1]", 'good has no feature "wimd"; it has wind, tags']],
  ],
  [
    "a column of the training that is no feature is none either",
    GOOD,
    ["label"],
    [[".features[0]", 'good has no feature "label"; it has wind, tags']],
  ],
  [
    "of some features statistics say nothing",
    GOOD,
    ["tags"],
    [[".features[0]", 'the baseline statistics of good do not say what is usual of "tags"']],
  ],
  [
    "a release may have no baseline",
    release("bare", "", ["wind"]),
    ["wind"],
    [["", "bare has no baseline statistics"]],
  ],
  [
    "or one of other features",
    release("other", STATISTICS, ["rain"]),
    [],
    [["", "the baseline statistics of other say of none of its features what is usual"]],
  ],
  [
    "or bytes that are no statistics",
    release("odd", await put("statistics"), ["wind"]),
    [],
    [["", "the baseline statistics of odd are not stored, or none of the validation service"]],
  ],
  [
    "without names of its own its features are numbered",
    release("tensors", STATISTICS),
    ["wind"],
    [[".features[0]", 'tensors has no feature "wind"; it has input_0, input_1 and so on, as it names none']],
  ],
  [
    "which statistics may have",
    release("numbered", await put({ columns: [{ name: "input_1", presentCount: 1, numeric: { deciles } }] })),
    ["input_1"],
    [],
  ],
])("drift: %s", async ([, compared, features, problems]) => {
  const plan = { analyses: [ERRORS, drift(features)] };
  expect(await driftProblems(blobs, plan, [compared])).toEqual(
    problems.map(([field, description]) => at(field, description)),
  );
  expect(await driftProblems(blobs, { analyses: [ERRORS] }, [compared])).toEqual([]);
});

test("statistics are read once, however many analyses look at them", async () => {
  let reads = 0;
  const counting = {
    stat: blobs.stat,
    get(...asked: Parameters<typeof blobs.get>) {
      reads += 1;
      return blobs.get(...asked);
    },
  };
  const plan = { analyses: [drift(["wind"]), drift([]), drift(["wimd"])] };
  expect(await driftProblems(counting, plan, [GOOD])).toHaveLength(1);
  expect(reads).toBe(1);
});
