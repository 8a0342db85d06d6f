import { createRouterTransport } from "@connectrpc/connect";
import { GateState } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { DomainError } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { fixture, makeRelease, openRegistry, type RegistryInProcess, surroundings } from "../registry-in-process.ts";
import { findingsOf } from "./findings.ts";
import { gateScenario } from "./testing-gates.ts";

const AWAY = "The validation service could not be asked for evaluations";

test("a service that does not answer is told from one that fails", async () => {
  const failing = (kind: "unavailable" | "conflict") =>
    createRouterTransport(({ service }) => {
      service(ValidationService, {
        listEvaluations() {
          throw translate(new DomainError(kind, "DOWN", "down"), () => {});
        },
      });
    });
  const nobody = createRouterTransport(() => {});
  const asked = (validation: ReturnType<typeof failing>) =>
    findingsOf({ tracking: nobody, featureStore: nobody, validation }).evaluation("projects/p/models/m/versions/1");
  await expect(asked(failing("unavailable"))).rejects.toMatchObject({ kind: "unavailable", reason: "SERVICE_AWAY" });
  await expect(asked(failing("conflict"))).rejects.not.toMatchObject({ reason: "SERVICE_AWAY" });
});

for (const database of everyDatabase()) {
  describe(`what is told while validation is away on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
    });

    test("gates are not met, with the reason; cards and scorecards say what is known, and what is not", async () => {
      const { newModel, register, setGate, evaluate, slice, move } = gateScenario(registry);
      const model = await newModel("away");
      const version = await register(model);
      const release = await makeRelease(registry, version, 0.41);
      await evaluate(version, [slice({}, 0.8, 0.02)]);
      const targets = ["stages/Production"];
      const metric = { metric: "auc", greaterIsBetter: true, threshold: 0.5 };
      await setGate(model, "auc", { targets, condition: { case: "metric", value: metric } });
      await setGate(model, "approvals", { targets, condition: { case: "approvals", value: { minCount: 1 } } });
      const states = async () => {
        const asked = { parent: "projects/p", subject: version, target: "stages/Production" };
        const { report } = await registry.gates.evaluateGates(asked);
        return new Map(report?.results.map((it) => [it.gate.split("/").at(-1), it]));
      };
      const limits = async () => (await registry.cards.getModelCard({ name: version })).card?.computedLimits.join(" ");
      const scored = async (...tests: string[]) => {
        const { scorecard } = await registry.cards.getScorecard({ name: release });
        const all = scorecard?.sections.flatMap((it) => it.tests) ?? [];
        return tests.map((test) => all.find((it) => it.id === test)?.sentence);
      };
      expect((await states()).get("auc")?.state).toBe(GateState.MET);
      registry.away.add("validation service");
      expect((await states()).get("auc")).toMatchObject({
        state: GateState.NOT_MEASURED,
        passes: false,
        sentence: `${AWAY}, so that this cannot be told. Look again when it answers.`,
      });
      expect((await states()).get("approvals")?.state).toBe(GateState.UNMET);
      await expect(move(version, "Production")).rejects.toThrow(AWAY);
      expect(await limits()).toContain(`${AWAY}: there may be a newer one than is known now.`);
      const notKnown = `Not known. ${AWAY}. Look again when it answers.`;
      expect(await scored("monitoring-5", "model-4", "model-5", "model-6")).toEqual([
        `Each of 500 scores that were evaluated is a finite number. ${AWAY}.`,
        ...[notKnown, notKnown, notKnown],
      ]);
      registry.away.clear();
      expect((await states()).get("auc")?.state).toBe(GateState.MET);
      expect(await limits()).not.toContain(AWAY);
    });

    test("releases are compared but for their metrics, of which others may know more", async () => {
      const { newModel, register, upload, slice } = gateScenario(registry);
      const model = await newModel("compared");
      const digest = await registry.upload(await fixture("tree"));
      const version = { digest, format: ModelFormat.ONNX, metrics: { auc: 0.6 } };
      const { version: tree } = await registry.models.createModelVersion({ parent: model, version });
      const names: string[] = [];
      for (const [auc, subject] of [
        [0.7, await register(model)],
        [0.8, tree?.name ?? ""],
      ] as const) {
        const found = { dataDigest: digest, subject, slices: [slice({}, auc, 0.02)], smallSlices: [] };
        registry.found.set(subject, await upload(found));
        names.push(await makeRelease(registry, subject, 0.5));
      }
      const [base = "", name = ""] = names;
      const told = async () => {
        const { differences } = await registry.releases.diffReleases({ name, base });
        return differences.filter((it) => it.path.startsWith("metrics.")).map((it) => it.sentence);
      };
      expect(await told()).toEqual([expect.stringContaining("rose by 0.1 from 0.7 [0.68, 0.72] to 0.8 [0.78, 0.82]")]);
      registry.away.add("validation service");
      // What the authors said is another matter: by that it fell.
      expect(await told()).toEqual([
        `${AWAY}, so that it cannot be told how the metrics of main differ. Look again when it answers.`,
      ]);
      registry.away.clear();
    });
  });
}
