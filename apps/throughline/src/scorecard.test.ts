import { ScorecardState } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { TestedPart } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { applyFeatures, createShop, makeRelease, registerModel, uploadBytes } from "./testing-shop.ts";

/** A scorecard reads what several services know: here the commit that tracking has of the run that made the model. */
let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform.stop());

const COMMIT = "c".repeat(40);
const REPORT = '<testsuites><testsuite name="pytest"><testcase name="a"/><testcase name="b"/></testsuite></testsuites>';

test("tests of the training code count by the report that is a file of the run, for the run's commit", async () => {
  const { connection } = platform;
  const { tracking, files, gates, cards, parent } = connection;
  await createShop(connection);
  const service = await applyFeatures(connection, 1n);
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "tested" } });
  const { run } = await tracking.createRun({
    parent,
    run: { experiment: experiment?.name ?? "", recipe: { code: { commit: COMMIT }, command: ["python", "train.py"] } },
  });
  const { digest } = await uploadBytes(connection, Uint8Array.from(Buffer.from(REPORT)));
  await files.putFiles({ parent: run?.name ?? "", files: [{ path: "tests.xml", digest }] });
  const version = await registerModel(connection, { id: "tested", fixture: "answers_a", run: run?.name ?? "" });
  const release = await makeRelease(connection, { version, fixture: "answers_a", service });
  const seen = async () => {
    const { scorecard } = await cards.getScorecard({ name: release.name });
    return scorecard?.sections.flatMap((it) => it.tests).find((it) => it.id === "infrastructure-2");
  };
  expect((await seen())?.state).toBe(ScorecardState.NOT_KNOWN);
  const add = (commit: string) =>
    gates.addEvidence({
      parent: version.name,
      evidence: { kind: { case: "testReport", value: { part: TestedPart.TRAINING_CODE, digest, commit } } },
    });
  await add("d".repeat(40));
  expect((await seen())?.state).toBe(ScorecardState.FAIL);
  await add(COMMIT);
  expect(await seen()).toMatchObject({
    state: ScorecardState.PASS,
    evidence: digest,
    sentence: `Of 2 tests that ran of the code of training at commit ${"c".repeat(12)} none failed, and 0 did not run, by the report that tester added.`,
  });
  const { evidence } = await gates.listEvidence({ parent: version.name });
  expect(evidence.map((it) => it.kind.case)).toEqual(["testReport", "testReport"]);
});
