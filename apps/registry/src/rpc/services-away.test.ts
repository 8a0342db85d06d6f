import { createRouterTransport } from "@connectrpc/connect";
import { GateState } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { DomainError } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { makeRelease, openRegistry, type RegistryInProcess, surroundings } from "../registry-in-process.ts";
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
      const scored = async () => {
        const { scorecard } = await registry.cards.getScorecard({ name: release });
        return scorecard?.sections.flatMap((it) => it.tests).find((it) => it.id === "monitoring-5")?.sentence;
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
      expect(await scored()).toBe(`Each of 500 scores that were evaluated is a finite number. ${AWAY}.`);
      registry.away.clear();
      expect((await states()).get("auc")?.state).toBe(GateState.MET);
      expect(await limits()).not.toContain(AWAY);
    });
  });
}
