import { isDomainError } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wholly } from "../bench/searched.ts";
import { gridOf, type Parameter, type Sampler, type Space, suggest, type Trial } from "./index.ts";
import { unitOf, valueAt } from "./parameter.ts";
import { checkSpace, isActive } from "./space.ts";

const SPACE: Space = [
  { name: "rate", kind: "float", min: 1e-4, max: 1, log: true },
  { name: "drop", kind: "float", min: 0, max: 0.5, log: false, step: 0.1 },
  { name: "layers", kind: "int", min: 1, max: 3, log: false, step: 1 },
  { name: "width", kind: "int", min: 1, max: 8, log: true, step: 1, when: { parent: "layers", values: [2, 3] } },
  { name: "kind", kind: "categorical", choices: ["a", "b"], when: { parent: "layers", values: [3] } },
  { name: "deep", kind: "float", min: -1, max: 1, log: false, when: { parent: "kind", values: ["b"] } },
];

const SAMPLERS: readonly Sampler[] = [
  { kind: "random" },
  { kind: "sobol" },
  { kind: "grid", floatPoints: 3 },
  { kind: "tpe", multivariate: true },
  { kind: "tpe", multivariate: false },
  { kind: "cma-es" },
  { kind: "genetic", population: 6 },
];

/** Trials of which every state comes up, in the order in which `suggest` wants them. */
function told(sampler: Sampler, { seed, count, several }: { seed: number; count: number; several: boolean }) {
  const directions = several ? (["MINIMIZE", "MAXIMIZE"] as const) : (["MINIMIZE"] as const);
  const past: Trial[] = [];
  for (let number = 0; number < count; number++) {
    const suggestion = wholly(suggest(sampler, { problem: { space: SPACE, directions, seed }, number, past }));
    if (suggestion === undefined) break;
    const value = number % 11 === 5 ? Number.POSITIVE_INFINITY : Number(suggestion.params["rate"]);
    const state = number % 7 === 3 ? "FAILED" : number % 7 === 4 ? "PRUNED" : "COMPLETE";
    const reports = number % 7 === 4 && number % 2 === 0 ? [{ step: 1, value: Number.NaN }] : [];
    const values = state !== "COMPLETE" ? [] : several ? [value, -value] : [value];
    past.push({ number, state, ...suggestion, values, reports });
  }
  return past;
}

describe("every sampler", () => {
  test.each(SAMPLERS)("$kind says the same to the same ask, and nothing outside of the space", (sampler) => {
    for (const several of [false, true]) {
      const trials = told(sampler, { seed: 7, count: 45, several });
      expect(told(sampler, { seed: 7, count: 45, several })).toEqual(trials);
      expect(told(sampler, { seed: 8, count: 45, several })).not.toEqual(trials);
      for (const { params } of trials) {
        for (const it of SPACE) expect(it.name in params, it.name).toBe(isActive(it, params));
        expect(params["rate"]).toBeGreaterThanOrEqual(1e-4);
        expect(params["rate"]).toBeLessThanOrEqual(1);
        expect([0, 0.1, 0.2, 0.3, 0.4, 0.5]).toContain(params["drop"]);
        expect([1, 2, 3]).toContain(params["layers"]);
        if ("width" in params) expect(Number.isInteger(params["width"])).toBe(true);
      }
    }
  });
  test("parallel asks of TPE keep apart from the trials that run", () => {
    const sampler = { kind: "tpe", multivariate: true } as const;
    const past = told(sampler, { seed: 3, count: 30, several: false });
    const problem = { space: SPACE, directions: ["MINIMIZE"] as const, seed: 3 };
    const running: Trial[] = [];
    for (let number = 30; number < 40; number++) {
      const suggestion = wholly(suggest(sampler, { problem, number, past: [...past, ...running] }));
      if (suggestion === undefined) throw new Error("nothing suggested");
      running.push({ number, state: "RUNNING", ...suggestion, values: [], reports: [] });
    }
    expect(new Set(running.map((it) => JSON.stringify(it.params))).size).toBe(10);
  });
});

test("a grid has every combination once, and then ends", () => {
  const cells = gridOf(SPACE.slice(0, 3), 4);
  expect(cells).toHaveLength(4 * 6 * 3);
  const small: Space = SPACE.slice(1, 3);
  const past: Trial[] = [];
  for (let number = 0; ; number++) {
    const ask = { problem: { space: small, directions: ["MINIMIZE"] as const, seed: 1 }, number, past };
    const suggestion = wholly(suggest({ kind: "grid", floatPoints: 1 }, ask));
    if (suggestion === undefined) break;
    past.push({ number, state: "RUNNING", ...suggestion, values: [], reports: [] });
  }
  expect(new Set(past.map((it) => JSON.stringify(it.params))).size).toBe(18);
  expect(past).toHaveLength(18);
  const wide: Space = [{ name: "n", kind: "int", min: 0, max: 1e9, log: false, step: 1 }];
  expect(() => gridOf(wide, 1)).toThrow(/more than 10000 cells/);
});

test("a value stays the same on the way to its place and back", () => {
  const range = fc.record({
    min: fc.integer({ min: 1, max: 1_000 }),
    span: fc.integer({ min: 0, max: 1_000 }),
    step: fc.integer({ min: 1, max: 7 }),
    log: fc.boolean(),
    unit: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(range, ({ min, span, step, log, unit }) => {
      const whole: Parameter = { name: "n", kind: "int", min, max: min + span, log, step: log ? 1 : step };
      const value = valueAt(whole, unit);
      expect(valueAt(whole, unitOf(whole, value))).toBe(value);
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(min + span);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["nothing", [], /nothing to search/],
  ["a name twice", [SPACE[0], SPACE[0]], /two parameters/],
  ["a range upside down", [{ name: "x", kind: "float", min: 1, max: 0, log: false }], /above its largest/],
  ["a logarithm of 0", [{ name: "x", kind: "float", min: 0, max: 1, log: true }], /begins above 0/],
  ["a range that is not finite", [{ name: "x", kind: "float", min: 0, max: Number.NaN, log: false }], /not finite/],
  ["a child before its parent", [SPACE[3], SPACE[2]], /no parameter before it/],
  [
    "a value that the parent never has",
    [SPACE[2], { ...SPACE[3], when: { parent: "layers", values: [4] } }],
    /never has the value 4/,
  ],
  ["a name that hides a member", [{ ...SPACE[0], name: "__proto__" }], /begins with a letter/],
])("a space with %s is refused", (_, space, message) => {
  const check = () => checkSpace(space as Space, "space");
  expect(check).toThrow(message);
  try {
    check();
  } catch (error) {
    expect(isDomainError(error, "INVALID_FIELD")).toBe(true);
  }
});

test("a parameter may have the name of an inherited member", () => {
  const space: Space = [
    { name: "constructor", kind: "int", min: 0, max: 1, log: false, step: 1 },
    {
      name: "toString",
      kind: "int",
      min: 0,
      max: 1,
      log: false,
      step: 1,
      when: { parent: "constructor", values: [1] },
    },
  ];
  checkSpace(space, "space");
  for (const sampler of SAMPLERS) {
    const problem = { space, directions: ["MINIMIZE"] as const, seed: 1 };
    const { params } = wholly(suggest(sampler, { problem, number: 0, past: [] })) ?? { params: {} };
    expect(Object.values(params).every((it) => it === 0 || it === 1)).toBe(true);
  }
});
