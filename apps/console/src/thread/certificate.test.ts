import { create } from "@bufbuild/protobuf";
import { TrainingSetSchema } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { expect, test } from "vitest";
import { certificateFindings } from "./certificate.ts";

const findings = (certificate: object | undefined) =>
  certificateFindings(create(TrainingSetSchema, { rowCount: 1_000n, ...(certificate && { certificate }) }));

test("a clean certificate has nothing but good to say", () => {
  const all = findings({ passed: true, sampledRowCount: 50n, seed: 7n });
  expect(all.map((it) => it.tone)).toEqual(["good", "good", "good"]);
});

test("values from the future and values that differ are called what they are", () => {
  const [later, sample] = findings({ laterKnowledgeCount: 3n, mismatchCount: 2n, sampledRowCount: 50n });
  expect(later).toMatchObject({ tone: "bad", text: expect.stringContaining("3 values were learned after") });
  expect(sample).toMatchObject({ tone: "bad", text: expect.stringContaining("2 values differ") });
});

test("a suspect is named for a person to look at", () => {
  const all = findings({ suspects: [{ feature: "dep_delay", label: "late", correlation: 0.98 }] });
  expect(all.at(-1)).toMatchObject({ tone: "look", text: expect.stringContaining("dep_delay") });
});

test("a set without a certificate is not called clean", () =>
  expect(findings(undefined).map((it) => it.tone)).toEqual(["look"]));
