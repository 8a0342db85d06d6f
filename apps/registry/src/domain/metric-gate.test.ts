import { seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import type { SliceRule } from "./gate.ts";
import { judge } from "./judge-gate.ts";
import { aucCondition, facts, knownFrom, slice, someVersion } from "./testing-gate-facts.ts";

const declared = (auc: number, number = 2) => ({ version: someVersion(number, { metrics: { auc } }) });

describe("a bound on a metric", () => {
  test.each([
    ["a value at the bound reaches it", { threshold: 0.7 }, 0.7, undefined, "MET"],
    ["a value under the bound does not", { threshold: 0.7 }, 0.69, undefined, "UNMET"],
    [
      "less is better: a value over the bound does not",
      { threshold: 0.7, greaterIsBetter: false },
      0.71,
      undefined,
      "UNMET",
    ],
    ["a change is held against the baseline", { minAbsoluteChange: 0.01 }, 0.72, 0.7, "MET"],
    ["a change that is too small is not met", { minAbsoluteChange: 0.03 }, 0.72, 0.7, "UNMET"],
    ["a negative change allows to be that much worse", { minAbsoluteChange: -0.03 }, 0.68, 0.7, "MET"],
    ["a share is of the baseline", { minRelativeChange: 0.1 }, 0.76, 0.7, "UNMET"],
    ["a share of what is better when it is less", { minRelativeChange: 0.1, greaterIsBetter: false }, 0.62, 0.7, "MET"],
    ["everything that is set must hold", { threshold: 0.6, minAbsoluteChange: 0.1 }, 0.72, 0.7, "UNMET"],
    ["without baseline a change is missing one", { minAbsoluteChange: 0 }, 0.72, undefined, "MISSING_BASELINE"],
    [
      "what fails its threshold is unmet, baseline or not",
      { threshold: 0.8, minAbsoluteChange: 0 },
      0.72,
      undefined,
      "UNMET",
    ],
    ["a share of nothing is not met", { minRelativeChange: 0.1 }, 0.72, 0, "UNMET"],
  ] as const)("%s", (_, said, candidate, baseline, state) => {
    const condition = aucCondition(said);
    const found = judge(
      condition,
      facts(declared(candidate), baseline === undefined ? undefined : declared(baseline, 1)),
    );
    expect(found).toMatchObject({ state, value: candidate });
  });

  test.each([
    [Infinity, Infinity, { minRelativeChange: 0.1 }],
    [Infinity, Infinity, { minAbsoluteChange: 0 }],
    [-Infinity, -Infinity, { minRelativeChange: 0.1 }],
    [-Infinity, 5, { minRelativeChange: 0.1 }],
    [5, Infinity, { minRelativeChange: 0.1 }],
    [5, -Infinity, { minAbsoluteChange: -1 }],
    [-Infinity, undefined, { threshold: 1 }],
  ] as const)("a loss of %d beside %d is never met, and the sentence says why", (candidate, baseline, said) => {
    const condition = aucCondition({ ...said, greaterIsBetter: false });
    const other = baseline === undefined ? undefined : declared(baseline, 1);
    const found = judge(condition, facts(declared(candidate), other));
    expect(found.state).toBe("UNMET");
    expect(found.sentence).toMatch(/is -?Infinity, which cannot be compared/);
  });

  test("a slice with an infinite value is bad, whatever must be shown of it", () => {
    const rule = {
      columns: [],
      minRowCount: 0,
      correction: "HOLM",
      confidence: 0.95,
      requireBaselineSlices: false,
    } as const;
    const known = knownFrom([slice({}, [0.5, 0.4, 0.6]), slice({ a: "x" }, [-Infinity, -Infinity, -Infinity])]);
    for (const proof of ["MUST_CLEAR", "MUST_NOT_FAIL"] as const) {
      const condition = aucCondition({ threshold: 1, greaterIsBetter: false, slices: { ...rule, proof } });
      expect(judge(condition, facts({ known })).slices?.[0]).toMatchObject({
        state: "UNMET",
        sentence: expect.stringContaining("cannot be compared"),
      });
    }
  });

  test("a metric that nobody knows is not measured, nor is one that only the author gave where that does not count", () => {
    expect(judge(aucCondition({ metric: "f1", threshold: 0 }), facts(declared(1))).state).toBe("NOT_MEASURED");
    expect(judge(aucCondition({ threshold: 0, measuredOnly: true }), facts(declared(1))).state).toBe("NOT_MEASURED");
  });

  test("an evaluation counts more than what the author gave, and the sentence says where a value is from", () => {
    const found = judge(aucCondition({ threshold: 0.7 }), {
      ...facts({ ...declared(0.99), known: knownFrom([slice({}, [0.65, 0.6, 0.7])]) }),
    });
    expect(found).toMatchObject({ state: "UNMET", value: 0.65, bound: 0.7 });
    expect(found.sentence).toContain("0.65 [0.6, 0.7] (evaluation sha256:");
    expect(found.sentence).toContain("at least 0.7 is needed");
  });

  test("the unfavourable end of the interval must hold where it counts", () => {
    const evaluated = facts({ known: knownFrom([slice({}, [0.72, 0.69, 0.75])]) });
    expect(judge(aucCondition({ threshold: 0.7 }), evaluated).state).toBe("MET");
    expect(judge(aucCondition({ threshold: 0.7, useInterval: true }), evaluated).state).toBe("UNMET");
    expect(judge(aucCondition({ threshold: 0.69, useInterval: true }), evaluated).state).toBe("MET");
    expect(judge(aucCondition({ threshold: 0.7, useInterval: true }), facts(declared(0.9))).state).toBe("NOT_MEASURED");
  });

  test("an uncertain baseline makes a difference harder to show", () => {
    const condition = aucCondition({ minAbsoluteChange: 0, useInterval: true });
    const candidate = { known: knownFrom([slice({}, [0.74, 0.71, 0.77])]) };
    const certain = { known: knownFrom([slice({}, [0.7, 0.699, 0.701])]) };
    const uncertain = { known: knownFrom([slice({}, [0.7, 0.66, 0.74])]) };
    expect(judge(condition, facts(candidate, certain)).state).toBe("MET");
    expect(judge(condition, facts(candidate, uncertain)).state).toBe("UNMET");
  });

  test("that the baseline was evaluated on other rows is said", () => {
    const condition = aucCondition({ minAbsoluteChange: 0 });
    const side = (rowCount: number) => ({ known: knownFrom([slice({}, [0.7, 0.69, 0.71], rowCount)]) });
    expect(judge(condition, facts(side(1_000), side(900))).sentence).toContain(
      "900 with 450 positive, not 1000 with 500",
    );
    expect(judge(condition, facts(side(1_000), side(1_000))).sentence).not.toContain("other rows");
  });

  test("a canvas target is the bound: when the target changes, the gate changes", () => {
    const target = { id: "good", metric: "auc", greaterIsBetter: true, sliceColumns: [], rationale: "" };
    const withBound = (bound: number) => {
      const known = facts(declared(0.72));
      return { ...known, canvas: { ...known.canvas, targets: [{ ...target, bound }] } };
    };
    const condition = aucCondition({ metric: "", canvasTarget: "good" });
    expect(judge(condition, withBound(0.7))).toMatchObject({ state: "MET", bound: 0.7 });
    expect(judge(condition, withBound(0.75))).toMatchObject({ state: "UNMET", bound: 0.75 });
    expect(judge(condition, facts(declared(0.72))).state).toBe("NOT_MEASURED");
  });
});

const rule = (said: Partial<SliceRule>): SliceRule => ({
  columns: [],
  minRowCount: 0,
  proof: "MUST_CLEAR",
  correction: "NONE",
  confidence: 0.95,
  requireBaselineSlices: false,
  ...said,
});

describe("slices", () => {
  const all = slice({}, [0.8, 0.79, 0.81]);
  const sliced = (
    condition: Parameters<typeof aucCondition>[0],
    slices: ReturnType<typeof slice>[],
    small: string[] = [],
  ) => judge(aucCondition({ threshold: 0.7, ...condition }), facts({ known: knownFrom([all, ...slices], small) }));

  test("without correction the ends of the intervals decide", () => {
    const found = sliced({ slices: rule({}) }, [
      slice({ origin: "SEA" }, [0.75, 0.701, 0.79]),
      slice({ origin: "JFK" }, [0.75, 0.699, 0.79]),
    ]);
    expect(found.state).toBe("UNMET");
    expect(found.slices?.map((it) => `${it.slice} ${it.state}`)).toEqual(["origin=JFK UNMET", "origin=SEA MET"]);
    expect(found.sentence).toContain("not met: origin=JFK (0.75 [0.699, 0.79]; at least 0.7)");
  });

  test("what is too uncertain to tell fails one proof and passes the other", () => {
    const unclear = [slice({ origin: "SEA" }, [0.71, 0.6, 0.82])];
    expect(sliced({ slices: rule({ proof: "MUST_CLEAR" }) }, unclear).state).toBe("UNMET");
    expect(sliced({ slices: rule({ proof: "MUST_NOT_FAIL" }) }, unclear).state).toBe("MET");
    const bad = [slice({ origin: "SEA" }, [0.6, 0.55, 0.65])];
    expect(sliced({ slices: rule({ proof: "MUST_NOT_FAIL" }) }, bad).state).toBe("UNMET");
  });

  test("slices with too few rows are named and do not count", () => {
    const few = [slice({ origin: "SEA" }, [0.2, 0.1, 0.3], 20)];
    const found = sliced({ slices: rule({ minRowCount: 100 }) }, few, ["origin=BTV"]);
    expect(found.state).toBe("MET");
    expect(found.slices?.[0]?.state).toBe("NOT_MEASURED");
    expect(found.sentence).toContain("2 with too few rows do not count");
  });

  test("a column that was not sliced by is not measured", () => {
    const found = sliced({ slices: rule({ columns: ["carrier"] }) }, [slice({ origin: "SEA" }, [0.8, 0.75, 0.85])]);
    expect(found.state).toBe("NOT_MEASURED");
    expect(found.sentence).toContain("not sliced by carrier");
  });

  test("a baseline without slices is missing, one that lacks a new slice only if the rule asks for it", () => {
    const condition = (requireBaselineSlices: boolean) =>
      aucCondition({ minAbsoluteChange: -0.1, slices: rule({ requireBaselineSlices }) });
    const sea = slice({ origin: "SEA" }, [0.8, 0.75, 0.85]);
    const candidate = { known: knownFrom([all, sea, slice({ origin: "NEW" }, [0.8, 0.75, 0.85])]) };
    const baseline = { known: knownFrom([all, sea]) };
    expect(judge(condition(false), facts(candidate, baseline)).state).toBe("MET");
    expect(judge(condition(true), facts(candidate, baseline)).state).toBe("MISSING_BASELINE");
    expect(judge(condition(false), facts(candidate, declared(0.8, 1))).state).toBe("MISSING_BASELINE");
  });

  test("with a correction chance refuses good models no more often over many slices than over one", () => {
    const random = seededRandom(7);
    const refused = { NONE: 0, HOLM: 0, BENJAMINI_HOCHBERG: 0 };
    let cleared = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      // Every slice is exactly at the bound: its estimate is off by chance alone.
      const slices = Array.from({ length: 40 }, (_, i) => {
        const value = 0.7 + 0.01 * normal(random);
        return slice({ origin: String(i) }, [value, value - 0.0196, value + 0.0196]);
      });
      for (const correction of ["NONE", "HOLM", "BENJAMINI_HOCHBERG"] as const)
        if (sliced({ slices: rule({ proof: "MUST_NOT_FAIL", correction }) }, slices).state === "UNMET")
          refused[correction] += 1;
      const shown = sliced({ slices: rule({ correction: "HOLM" }) }, slices).slices ?? [];
      if (shown.some((it) => it.state === "MET")) cleared += 1;
    }
    // One side of 95 %: 2.5 %, with three standard errors of 400 trials.
    const most = trials * (0.025 + 3 * Math.sqrt((0.025 * 0.975) / trials));
    expect(refused.NONE).toBeGreaterThan(trials / 2);
    expect(refused.HOLM).toBeLessThan(most);
    expect(refused.BENJAMINI_HOCHBERG).toBeLessThan(most);
    // Nor is a slice at the bound called good more often.
    expect(cleared).toBeLessThan(most);
  });
});

/** A normal draw by the method of Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
