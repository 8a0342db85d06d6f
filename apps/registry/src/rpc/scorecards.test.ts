import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ScorecardState } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { RolloutEvidenceSchema } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";
import { gateScenario } from "./testing-gates.ts";

const DAY_MS = 86_400_000;

for (const database of everyDatabase()) {
  describe(`what scorecards see on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      registry = await openRegistry(shared);
    });

    const testOf = async (name: string, id: string) => {
      const { scorecard } = await registry.cards.getScorecard({ name });
      const found = scorecard?.sections.flatMap((it) => it.tests).find((it) => it.id === id);
      return found ?? expect.unreachable(id);
    };
    const stateOf = async (name: string, id: string): Promise<string> => ScorecardState[(await testOf(name, id)).state];

    test("how the run went: code that is in no commit, and metrics that are no numbers", async () => {
      const run = "projects/p/runs/went";
      const digest = await registry.upload(await fixture("line"));
      await registry.models.createModel({ parent: "projects/p", modelId: "went" });
      const { version } = await registry.models.createModelVersion({
        parent: "projects/p/models/went",
        version: { digest, format: ModelFormat.ONNX, run },
      });
      const release = await makeRelease(registry, version?.name ?? "", 0.31);
      registry.trainings.set(run, { digests: new Set([digest]) });
      expect([await stateOf(release, "model-1"), await stateOf(release, "monitoring-5")]).toEqual([
        "NOT_KNOWN",
        "NOT_KNOWN",
      ]);
      const diffDigest = digestOfBytes("diff");
      registry.trainings.set(run, { digests: new Set([digest]), diffDigest, undefinedMetrics: ["loss"] });
      expect(await testOf(release, "model-1")).toMatchObject({ state: ScorecardState.FAIL, evidence: diffDigest });
      expect(await testOf(release, "monitoring-5")).toMatchObject({
        state: ScorecardState.FAIL,
        evidence: run,
        sentence: expect.stringContaining("no finite number: loss."),
      });
    });

    test("evaluations: every score is a number, and an older version on the same rows shows what age costs", async () => {
      const { newModel, register, upload, slice } = gateScenario(registry);
      const model = await newModel("aged");
      const old = await register(model);
      shared.clock.timeMs += 30 * DAY_MS;
      const young = await register(model);
      const release = await makeRelease(registry, young, 0.32);
      const evaluate = async (subject: string, auc: number, rows: string) => {
        const slices = [slice({}, auc, 0.02)];
        const digest = await upload({ dataDigest: digestOfBytes(rows), subject, slices, smallSlices: [] });
        const kind = { case: "evaluation" as const, value: { digest } };
        await registry.gates.addEvidence({ parent: subject, evidence: { kind } });
        shared.clock.timeMs += 1;
        return digest;
      };
      const own = await evaluate(young, 0.8, "rows");
      expect(await testOf(release, "monitoring-5")).toMatchObject({ state: ScorecardState.PASS, evidence: own });
      await evaluate(old, 0.7, "other rows");
      expect(await stateOf(release, "model-4")).toBe("NOT_KNOWN");
      const same = await evaluate(old, 0.71, "rows");
      expect(await testOf(release, "model-4")).toMatchObject({
        state: ScorecardState.PASS,
        evidence: same,
        sentence: "On the same rows, auc of version 1, which is 30 days older, is 0.71, and 0.8 of this one.",
      });
    });

    test("plans: the canvas says how old a model may be", async () => {
      const { newModel, register } = gateScenario(registry);
      const model = await newModel("planned");
      const version = await register(model);
      const release = await makeRelease(registry, version, 0.33);
      expect(await stateOf(release, "monitoring-4")).toBe("NOT_KNOWN");
      const target = { id: "age", metric: "model_age_days", greaterIsBetter: false, bound: 20 };
      await registry.canvases.updateCanvas({ canvas: { name: `${model}/canvas`, targets: [target] }, reason: "age" });
      expect(await testOf(release, "monitoring-4")).toMatchObject({
        state: ScorecardState.PASS,
        evidence: `${model}/canvas`,
        sentence: `${version} is 0 days old, and the canvas lets it be 20.`,
      });
      shared.clock.timeMs += 21 * DAY_MS;
      expect(await stateOf(release, "monitoring-4")).toBe("FAIL");
    });

    test("rollouts: what came true decides how good live predictions are, and whether gates had told it before", async () => {
      const { rollouts, deployments, gates } = registry;
      const version = await registerFixture(registry, "lived", "line");
      const metric = { metric: "auc", greaterIsBetter: true, threshold: 0.5 };
      const kind = { case: "measurement" as const, value: { metric: "auc", value: 0.7, source: "here" } };
      await gates.addEvidence({ parent: version, evidence: { kind } });
      const [old, good, bad] = await Promise.all([0.1, 0.2, 0.3].map((it) => makeRelease(registry, version, it)));
      const condition = { case: "metric" as const, value: metric };
      const targets = ["deployments/lived"];
      await gates.setGate({ gate: { name: "projects/p/models/lived/gates/auc", targets, condition } });
      const parent = "projects/p/deployments/lived";
      const traffic = [{ release: old ?? "", weightBasisPoints: 10_000 }];
      await deployments.createDeployment({ parent: "projects/p", deploymentId: "lived", deployment: { traffic } });
      expect(await testOf(old ?? "", "infrastructure-5")).toMatchObject({
        state: ScorecardState.PASS,
        evidence: parent,
        sentence: expect.stringContaining("100 % of the predictions"),
      });
      expect(await stateOf(good ?? "", "infrastructure-5")).toBe("NOT_KNOWN");
      const analysis = (name: string, expression: string) => ({
        name,
        role: AnalysisRole.OBJECTIVE,
        lowerIsBetter: true,
        minEffect: 0.01,
        labelDelay: durationFromMs(1_000),
        bounds: { least: 0, most: 1 },
        source: { case: "expression" as const, value: expression },
      });
      const decided = async (candidate: string, verdict: Verdict) => {
        const plan = {
          steps: [{ weightBasisPoints: 1_000 }],
          analyses: [analysis("loss", "(score - actual) * (score - actual)")],
        };
        const rollout = { candidate, strategy: Strategy.CANARY, plan };
        const { rollout: begun } = await rollouts.createRollout({ parent, rollout });
        const evidence: MessageInitShape<typeof RolloutEvidenceSchema>[] = [
          {
            analysis: "loss",
            verdict,
            candidateCount: 900n,
            baselineCount: 900n,
            candidateMean: 0.1,
            baselineMean: 0.2,
          },
        ];
        const name = begun?.name ?? "";
        await rollouts.recordDecision({ name, etag: "1", sequence: 1n, verdict, evidence });
        return `${name}/decisions/1`;
      };
      const first = await decided(good ?? "", Verdict.PROMOTE);
      expect(await testOf(good ?? "", "monitoring-7")).toMatchObject({ state: ScorecardState.PASS, evidence: first });
      expect(await testOf(good ?? "", "model-2")).toMatchObject({ state: ScorecardState.PASS, evidence: first });
      const second = await decided(bad ?? "", Verdict.ABORT);
      const sentence = `By what came true of 900 predictions, loss is 0.1, and 0.2 of ${good}: worse.`;
      expect(await testOf(bad ?? "", "monitoring-7")).toMatchObject({ sentence, evidence: second });
      expect(await testOf(bad ?? "", "model-2")).toMatchObject({
        state: ScorecardState.FAIL,
        sentence: `Gates on past data were met. ${sentence}`,
      });
      expect([await stateOf(old ?? "", "monitoring-7"), await stateOf(old ?? "", "model-2")]).toEqual([
        "NOT_KNOWN",
        "NOT_KNOWN",
      ]);
    });
  });
}
