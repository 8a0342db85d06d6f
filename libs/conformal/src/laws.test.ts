import { digestOfBytes } from "@throughline/kernel";
import { type Random, seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibratedAnswer, isCovered } from "./answer.ts";
import { calibrationBytes, calibrationDigest, readCalibration } from "./artifact.ts";
import { type CalibrationRow, calibrating } from "./calibrate.ts";
import type { Calibration, ScoreDefinition } from "./calibration.ts";
import { coverageVerdict, liveCoverage } from "./coverage-watch.ts";
import { conformalQuantile, conformalRank, leastRows } from "./quantile.ts";
import { rowUniform } from "./row-uniform.ts";

const LABELS = ["a", "b", "c"];
const INTERVALS = { labels: [], isRandomized: false, allowsEmpty: false, penalty: 0, penaltyRank: 0 };
const SETS = { columnCount: 3, labels: LABELS, isRandomized: true, allowsEmpty: true, penalty: 0, penaltyRank: 0 };
const DEFINITIONS: readonly ScoreDefinition[] = [
  { method: "ABSOLUTE_RESIDUAL", columnCount: 1, ...INTERVALS },
  { method: "NORMALIZED_RESIDUAL", columnCount: 2, ...INTERVALS },
  { method: "QUANTILE_REGRESSION", columnCount: 2, ...INTERVALS },
  { method: "ADAPTIVE_SET", ...SETS },
  { method: "REGULARIZED_ADAPTIVE_SET", ...SETS, penalty: 0.2, penaltyRank: 1 },
];

/** Exchangeable rows of no use whatever the model: predictions that are wrong in scale and place. */
function rowOf({ method }: ScoreDefinition, random: Random): CalibrationRow {
  const uniform = random();
  const group = random() < 0.3 ? "small" : "large";
  if (method.endsWith("SET")) {
    const weights = LABELS.map(() => random() ** 3);
    const sum = weights.reduce((a, b) => a + b, 0);
    return { predictions: weights.map((it) => it / sum), actual: Math.floor(random() * 3), uniform, group };
  }
  const centre = random() * 10;
  const actual = centre + (random() - 0.2) * (group === "small" ? 9 : 3);
  if (method === "ABSOLUTE_RESIDUAL") return { predictions: [centre], actual, uniform, group };
  const second = method === "NORMALIZED_RESIDUAL" ? 0.5 + random() : centre + random();
  return { predictions: [centre, second], actual, uniform, group };
}

function calibrationOf(score: ScoreDefinition, rows: readonly CalibrationRow[], alpha = 0.1): Calibration {
  const work = calibrating({ alpha, score, groupField: "group", groupRowsLeast: 50 });
  for (const it of rows) work.add(it);
  return work.finish(digestOfBytes("rows"));
}

const holds = (calibration: Calibration, row: CalibrationRow): boolean => {
  const answer = calibratedAnswer(calibration, row);
  return answer !== undefined && isCovered(calibration, answer, row.actual);
};

test("a scale that is not above 0 has no interval, which would be turned round", () => {
  const score: ScoreDefinition = { method: "NORMALIZED_RESIDUAL", columnCount: 2, ...INTERVALS };
  const random = seededRandom(2);
  const calibration = calibrationOf(
    score,
    Array.from({ length: 100 }, () => rowOf(score, random)),
  );
  const answerOf = (scale: number) => calibratedAnswer(calibration, { predictions: [1, scale], uniform: 0, group: "" });
  expect([0, -0, -1, Number.NaN].map(answerOf)).toEqual([undefined, undefined, undefined, undefined]);
  expect(answerOf(1e-9)).toMatchObject({ kind: "interval" });
});

describe("groups of few rows", () => {
  const [score] = DEFINITIONS as readonly [ScoreDefinition];
  const rowsOf = (group: string, count: number, spread: number): readonly CalibrationRow[] =>
    Array.from({ length: count }, (_, i) => ({ predictions: [0], actual: spread * (i + 1), uniform: 0, group }));
  const answerOf = (calibration: Calibration, group: string) =>
    calibratedAnswer(calibration, { predictions: [0], uniform: 0, group });

  test("share a quantile of their own, with groups never seen, and leave alone that of all", () => {
    const many = rowsOf("many", 500, 1);
    const few = ["a", "b", "*"].flatMap((it) => rowsOf(it, 20, 100));
    const calibration = calibrationOf(score, [...many, ...few]);
    expect(Object.keys(calibration.groups)).toEqual(["*", "many"]);
    expect(calibration.groups["*"]).toMatchObject({ rowCount: 60, quantile: 1_900 });
    for (const it of ["a", "b", "*", "new"])
      expect(answerOf(calibration, it)).toMatchObject({ group: "*", high: 1_900 });
    expect(answerOf(calibration, "many")).toMatchObject({ group: "many", high: 451 });
    expect(answerOf(calibration, "")).toMatchObject({ group: "", high: calibration.all.quantile });
  });

  test("take the quantile of all if they are too few together", () => {
    const calibration = calibrationOf(score, [
      ...rowsOf("many", 500, 1),
      ...rowsOf("a", 30, 100),
      ...rowsOf("b", 19, 100),
    ]);
    expect(Object.keys(calibration.groups)).toEqual(["many"]);
    expect(answerOf(calibration, "a")).toMatchObject({ group: "", high: calibration.all.quantile });
  });
});

describe.each(DEFINITIONS.map((it) => [it.method, it] as const))("%s", (_, score) => {
  test("covers as often as it says, over all rows and in each group, however wrong the predictions are", () => {
    const random = seededRandom(99);
    const seen = { all: 0, small: 0, large: 0 };
    const covered = { all: 0, small: 0, large: 0 };
    for (let trial = 0; trial < 120; trial++) {
      const calibration = calibrationOf(
        score,
        Array.from({ length: 400 }, () => rowOf(score, random)),
      );
      for (let i = 0; i < 60; i++) {
        const row = rowOf(score, random);
        for (const it of ["all", row.group as "small"] as const) {
          seen[it] += 1;
          if (holds(calibration, row)) covered[it] += 1;
        }
      }
    }
    for (const it of ["all", "small", "large"] as const) {
      const share = covered[it] / seen[it];
      // Five standard errors; the trials share their calibrations, which adds that of Beta(361, 40) over 120 of them.
      const error = 5 * Math.sqrt(0.09 / seen[it] + 0.09 / 100 / 120);
      expect(share).toBeGreaterThan(0.9 - error);
      // Without ties coverage is at most 1 / (n + 1) above, of the smallest group.
      expect(share).toBeLessThan(0.9 + 1 / 80 + error);
    }
  });

  test("survives being written and read, with the digest of its bytes", () => {
    const random = seededRandom(7);
    const calibration = calibrationOf(
      score,
      Array.from({ length: 200 }, () => rowOf(score, random)),
    );
    const bytes = calibrationBytes(calibration);
    expect(readCalibration(bytes)).toEqual(calibration);
    expect(calibrationDigest(calibration)).toBe(digestOfBytes(bytes));
  });
});

describe("the quantile", () => {
  test("is a score that at least (n + 1)(1 - alpha) scores do not exceed, and the smallest such", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 1, max: 99 }),
        (scores, percent) => {
          const alpha = percent / 100;
          const found = conformalQuantile(scores, alpha);
          // In whole numbers, so that no rounding of alpha can matter.
          const needed = ((scores.length + 1) * (100 - percent)) / 100;
          // Scores may be infinite themselves, and be the quantile where there are enough of them.
          if (needed > scores.length) {
            expect(found).toBe(Number.POSITIVE_INFINITY);
            return;
          }
          expect(scores.filter((it) => it <= found).length).toBeGreaterThanOrEqual(needed - 1e-9);
          expect(scores.filter((it) => it < found).length).toBeLessThan(needed);
        },
      ),
    );
  });

  test("is finite from as many rows on as are asked for", () => {
    for (const alpha of [0.5, 0.1, 0.05, 0.01, 0.3]) {
      const least = leastRows(alpha);
      expect(conformalRank(least, alpha)).toBeLessThanOrEqual(least);
      expect(conformalRank(least - 1, alpha)).toBeGreaterThan(least - 1);
    }
    expect(leastRows(0.1)).toBe(9);
  });
});

test("a row's number follows from its digest alone, and is evenly spread", () => {
  const numbers = Array.from({ length: 4_000 }, (_, i) => rowUniform(`sha256:${i}`));
  expect(rowUniform("sha256:17")).toBe(numbers[17]);
  const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * numbers.length));
  expect(numbers.filter((it) => it < 0.1).length).toBeGreaterThan(300);
});

test("a set is never empty unless it may be", () => {
  const random = seededRandom(3);
  const [, , , adaptive] = DEFINITIONS as [never, never, never, ScoreDefinition];
  const rows = Array.from({ length: 300 }, () => ({
    ...rowOf(adaptive, random),
    predictions: [0.98, 0.01, 0.01],
    actual: 0,
  }));
  const sure = { predictions: [0.999, 0.0005, 0.0005], uniform: 0.9999, group: "" };
  for (const [allowsEmpty, wanted] of [
    [true, []],
    [false, ["a"]],
  ] as const) {
    const answer = calibratedAnswer(calibrationOf({ ...adaptive, allowsEmpty }, rows), sure);
    expect(answer).toMatchObject({ kind: "labels", labels: wanted });
  }
});

test("a prediction of another width, or that is no number, gets no answer", () => {
  const random = seededRandom(3);
  const [plain] = DEFINITIONS as [ScoreDefinition];
  const calibration = calibrationOf(
    plain,
    Array.from({ length: 100 }, () => rowOf(plain, random)),
  );
  for (const predictions of [[], [1, 2], [Number.NaN], [Number.POSITIVE_INFINITY]])
    expect(calibratedAnswer(calibration, { predictions, uniform: 0, group: "" })).toBeUndefined();
  expect(calibratedAnswer(calibration, { predictions: [1], uniform: 0, group: "__proto__" })).toMatchObject({
    group: "",
  });
});

describe("what is no calibration is refused with all that is wrong", () => {
  const good = JSON.parse(
    new TextDecoder().decode(
      calibrationBytes(
        calibrationOf(
          DEFINITIONS[0] as ScoreDefinition,
          Array.from({ length: 100 }, (_, i) => ({ predictions: [0], actual: i, uniform: 0, group: "large" })),
        ),
      ),
    ),
  );
  test.each([
    ["text", "x", ["$"]],
    ["a list", [], ["$"]],
    ["another version", { ...good, version: 2 }, ["version"]],
    ["a quantile that is no number", { ...good, all: { ...good.all, quantile: null } }, ["all.quantile"]],
    ["an unknown method", { ...good, score: { ...good.score, method: "MAGIC" } }, ["score.method"]],
    ["groups without a field", { ...good, groupField: "" }, ["groups"]],
    ["a source without digest", { ...good, sourceDigest: "here" }, ["sourceDigest"]],
    [
      "several at once",
      { ...good, alpha: 2, score: { ...good.score, columnCount: 3 } },
      ["prediction_columns", "alpha"],
    ],
  ])("%s", (_, value, paths) => {
    const bytes = new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
    expect(() => readCalibration(bytes)).toThrow(
      expect.objectContaining({
        reason: "CALIBRATION_INVALID",
        violations: paths.map((path) => expect.objectContaining({ path })),
      }),
    );
  });
});

describe("the watch of live coverage", () => {
  const promised = { calibrationRows: 1_000, alpha: 0.1 };

  test("looked at after every row, raises a false alarm in at most a twentieth of all lives", () => {
    const random = seededRandom(17);
    let alarms = 0;
    const lives = 200;
    for (let life = 0; life < lives; life++) {
      let [rowCount, coveredCount] = [0, 0];
      let isAlarmed = false;
      for (let i = 0; i < 400; i++) {
        rowCount += 1;
        if (random() < 0.9) coveredCount += 1;
        const { low, high } = liveCoverage({ rowCount, coveredCount }, 0.95);
        isAlarmed ||= low > 0.9 || high < 0.9;
      }
      if (isAlarmed) alarms += 1;
    }
    expect(alarms / lives).toBeLessThanOrEqual(0.05);
  });

  test("is the set of shares that the mixture does not beat twenty to one", () => {
    for (const [rowCount, coveredCount] of [
      [1, 1],
      [20, 0],
      [300, 290],
      [5_000, 4_400],
    ] as const) {
      const { low, high } = liveCoverage({ rowCount, coveredCount }, 0.95);
      expect(low).toBeLessThanOrEqual(coveredCount / rowCount);
      expect(high).toBeGreaterThanOrEqual(coveredCount / rowCount);
      for (const p of [low, high].filter((it) => it > 0 && it < 1))
        expect(logWealth(rowCount, coveredCount, p)).toBeCloseTo(Math.log(20), 6);
    }
    expect(liveCoverage({ rowCount: 0, coveredCount: 0 }, 0.95)).toEqual({ low: 0, high: 1 });
  });

  test("tells when coverage falls short of what the calibration can have had, or is above it", () => {
    const verdict = (rowCount: number, coveredCount: number) =>
      coverageVerdict({ rowCount, coveredCount }, promised, 0.95).alarm;
    expect(verdict(5, 3)).toBe("NONE");
    expect(verdict(1_000, 900)).toBe("NONE");
    expect(verdict(1_000, 820)).toBe("UNDER");
    expect(verdict(2_000, 1_960)).toBe("OVER");
    expect(verdict(0, 0)).toBe("NONE");
  });
});

/** ln of the integral of p^s (1 - p)^f over [0, 1], against p, by Simpson's rule: another way than the library's. */
function logWealth(rowCount: number, coveredCount: number, p: number): number {
  const missed = rowCount - coveredCount;
  const log = (q: number): number =>
    (coveredCount === 0 ? 0 : coveredCount * Math.log(q)) + (missed === 0 ? 0 : missed * Math.log1p(-q));
  const base = log(Math.min(1 - 1e-12, Math.max(1e-12, coveredCount / rowCount)));
  const steps = 20_000;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(log(i / steps) - base);
  }
  return Math.log(sum / steps / 3) + base - log(p);
}
