import { create } from "@bufbuild/protobuf";
import {
  CorrectedValueSchema,
  CorrectionMethod,
  Direction,
  ParameterSchema,
  type ParameterValue,
  StudySchema,
  type Trial,
  TrialSchema,
  TrialState,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { expect, test } from "vitest";
import { conditionText, coordinatesOf, correctedText, historyOf, rangeText } from "./study.ts";

const rate = create(ParameterSchema, {
  name: "rate",
  range: { case: "floatRange", value: { min: 0.01, max: 1, log: true } },
});
const layers = create(ParameterSchema, {
  name: "layers",
  range: { case: "intRange", value: { min: 1n, max: 5n, step: 2n } },
});
const kind = create(ParameterSchema, {
  name: "kind",
  range: { case: "categories", value: { choices: ["a", "b", "c"] } },
});
const drop = create(ParameterSchema, {
  name: "drop",
  range: { case: "floatRange", value: { min: 0, max: 0.5 } },
  condition: { parent: "kind", values: [{ kind: { case: "category", value: "b" } }] },
});

const float = (value: number) => ({ kind: { case: "floatValue" as const, value } });
const trial = (number: number, value: number, params: Record<string, { kind: ParameterValue["kind"] }> = {}): Trial =>
  create(TrialSchema, { number, state: TrialState.COMPLETE, values: [value], params });

test("ranges and conditions in words", () => {
  expect([rate, layers, kind, drop].map(rangeText)).toEqual([
    "0.01 to 1, by its logarithm",
    "1 to 5, in steps of 2",
    "a, b, c",
    "0 to 0.5",
  ]);
  expect([rate, drop].map(conditionText)).toEqual(["", "kind is b"]);
});

test("the history goes by number, keeps the best, and leaves out what has no value", () => {
  const pruned = create(TrialSchema, { number: 9, state: TrialState.PRUNED });
  const trials = [trial(3, 2), trial(0, 5), trial(1, 7), pruned, trial(4, Number.POSITIVE_INFINITY)];
  expect(historyOf(trials, Direction.MINIMIZE)).toEqual({
    values: [
      [0, 1, 3],
      [5, 7, 2],
    ],
    best: [
      [0, 1, 3],
      [5, 5, 2],
    ],
  });
  expect(historyOf(trials, Direction.MAXIMIZE).best[1]).toEqual([5, 7, 7]);
});

test("lines go through the places of their parameters, the best is drawn last, and what a trial lacks is open", () => {
  const space = [rate, layers, kind, drop];
  const study = create(StudySchema, { space, objectives: [{ metric: "loss", direction: Direction.MINIMIZE }] });
  const b = { kind: { case: "category" as const, value: "b" } };
  const three = { kind: { case: "intValue" as const, value: 3n } };
  const best = trial(0, 1, { rate: float(0.1), layers: three, kind: b, drop: float(0.25) });
  const worst = trial(1, 3, { rate: float(1), layers: three, kind: { kind: { case: "category", value: "gone" } } });
  const { axes, lines } = coordinatesOf(study, [best, worst, trial(2, 2)]);
  expect(axes.map((it) => it.title)).toEqual(["rate", "layers", "kind", "drop", "loss"]);
  expect(axes[2]?.ticks.map((it) => [it.text, it.place])).toEqual([
    ["a", 0],
    ["b", 0.5],
    ["c", 1],
  ]);
  expect(lines.map((it) => [it.trial.number, it.rank])).toEqual([
    [1, 0],
    [2, 0.5],
    [0, 1],
  ]);
  expect(lines[2]?.places.map((it) => it && Number(it.toFixed(9)))).toEqual([0.5, 0.5, 0.5, 0.5, 0]);
  expect(lines[0]?.places).toEqual([1, 0.5, undefined, undefined, 1]);
});

test("a study without trials, and one whose trials are all alike, can be drawn", () => {
  const study = create(StudySchema, { space: [kind], objectives: [{ metric: "f1", direction: Direction.MAXIMIZE }] });
  expect(coordinatesOf(study, []).lines).toEqual([]);
  expect(coordinatesOf(study, [trial(0, 4)])).toMatchObject({
    axes: [{}, { ticks: [{ text: "4", place: 0.5 }] }],
    lines: [{ places: [undefined, 0.5], rank: 1 }],
  });
});

test("what the best is worth says how it is known, or why it is not", () => {
  const value = create(CorrectedValueSchema, {
    outcome: { case: "value", value: 0.81 },
    method: CorrectionMethod.BOOTSTRAP,
    low: 0.78,
    high: 0.84,
    level: 0.95,
  });
  expect(correctedText(value)).toBe("0.81 [0.78, 0.84] at 95 %, from held-out examples");
  const unknown = create(CorrectedValueSchema, { outcome: { case: "unknown", value: "no folds were told" } });
  expect(correctedText(unknown)).toBe("not known: no folds were told");
});
