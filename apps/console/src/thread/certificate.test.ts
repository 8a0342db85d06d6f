import { create } from "@bufbuild/protobuf";
import { SuspicionMeasure, TrainingSetSchema } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { expect, test } from "vitest";
import { certificateFindings } from "./certificate.ts";

const findings = (certificate: object | undefined) =>
  certificateFindings(create(TrainingSetSchema, { rowCount: 1_000n, ...(certificate && { certificate }) }));

test("a clean certificate has nothing but good to say, and says what was not checked", () => {
  const all = findings({ passed: true, sampledRowCount: 50n, seed: 7n });
  expect(all.map((it) => it.tone)).toEqual(["good", "good", "good", "look", "look"]);
  expect(all[3]?.text).toContain("Nobody said when the labels became known");
  expect(all[4]?.text).toContain("No split into rows to train on and to test on was named");
});

const at = (seconds: number) => ({ seconds: BigInt(seconds) });

test("a split that held says when, and what its sides share", () => {
  const split = { by: { case: "time" as const, value: at(1_700_000_000) } };
  const times = { lastTrainTime: at(1_699_999_000), firstTestTime: at(1_700_000_000), usesLabelTimes: true };
  const sides = { trainRowCount: 700n, testRowCount: 300n, testEntityCount: 9n, sharedEntityCount: 4n };
  const [held, shared] = findings({ timeSplit: { split, held: true, ...times, ...sides } }).slice(-2);
  expect(held).toMatchObject({
    tone: "good",
    text: expect.stringMatching(/700 rows to train on and 300 to test on, divided at 2023-11-14 22:13:20 UTC/),
  });
  expect(held?.text).toContain("The last label to train on was known at 2023-11-14 21:56:40");
  expect(shared).toMatchObject({ tone: "look", text: expect.stringContaining("4 of the 9 entities") });
});

test("a split that did not hold says which rows stand in the way", () => {
  const split = { by: { case: "column" as const, value: "part" } };
  const counts = { trainRowCount: 700n, testRowCount: 300n, lateTrainRowCount: 12n, earlyTestRowCount: 3n };
  const broken = findings({ timeSplit: { split, ...counts } }).at(-1);
  expect(broken).toMatchObject({ tone: "bad", text: expect.stringContaining("by the column part") });
  expect(broken?.text).toContain("12 rows to train on are after the first row to test on");
  const empty = findings({ timeSplit: { split, testRowCount: 3n } }).at(-1);
  expect(empty?.text).toContain("One of the sides is empty");
});

test("labels that were known beforehand are called what they are, with how long the others took", () => {
  const waits = { leastWait: at(-90), mostWait: at(7_200) };
  const all = findings({ labelTimes: { knownAtCutoffRowCount: 2n, unknownRowCount: 1n, ...waits } });
  expect(all[3]).toMatchObject({ tone: "bad", text: expect.stringContaining("2 labels were known already") });
  expect(all[3]?.text).toContain("from 1 min 30 s before to 2 h after it");
  expect(all[4]).toMatchObject({ tone: "look", text: expect.stringContaining("Of 1 labels it is not known") });
});

test("a suspicion names its measure, and what a missing value tells", () => {
  const suspect = { feature: "note", label: "late", measure: SuspicionMeasure.INFORMATION, strength: 0.9712345 };
  const [plain] = findings({ suspects: [suspect] }).slice(2);
  expect(plain?.text).toContain("note says almost everything about late (mutual information, as a strength of 0.9712)");
  expect(plain?.text).not.toContain("whether there is a value");
  const [missing] = findings({ suspects: [{ ...suspect, shareToldByMissing: 0.8 }] }).slice(2);
  expect(missing?.text).toContain("80 % of it is told by whether there is a value at all");
});

test("values from the future and values that differ are called what they are", () => {
  const [later, sample] = findings({ laterKnowledgeCount: 3n, mismatchCount: 2n, sampledRowCount: 50n });
  expect(later).toMatchObject({ tone: "bad", text: expect.stringContaining("3 values were learned after") });
  expect(sample).toMatchObject({ tone: "bad", text: expect.stringContaining("2 values differ") });
});

test("a suspect is named for a person to look at", () => {
  const all = findings({ suspects: [{ feature: "dep_delay", label: "late", correlation: 0.98 }] });
  expect(all[2]).toMatchObject({ tone: "look", text: expect.stringContaining("dep_delay") });
});

test("a set without a certificate is not called clean", () =>
  expect(findings(undefined).map((it) => it.tone)).toEqual(["look"]));
