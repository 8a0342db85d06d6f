import { ScorecardState } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { TestedPart } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { EVIDENCE_BYTES_MAX } from "../domain/evidence-bytes.ts";
import {
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";
import { gateScenario } from "./testing-gates.ts";

const [OURS, OTHER] = ["a", "b"].map((it) => it.repeat(40));
const OF_FEATURES = [
  [TestedPart.FEATURE_RULES, "data-4"],
  [TestedPart.FEATURE_CODE, "data-7"],
] as const;
const OF_TRAINING = [
  [TestedPart.TRAINING_CODE, "infrastructure-2"],
  [TestedPart.WHOLE_WAY, "infrastructure-3"],
] as const;

const xml = (passed: number, failed: number, skipped = 0): string =>
  `<testsuite>${"<testcase/>".repeat(passed)}${"<testcase><failure/></testcase>".repeat(failed)}${"<testcase><skipped/></testcase>".repeat(skipped)}</testsuite>`;

for (const database of everyDatabase()) {
  describe(`what scorecards see of typed evidence on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      registry = await openRegistry(shared);
    });

    const released = async (modelId: string, threshold: number, origin: { run?: string; trainingSet?: string }) => {
      const digest = await registry.upload(await fixture("line"));
      await registry.models.createModel({ parent: "projects/p", modelId });
      const { version } = await registry.models.createModelVersion({
        parent: `projects/p/models/${modelId}`,
        version: { digest, format: ModelFormat.ONNX, ...origin },
      });
      const name = version?.name ?? expect.unreachable("it was registered");
      return { version: name, digest, release: await makeRelease(registry, name, threshold) };
    };
    const testOf = async (name: string, id: string) => {
      const { scorecard } = await registry.cards.getScorecard({ name });
      const found = scorecard?.sections.flatMap((it) => it.tests).find((it) => it.id === id);
      return found ?? expect.unreachable(id);
    };
    const add = async (parent: string, report: { part: TestedPart; text: string; commit?: string }) => {
      shared.clock.timeMs += 1;
      const digest = await registry.upload(Buffer.from(report.text));
      const value = { part: report.part, digest, commit: report.commit ?? OURS ?? "" };
      const { evidence } = await registry.gates.addEvidence({
        parent,
        evidence: { kind: { case: "testReport", value } },
      });
      return { digest, kind: evidence?.kind };
    };

    test.each(OF_FEATURES)("a report of tests about features decides (%s, %s)", async (part, id) => {
      const { version, release } = await released(`features-${part}`, 0.51, {});
      expect(await testOf(release, id)).toMatchObject({
        state: ScorecardState.NOT_KNOWN,
        sentence: expect.stringContaining("evidence of the version"),
      });
      const { digest, kind } = await add(version, { part, text: xml(3, 0, 2) });
      const counts = { testCount: 3n, failedCount: 0n, skippedCount: 2n };
      expect(kind).toMatchObject({ case: "testReport", value: { part, digest, commit: OURS, ...counts } });
      const passed = await testOf(release, id);
      expect(passed).toMatchObject({ state: ScorecardState.PASS, points: 1, evidence: digest });
      expect(passed.sentence).toContain(`at commit ${"a".repeat(12)} none failed, and 2 did not run`);
      await add(version, { part, text: xml(3, 1) });
      expect(await testOf(release, id)).toMatchObject({ state: ScorecardState.FAIL, points: 0 });
    });

    test.each(OF_TRAINING)("a report about training counts for the commit of the run (%s, %s)", async (part, id) => {
      const run = `projects/p/runs/tested-${part}`;
      const { version, digest, release } = await released(`training-${part}`, 0.52, { run });
      const stateOf = async () => ScorecardState[(await testOf(release, id)).state];
      await add(version, { part, text: xml(2, 0) });
      expect(await stateOf()).toBe("NOT_KNOWN");
      registry.trainings.set(run, { digests: new Set([digest]), commit: OTHER ?? "" });
      expect(await testOf(release, id)).toMatchObject({
        state: ScorecardState.FAIL,
        sentence: expect.stringContaining(
          `ran at commit ${"a".repeat(12)}, and ${run} was made of commit ${"b".repeat(12)}.`,
        ),
      });
      registry.trainings.set(run, { digests: new Set([digest]), commit: OURS ?? "" });
      expect(await stateOf()).toBe("PASS");
      await add(version, { part, text: xml(5, 1), commit: OTHER ?? "" });
      expect(await stateOf()).toBe("PASS");
      registry.trainings.set(run, { digests: new Set([digest]), commit: OURS ?? "", diffDigest: digestOfBytes("d") });
      expect(await stateOf()).toBe("FAIL");
      registry.away.add("tracking service");
      expect((await testOf(release, id)).sentence).toContain("The tracking service could not be asked for runs");
      registry.away.clear();
    });

    test("what is no report, or not known to the project, is refused", async () => {
      const { version } = await released("refused", 0.53, {});
      const part = TestedPart.FEATURE_CODE;
      await expect(add(version, { part, text: "{}" })).rejects.toThrow("no report of tests");
      await expect(add(version, { part, text: xml(0, 0, 3) })).rejects.toThrow("it names no test that ran");
      const tooLong = xml(1, 0) + " ".repeat(EVIDENCE_BYTES_MAX);
      await expect(add(version, { part, text: tooLong })).rejects.toThrow(
        /it has 83886\d\d bytes, and at most 8388608/,
      );
      const value = { part, digest: digestOfBytes("nowhere"), commit: OURS ?? "" };
      await expect(
        registry.gates.addEvidence({ parent: version, evidence: { kind: { case: "testReport", value } } }),
      ).rejects.toThrow("is not known in this project");
      for (const bad of [{ part: TestedPart.UNSPECIFIED }, { part: 99 as TestedPart }, { commit: "main" }])
        await expect(
          registry.gates.addEvidence({
            parent: version,
            evidence: { kind: { case: "testReport", value: { ...value, ...bad } } },
          }),
        ).rejects.toThrow("evidence.test_report");
    });

    test("groups of people: gates with slices by what a policy calls sensitive, and by nothing else", async () => {
      const { setGate, evaluate, slice } = gateScenario(registry);
      const trainingSet = "projects/p/trainingSets/people";
      const { version, release } = await released("fair", 0.54, { trainingSet });
      const model = "projects/p/models/fair";
      const stateOf = async () => ScorecardState[(await testOf(release, "model-7")).state];
      const gateBy = (id: string, ...columns: string[]) =>
        setGate(model, id, {
          targets: ["stages/Production"],
          condition: {
            case: "metric",
            value: { metric: "auc", greaterIsBetter: true, threshold: 0.6, slices: { columns } },
          },
        });
      const evaluated = (women: number) =>
        evaluate(version, [
          slice({}, 0.8, 0.01),
          slice({ sex: "f" }, women, 0.01),
          slice({ sex: "m" }, 0.8, 0.01),
          slice({ origin: "SEA" }, 0.5, 0.01),
        ]);
      const treated = (...sensitiveColumns: string[]) =>
        registry.treated.set(trainingSet, {
          purpose: "hiring",
          policies: ["policy"],
          columnCount: 3,
          sensitiveColumns,
        });
      await evaluated(0.8);
      await gateBy("origin", "origin");
      expect(await stateOf()).toBe("NOT_KNOWN");
      treated("people__sex", "income");
      await gateBy("both", "sex", "origin");
      expect(await stateOf()).toBe("NOT_KNOWN");
      await gateBy("sex", "sex");
      // Nobody looks at groups by income.
      expect(await stateOf()).toBe("NOT_KNOWN");
      treated("people__sex");
      expect(await testOf(release, "model-7")).toMatchObject({
        state: ScorecardState.PASS,
        evidence: `${model}/gates/sex`,
        sentence: expect.stringContaining(
          "Groups by people__sex, which a privacy policy calls sensitive, were looked at.",
        ),
      });
      treated("people__sex", "income");
      shared.clock.timeMs += 1;
      await evaluated(0.55);
      expect(await stateOf()).toBe("FAIL");
      registry.away.add("feature store");
      expect((await testOf(release, "model-7")).sentence).toContain("The feature store could not be asked");
      registry.away.clear();
    });

    test("slices and groups of people that were not tested are not known, although the gate is met", async () => {
      const { setGate, evaluate, slice } = gateScenario(registry);
      const trainingSet = "projects/p/trainingSets/few";
      const { version, release } = await released("few", 0.55, { trainingSet });
      const [all, men] = [slice({}, 0.8, 0.01), slice({ sex: "m" }, 0.8, 0.01)];
      const setColumns = (...sensitiveColumns: string[]) =>
        registry.treated.set(trainingSet, {
          purpose: "hiring",
          policies: ["policy"],
          columnCount: 3,
          sensitiveColumns,
        });
      const setSliceGate = (slices: object) =>
        setGate("projects/p/models/few", "sex", {
          targets: ["stages/Production"],
          condition: { case: "metric", value: { metric: "auc", greaterIsBetter: true, threshold: 0.6, slices } },
        });
      const statesOf = async () => {
        shared.clock.timeMs += 1;
        return Promise.all(["model-6", "model-7"].map(async (id) => ScorecardState[(await testOf(release, id)).state]));
      };
      setColumns("people__sex");
      await setSliceGate({ columns: ["sex"], minRowCount: 100n });
      await evaluate(version, [all, men, slice({ sex: "f" }, 0.8, 0.01, 80)]);
      expect(await statesOf()).toEqual(["PASS", "NOT_KNOWN"]);
      await evaluate(version, [all], ["sex=f", "sex=m"]);
      expect(await statesOf()).toEqual(["NOT_KNOWN", "NOT_KNOWN"]);
      await evaluate(version, [all, men], ["sex=f"]);
      expect(await statesOf()).toEqual(["PASS", "NOT_KNOWN"]);
      await evaluate(version, [all, men, slice({ sex: "f" }, 0.8, 0.01)], ["origin=BTV"]);
      expect(await statesOf()).toEqual(["PASS", "PASS"]);
    });

    test("the short name of a column stands for one that is sensitive, and never for two", async () => {
      const { setGate, evaluate, slice } = gateScenario(registry);
      const trainingSet = "projects/p/trainingSets/names";
      const { version, release } = await released("names", 0.56, { trainingSet });
      const gateBy = (id: string, column: string) =>
        setGate("projects/p/models/names", id, {
          targets: ["stages/Production"],
          condition: {
            case: "metric",
            value: { metric: "auc", greaterIsBetter: true, threshold: 0.6, slices: { columns: [column] } },
          },
        });
      const stateWith = async (...sensitiveColumns: string[]) => {
        registry.treated.set(trainingSet, {
          purpose: "hiring",
          policies: ["policy"],
          columnCount: 3,
          sensitiveColumns,
        });
        return ScorecardState[(await testOf(release, "model-7")).state];
      };
      await evaluate(version, [
        slice({}, 0.8, 0.01),
        slice({ sex: "f" }, 0.8, 0.01),
        slice({ people__sex: "f" }, 0.8, 0.01),
      ]);
      await gateBy("short", "sex");
      expect(await stateWith("people__sex")).toBe("PASS");
      expect(await stateWith("parents__sex", "people__sex")).toBe("NOT_KNOWN");
      await gateBy("long", "people__sex");
      expect(await stateWith("parents__sex", "people__sex")).toBe("NOT_KNOWN");
      expect(await stateWith("people__sex", "sex")).toBe("PASS");
    });
  });
}
