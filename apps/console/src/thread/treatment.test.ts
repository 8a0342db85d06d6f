import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AnonymityDemandSchema,
  CalendarUnit,
  NoiseKind,
  PermittedUseSchema,
  PrivacyTreatmentSchema,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { expect, test } from "vitest";
import { demandText, treatmentText, useText } from "./treatment.ts";

type Kind = NonNullable<MessageInitShape<typeof PrivacyTreatmentSchema>["kind"]>;

test.each<[Kind, string]>([
  [{ case: "keep", value: {} }, "carried as they are"],
  [{ case: "drop", value: {} }, "the column is left out"],
  [{ case: "blank", value: {} }, "all become null"],
  [{ case: "pseudonym", value: { domain: "patient" } }, "tokens by a keyed hash, of a patient"],
  [{ case: "range", value: { edges: [18, 30.5] } }, "ranges with the edges 18, 30.5"],
  [{ case: "calendar", value: { unit: CalendarUnit.QUARTER } }, "the start of their quarter"],
  [{ case: "prefix", value: { characters: 3 } }, "their first 3 characters"],
  [{ case: "hierarchy", value: { table: { Oslo: { names: ["Norway"] } }, level: 1 } }, "ancestor 1 of 1 known values"],
  [
    { case: "noise", value: { kind: NoiseKind.LAPLACE, epsilon: 0.5, low: 0, high: 100 } },
    "laplace noise, epsilon 0.5, within 0 to 100",
  ],
])("a treatment is told in words: %j", (kind, text) =>
  expect(treatmentText(create(PrivacyTreatmentSchema, { kind }))).toBe(text),
);

test("a use says for what and how", () => {
  const treatment = { kind: { case: "drop" as const, value: {} } };
  expect(useText(create(PermittedUseSchema, { purposes: ["fraud-model", "*"], treatment }))).toBe(
    "fraud-model, every purpose: the column is left out",
  );
});

test("a demand names what is demanded and nothing else", () => {
  expect(demandText(undefined)).toBe("");
  expect(demandText(create(AnonymityDemandSchema, { k: 5n, t: 0.2, recursive: { c: 3, l: 2n } }))).toBe(
    "k at least 5, recursive (3, 2)-diversity, t at most 0.2",
  );
});
