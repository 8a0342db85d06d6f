import { expect, test } from "vitest";
import type { GateResult } from "./gate.ts";
import { gatesUnmet } from "./gate-errors.ts";

const PROMOTION = { subject: "projects/p/models/m/versions/1", target: "aliases/champion" };
/** What arrives of a message over gRPC; see libs/rpc/src/grpc-status.ts. */
const ARRIVES = 2_000;

const results = (count: number, sentence: string): readonly GateResult[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: "METRIC",
    gate: `projects/p/models/m/gates/gate-${i}`,
    gateRevision: 1,
    state: "UNMET",
    sentence,
    modelVersion: PROMOTION.subject,
    baseline: "",
    passes: false,
  }));

test.each([1, 3, 10, 60])("what arrives of a refusal names every one of %i unmet gates", (count) => {
  const unmet = results(count, "auc is too low. ".repeat(200));
  const error = gatesUnmet(PROMOTION, unmet);
  const told = error.message.slice(0, ARRIVES);
  for (const { gate } of unmet) expect(told).toContain(`${gate.split("/").at(-1)}: `);
  expect(told).toMatch(/Meet them all, or have the gates changed\.$/);
  expect(error.violations.map((it) => it.description)).toEqual(unmet.map((it) => `UNMET: ${it.sentence}`));
});

test("sentences that there is room for are whole", () => {
  const sentence = "auc is 0.66 (given by ada at registration), and at least 0.7 is needed.";
  expect(gatesUnmet(PROMOTION, results(10, sentence)).message.split(sentence)).toHaveLength(11);
});
