import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { CanvasSchema } from "@throughline/contracts/throughline/registry/v1/canvas_pb";
import { CardTextSchema } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { GateSchema } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EMPTY_CANVAS } from "../domain/canvas.ts";
import { EMPTY_CARD_TEXT } from "../domain/card-text.ts";
import type { GateCondition, GateRecord, SliceRule } from "../domain/gate.ts";
import { canvasFromProto, canvasToProto } from "./convert-canvas.ts";
import { cardTextFromProto, cardTextToProto } from "./convert-card.ts";
import { gateFromProto, gateToProto } from "./convert-gate.ts";

const MODEL = "projects/p/models/m";
const change = { revision: 3, actor: "ada", reason: "why", timeMs: 5 };
const number = fc.double({ noNaN: true, noDefaultInfinity: true });

const rule: fc.Arbitrary<SliceRule> = fc.record({
  columns: fc.array(fc.string()),
  minRowCount: fc.nat(),
  proof: fc.constantFrom("MUST_CLEAR", "MUST_NOT_FAIL"),
  correction: fc.constantFrom("HOLM", "BENJAMINI_HOCHBERG", "NONE"),
  confidence: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  requireBaselineSlices: fc.boolean(),
});

const condition: fc.Arbitrary<GateCondition> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("METRIC" as const),
      metric: fc.string(),
      greaterIsBetter: fc.boolean(),
      threshold: number,
      minAbsoluteChange: number,
      minRelativeChange: number,
      canvasTarget: fc.string(),
      useInterval: fc.boolean(),
      slices: rule,
      measuredOnly: fc.boolean(),
    },
    { requiredKeys: ["kind", "metric", "greaterIsBetter", "canvasTarget", "useInterval", "measuredOnly"] },
  ),
  fc.record({ kind: fc.constantFrom("SCHEMA" as const, "CANVAS" as const, "CARD" as const) }),
  fc.record({
    kind: fc.constant("CERTIFICATE" as const),
    maxSuspects: fc.nat(),
    acceptedSuspects: fc.array(fc.record({ feature: fc.string(), label: fc.string(), reason: fc.string() })),
    timeSplit: fc.boolean(),
    labelTimes: fc.boolean(),
    marks: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("LATENCY" as const),
    metric: fc.string({ minLength: 1 }),
    maxMs: fc.double({ min: 1, max: 100, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("APPROVALS" as const), minCount: fc.integer({ min: 1, max: 100 }) }),
);

test("a gate is the same after the wire", () => {
  const gate: fc.Arbitrary<GateRecord> = fc.record({
    model: fc.constant(MODEL),
    targets: fc.array(fc.string()),
    baseline: fc.string(),
    missingBaseline: fc.constantFrom("BLOCK", "PASS_MARKED"),
    condition,
    description: fc.string(),
  });
  fc.assert(
    fc.property(gate, (record) => {
      const bytes = toBinary(GateSchema, gateToProto({ name: `${MODEL}/gates/a`, ...record, change }));
      expect(gateFromProto(MODEL, fromBinary(GateSchema, bytes))).toEqual(record);
    }),
  );
});

test("a canvas and a card are the same after the wire", () => {
  const texts = <T extends object>(box: T) =>
    fc.record(Object.fromEntries(Object.keys(box).map((key) => [key, fc.string()]))) as unknown as fc.Arbitrary<T>;
  const canvas = fc.record({
    valueProposition: texts(EMPTY_CANVAS.valueProposition),
    predictionTask: texts(EMPTY_CANVAS.predictionTask),
    decisions: texts(EMPTY_CANVAS.decisions),
    impactSimulation: texts(EMPTY_CANVAS.impactSimulation),
    dataSources: fc.array(fc.record({ name: fc.string(), description: fc.string() })),
    dataCollection: texts(EMPTY_CANVAS.dataCollection),
    features: texts(EMPTY_CANVAS.features),
    buildingModels: texts(EMPTY_CANVAS.buildingModels),
    makingPredictions: texts(EMPTY_CANVAS.makingPredictions),
    monitoring: texts(EMPTY_CANVAS.monitoring),
    targets: fc.array(
      fc.record({
        id: fc.string(),
        metric: fc.string(),
        greaterIsBetter: fc.boolean(),
        bound: number,
        sliceColumns: fc.array(fc.string()),
        rationale: fc.string(),
      }),
    ),
  });
  const card = fc.record({
    ...(Object.fromEntries(Object.keys(EMPTY_CARD_TEXT).map((key) => [key, fc.string()])) as Record<
      keyof typeof EMPTY_CARD_TEXT,
      fc.Arbitrary<string>
    >),
    owners: fc.array(fc.string()),
    references: fc.array(fc.string()),
  });
  fc.assert(
    fc.property(canvas, card, (boxes, text) => {
      const bytes = toBinary(CanvasSchema, canvasToProto({ name: `${MODEL}/canvas`, ...boxes, change }));
      expect(canvasFromProto(fromBinary(CanvasSchema, bytes))).toEqual(boxes);
      const written = toBinary(CardTextSchema, cardTextToProto({ name: `${MODEL}/card`, ...text, change }));
      expect(cardTextFromProto(fromBinary(CardTextSchema, written))).toEqual(text);
    }),
    { numRuns: 50 },
  );
});
