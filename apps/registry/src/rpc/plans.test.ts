import { ScorecardState } from "@throughline/contracts/throughline/registry/v1/card_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { canonicalJson, digestOfBytes } from "@throughline/kernel";
import { ACTOR_HEADER, fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const as = (actor: string) => ({ headers: { [ACTOR_HEADER]: actor } });

const FILLED = {
  valueProposition: { endUsers: "travellers", objective: "to be on time", benefit: "they leave earlier" },
  predictionTask: { entity: "a flight", outcome: "late or not", outcomeDelay: "a day" },
  decisions: { use: "a warning is shown" },
  impactSimulation: { data: "2013", costAndGain: "10 a warning", fairness: "none" },
  dataSources: [{ name: "flights", description: "of the airline" }],
  dataCollection: { initial: "one year", ongoing: "every day" },
  features: { inputs: "wind, rain, distance" },
  buildingModels: { schedule: "every month", resources: "one core" },
  makingPredictions: { mode: "one at a time", resources: "one core" },
  monitoring: { metrics: "warnings that were right", response: "ada is called" },
  targets: [{ id: "auc", metric: "auc", greaterIsBetter: true, bound: 0.7, rationale: "as good as now" }],
};

for (const database of everyDatabase()) {
  describe(`canvas, card and scorecard on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
    });
    const canvasOf = (modelId: string) => `projects/p/models/${modelId}/canvas`;

    test("a canvas is empty at first, says what is missing, and keeps every state", async () => {
      await registry.models.createModel({ parent: "projects/p", modelId: "planned" });
      const name = canvasOf("planned");
      const empty = (await registry.canvases.getCanvas({ name })).canvas;
      expect(empty).toMatchObject({ completeness: 0, etag: "" });
      const { missing, ...half } = { missing: 0, ...FILLED, monitoring: { metrics: "clicks" } };
      const first = (await registry.canvases.updateCanvas({ canvas: { name, ...half } }, as("ada"))).canvas;
      expect(first).toMatchObject({ etag: "1", missing: ["monitoring.response"], change: { actor: "ada" } });
      const whole = { canvas: { name, ...FILLED, etag: "1" }, reason: "we know now" };
      const then = fromMs(registry.clock.timeMs);
      registry.clock.timeMs += 1;
      expect((await registry.canvases.updateCanvas(whole)).canvas).toMatchObject({ completeness: 1, missing: [] });
      expect((await registry.canvases.getCanvas({ name, asOf: then })).canvas?.etag).toBe("1");
      expect((await failureOf(registry.canvases.updateCanvas(whole))).reason).toBe("REVISION_CONFLICT");
      const { states } = await registry.canvases.listCanvasChanges({ name });
      expect(states.map((it) => it.change?.reason)).toEqual(["we know now", ""]);
      const page = await registry.canvases.listCanvasChanges({ name, pageSize: 1 });
      const next = await registry.canvases.listCanvasChanges({ name, pageSize: 1, pageToken: page.nextPageToken });
      expect([...page.states, ...next.states]).toEqual(states);
      const twice = { name, targets: [...FILLED.targets, ...FILLED.targets] };
      expect((await failureOf(registry.canvases.updateCanvas({ canvas: twice }))).paths).toEqual([
        "canvas.targets[1].id",
      ]);
      expect((await failureOf(registry.canvases.getCanvas({ name: canvasOf("none") }))).reason).toBe("NOT_FOUND");
    });

    test("a target of the canvas is the threshold of a gate: changing the one changes the other", async () => {
      const version = await registerFixture(registry, "targeted", "line");
      const model = "projects/p/models/targeted";
      await registry.gates.setGate({
        gate: {
          name: `${model}/gates/target`,
          targets: ["stages/Production"],
          condition: { case: "metric", value: { canvasTarget: "auc" } },
        },
      });
      const see = async () =>
        (await registry.gates.evaluateGates({ parent: "projects/p", subject: version, target: "stages/Production" }))
          .report?.results[0];
      expect((await see())?.sentence).toContain("The canvas has no target auc");
      const evaluation = {
        dataDigest: "",
        subject: version,
        smallSlices: [],
        slices: [{ key: {}, rowCount: 10, positiveCount: 5, metrics: [{ name: "auc", value: 0.72, interval: null }] }],
      };
      const digest = await registry.upload(Buffer.from(canonicalJson(evaluation)), "EVALUATION");
      await registry.gates.addEvidence({
        parent: version,
        evidence: { kind: { case: "evaluation", value: { digest } } },
      });
      await registry.canvases.updateCanvas({ canvas: { name: canvasOf("targeted"), ...FILLED } });
      expect(await see()).toMatchObject({ passes: true, value: 0.72, bound: 0.7 });
      const targets = FILLED.targets.map((it) => ({ ...it, bound: 0.75 }));
      await registry.canvases.updateCanvas({ canvas: { name: canvasOf("targeted"), ...FILLED, targets } });
      expect(await see()).toMatchObject({ passes: false, value: 0.72, bound: 0.75 });
    });

    test("a card tells what is known and what nobody has said, and markup of people stays text", async () => {
      const version = await registerFixture(registry, "carded", "line");
      const name = "projects/p/models/carded/card";
      const before = (await registry.cards.getModelCard({ name: version })).card;
      expect(before?.missing).toContain("intended_use");
      expect(before?.markdown).toContain("Nobody has said this yet.");
      expect(before?.computedLimits).toContain("It is not known what the model was trained on.");
      const text = {
        name,
        owners: ["ada <ada@example.org>"],
        intendedUse: "# Not a title\n\n<script>alert(1)</script> [a](javascript:1) https://example.org",
        outOfScopeUse: "pricing",
        limitations: "snow",
        ethicalConsiderations: "none",
        recommendations: "look at slices",
      };
      await registry.cards.updateCardText({ text, reason: "first" }, as("ada"));
      await registry.cards.updateCardText({ text: { ...text, limitations: "snow, ice", etag: "1" } });
      expect((await failureOf(registry.cards.updateCardText({ text: { ...text, etag: "1" } }))).reason).toBe(
        "REVISION_CONFLICT",
      );
      const release = await makeRelease(registry, version, 0.4);
      const card = (await registry.cards.getModelCard({ name: release })).card;
      expect(card).toMatchObject({ missing: [], release: { thresholds: { late: 0.4 } }, version: { name: version } });
      expect(card?.markdown).toContain("Threshold late: 0.4");
      expect(card?.markdown).toContain("\\# Not a title");
      expect(card?.markdown).not.toMatch(/(?<!\\)<script|(?<!\\)\]\(|https:\/\//);
      const { states } = await registry.cards.listCardTextChanges({ name });
      expect(states.map((it) => it.limitations)).toEqual(["snow, ice", "snow"]);
    });

    test("a scorecard has 28 tests, claims nothing that it does not see, and scores the weakest section", async () => {
      const version = await registerFixture(registry, "scored", "line");
      const release = await makeRelease(registry, version, 0.3);
      const scorecard = async () => (await registry.cards.getScorecard({ name: release })).scorecard;
      const find = async (id: string) =>
        (await scorecard())?.sections.flatMap((it) => it.tests).find((it) => it.id === id);
      const first = await scorecard();
      expect(first?.sections.map((it) => it.tests.length)).toEqual([7, 7, 7, 7]);
      expect(first?.score).toBe(0);
      expect(await find("data-1")).toMatchObject({
        state: ScorecardState.FAIL,
        sentence: "The release pins no schema.",
      });
      expect(await find("monitoring-4")).toMatchObject({ state: ScorecardState.NOT_KNOWN, points: 0 });
      const say = (test: string, automated: boolean, holds = true) =>
        registry.cards.setScorecardStatement(
          { statement: { name: `projects/p/models/scored/scorecard/${test}`, holds, automated, text: "we look" } },
          as("ada"),
        );
      await Promise.all(["data-2", "model-2", "infrastructure-1", "monitoring-4"].map((it) => say(it, false)));
      expect((await scorecard())?.score).toBe(0.5);
      expect(await find("monitoring-4")).toMatchObject({ state: ScorecardState.MANUAL, sentence: "ada says: we look" });
      // Nobody can talk away what the platform sees.
      await say("data-1", true);
      expect(await find("data-1")).toMatchObject({
        state: ScorecardState.FAIL,
        points: 0,
        statement: { actor: "ada" },
      });
      await say("monitoring-4", false, false);
      expect((await scorecard())?.score).toBe(0);
    });

    test("what was done before a release is seen: studies, replays, and which features are needed", async () => {
      const run = "projects/p/runs/trained";
      const digest = await registry.upload(await fixture("line"));
      await registry.models.createModel({ parent: "projects/p", modelId: "made" });
      const { version } = await registry.models.createModelVersion({
        parent: "projects/p/models/made",
        version: { digest, format: ModelFormat.ONNX, run },
      });
      const release = await makeRelease(registry, version?.name ?? "", 0.4);
      const state = async (id: string) => {
        const { scorecard } = await registry.cards.getScorecard({ name: release });
        const found = scorecard?.sections.flatMap((it) => it.tests).find((it) => it.id === id);
        return [found?.state, found?.evidence];
      };
      expect(await state("model-3")).toEqual([ScorecardState.NOT_KNOWN, ""]);
      const study = "projects/p/studies/s";
      const again = "projects/p/runs/again";
      registry.trainings.set(run, {
        digests: new Set([digest]),
        study,
        replay: { run: again, digests: new Set([digest]) },
      });
      expect(await state("model-3")).toEqual([ScorecardState.PASS, study]);
      expect(await state("infrastructure-1")).toEqual([ScorecardState.PASS, again]);
      registry.trainings.set(run, { digests: new Set([digest]), replay: { run: again, digests: new Set() } });
      expect(await state("infrastructure-1")).toEqual([ScorecardState.FAIL, again]);
      // The run did not make the version's file itself, so that nothing can be said.
      registry.trainings.set(run, { digests: new Set(), replay: { run: again, digests: new Set() } });
      expect(await state("infrastructure-1")).toEqual([ScorecardState.NOT_KNOWN, ""]);
    });

    test("serving is seen: a release that came as a canary, with a way back, after gates were met", async () => {
      const version = await registerFixture(registry, "rolled", "line");
      const [old, next] = [await makeRelease(registry, version, 0.1), await makeRelease(registry, version, 0.2)];
      await registry.gates.setGate({
        gate: {
          name: "projects/p/models/rolled/gates/fast",
          targets: ["deployments/rolled"],
          condition: { case: "latency", value: { maxMs: 10 } },
        },
      });
      await registry.gates.setGate({
        gate: {
          name: "projects/p/models/rolled/gates/size",
          targets: ["deployments/rolled"],
          condition: { case: "metric", value: { metric: "size", threshold: 100 } },
        },
      });
      for (const metric of ["latency_p99_ms", "size"])
        await registry.gates.addEvidence({
          parent: version,
          evidence: { kind: { case: "measurement", value: { metric, value: 5, source: "here" } } },
        });
      await registry.deployments.createDeployment({
        parent: "projects/p",
        deploymentId: "rolled",
        deployment: { traffic: [{ release: old, weightBasisPoints: 10_000 }] },
      });
      await registry.deployments.setTraffic({
        name: "projects/p/deployments/rolled",
        traffic: [
          { release: old, weightBasisPoints: 9_900 },
          { release: next, weightBasisPoints: 100 },
        ],
      });
      const states = async (name: string) =>
        Object.fromEntries(
          (await registry.cards.getScorecard({ name })).scorecard?.sections.flatMap((it) =>
            it.tests.map((of) => [of.id, ScorecardState[of.state]]),
          ) ?? [],
        );
      expect(await states(next)).toMatchObject({
        "infrastructure-4": "PASS",
        "infrastructure-6": "PASS",
        "infrastructure-7": "PASS",
        "monitoring-6": "PASS",
      });
      expect(await states(old)).toMatchObject({ "infrastructure-6": "FAIL", "infrastructure-7": "FAIL" });
      const unknown = registry.cards.getScorecard({
        name: `projects/p/releases/${digestOfBytes("none").slice(7, 23)}`,
      });
      expect((await failureOf(unknown)).reason).toBe("NOT_FOUND");
    });
  });
}
