import {
  Correction,
  GateState,
  MissingBaseline,
  SliceProof,
} from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failureOf, makeRelease, openRegistry, type RegistryInProcess, surroundings } from "../registry-in-process.ts";
import { as, gateScenario, TRAINED_ON } from "./testing-gates.ts";

for (const database of everyDatabase()) {
  describe(`gates on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let scenario: ReturnType<typeof gateScenario>;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      scenario = gateScenario(registry);
    });

    test("a promotion is refused with every unmet gate and the value seen, and nothing is written", async () => {
      const { newModel, register, setGate, move, setAlias } = scenario;
      const model = await newModel("strict");
      const name = await register(model, 0.66);
      const targets = ["stages/Production", "aliases/champion"];
      await setGate(model, "auc", {
        targets,
        condition: { case: "metric", value: { metric: "auc", greaterIsBetter: true, threshold: 0.7 } },
      });
      await setGate(model, "certificate", {
        // The case of a standard stage does not matter.
        targets: ["stages/PRODUCTION", "stages/Production", "aliases/champion"],
        condition: { case: "certificate", value: {} },
      });
      await setGate(model, "fast", { targets, condition: { case: "latency", value: { maxMs: 10 } } });
      await setGate(model, "four-eyes", { targets, condition: { case: "approvals", value: {} } });
      await setGate(model, "plan", { targets, condition: { case: "canvas", value: {} } });
      await setGate(model, "card", { targets, condition: { case: "card", value: {} } });
      await setGate(model, "elsewhere", { targets: ["stages/Other"], condition: { case: "approvals", value: {} } });
      for (const attempt of [() => move(name, "Production"), () => setAlias(model, "champion", 1n)]) {
        const { reason, paths } = await failureOf(attempt());
        expect(reason).toBe("GATES_UNMET");
        expect(paths.map((it) => it.split("/").at(-1))).toEqual([
          "auc",
          "card",
          "certificate",
          "fast",
          "four-eyes",
          "plan",
        ]);
      }
      await expect(move(name, "Production")).rejects.toThrow("auc is 0.66 (given by ada at registration)");
      // The message alone names every gate: not every client sees the details.
      for (const gate of ["auc", "card", "certificate", "fast", "four-eyes", "plan"])
        await expect(move(name, "Production")).rejects.toThrow(`${gate}: `);
      expect((await registry.models.getModelVersion({ name })).version?.stage).toBe("None");
      expect((await registry.models.getModel({ name: model })).model?.aliases).toEqual({});
      expect((await registry.gates.listGateDecisions({ parent: model })).decisions).toEqual([]);
      await move(name, "Staging");
    });

    test("evidence, approvals, canvas and card meet the gates, and the decision is kept with the change", async () => {
      const { newModel, register, setGate, upload, move } = scenario;
      const model = await newModel("ready");
      const name = await register(model);
      const targets = ["stages/Production"];
      await setGate(model, "certificate", { targets, condition: { case: "certificate", value: {} } });
      await setGate(model, "fast", { targets, condition: { case: "latency", value: { maxMs: 10 } } });
      await setGate(model, "four-eyes", { targets, condition: { case: "approvals", value: {} } });
      const certificate = await upload({ passed: true, suspects: [], training_set_digest: TRAINED_ON });
      const add = (kind: object) => registry.gates.addEvidence({ parent: name, evidence: { kind: kind as never } });
      await add({ case: "certificate", value: { digest: certificate } });
      const measured = { metric: "latency_p99_ms", value: 4, source: "16 callers on one core" };
      const [first, again] = [
        await add({ case: "measurement", value: measured }),
        await add({ case: "measurement", value: measured }),
      ];
      expect(again.evidence).toEqual(first.evidence);
      expect((await failureOf(move(name, "Production"))).paths).toEqual([`${model}/gates/four-eyes`]);
      await registry.models.approveModelVersion({ name, approved: true, reason: "seen" }, as("grace"));
      const { report } = await registry.gates.evaluateGates({
        parent: "projects/p",
        subject: name,
        target: "stages/Production",
      });
      expect(report).toMatchObject({ passes: true });
      expect(report?.results.map((it) => GateState[it.state])).toEqual(["MET", "MET", "MET"]);
      await registry.models.transitionModelVersion({ name, stage: "Production", reason: "go" }, as("bob"));
      const { decisions } = await registry.gates.listGateDecisions({ parent: model });
      expect(decisions).toMatchObject([
        { actor: "bob", reason: "go", report: { subject: name, target: "stages/Production" } },
      ]);
      expect(decisions[0]?.report?.results[1]).toMatchObject({ value: 4, bound: 10 });
      expect((await registry.gates.listEvidence({ parent: name })).evidence).toHaveLength(2);
    });

    test("a relative gate compares with what stands there; a missing baseline blocks, or passes with a mark", async () => {
      const { newModel, register, setGate, setAlias } = scenario;
      const model = await newModel("relative");
      const [first, second] = [await register(model, 0.7), await register(model, 0.69)];
      const condition = {
        case: "metric" as const,
        value: { metric: "auc", greaterIsBetter: true, minAbsoluteChange: 0 },
      };
      const targets = ["aliases/champion"];
      await setGate(model, "better", { targets, condition });
      await expect(setAlias(model, "champion", 1n)).rejects.toThrow("there is no baseline to compare with");
      await setGate(model, "better", { targets, condition, missingBaseline: MissingBaseline.PASS_MARKED });
      await setAlias(model, "champion", 1n);
      const { decisions } = await registry.gates.listGateDecisions({ parent: model });
      expect(decisions[0]?.report?.results[0]).toMatchObject({ state: GateState.MISSING_BASELINE, passes: true });
      await expect(setAlias(model, "champion", 2n)).rejects.toThrow("no worse than the baseline's 0.7.");
      const third = await register(model, 0.71);
      registry.clock.timeMs += 1;
      await setAlias(model, "champion", 3n);
      const [newest] = (await registry.gates.listGateDecisions({ parent: model })).decisions;
      expect(newest?.report?.results[0]).toMatchObject({ baseline: first, modelVersion: third, state: GateState.MET });
      const named = await setGate(model, "better", { targets, condition, baseline: "versions/2" });
      expect(named?.etag).toBe("3");
      const { report } = await registry.gates.evaluateGates({
        parent: "projects/p",
        subject: first,
        target: "aliases/champion",
      });
      expect(report?.results[0]).toMatchObject({ baseline: second, passes: true });
    });

    test("the baseline of an alias that is a number is the version which the alias names", async () => {
      const { newModel, register, setGate, setAlias } = scenario;
      const model = await newModel("numbered");
      const [first, second] = [await register(model, 0.7), await register(model, 0.69)];
      await setAlias(model, "1", 2n);
      const value = { metric: "auc", greaterIsBetter: true, minAbsoluteChange: 0 };
      for (const [baseline, name] of Object.entries({ "aliases/1": second, "versions/1": first })) {
        const targets = ["stages/Production"];
        await setGate(model, "better", { targets, condition: { case: "metric", value }, baseline });
        const asked = { parent: "projects/p", subject: await register(model, 0.8), target: "stages/Production" };
        expect((await registry.gates.evaluateGates(asked)).report?.results[0]).toMatchObject({ baseline: name });
      }
    });

    test("slices of an evaluation are looked at with a correction for their number", async () => {
      const { newModel, register, setGate, evaluate, slice, move } = scenario;
      const model = await newModel("sliced");
      const name = await register(model);
      await setGate(model, "slices", {
        targets: ["stages/Production"],
        condition: {
          case: "metric",
          value: {
            metric: "auc",
            greaterIsBetter: true,
            threshold: 0.6,
            slices: {
              columns: ["origin"],
              minRowCount: 100n,
              proof: SliceProof.MUST_CLEAR,
              correction: Correction.HOLM,
            },
          },
        },
      });
      await expect(move(name, "Production")).rejects.toThrow("No evaluation of the version is known");
      await evaluate(name, [
        slice({}, 0.7, 0.02),
        slice({ origin: "SEA" }, 0.7, 0.03),
        slice({ origin: "JFK" }, 0.62, 0.03),
      ]);
      await expect(move(name, "Production")).rejects.toThrow("not met: origin=JFK (0.62 [0.59, 0.65]; at least 0.6)");
      registry.clock.timeMs += 1;
      await evaluate(name, [
        slice({}, 0.7, 0.02),
        slice({ origin: "SEA" }, 0.7, 0.03),
        slice({ origin: "JFK" }, 0.65, 0.03),
      ]);
      await move(name, "Production");
    });

    test("a deployment takes a new release only through its gates, and is always taken back", async () => {
      const { newModel, register, setGate } = scenario;
      const model = await newModel("served");
      const [first, second] = [await register(model, 0.7), await register(model, 0.6)];
      const [good, bad] = [await makeRelease(registry, first, 0.1), await makeRelease(registry, second, 0.1)];
      await setGate(model, "auc", {
        targets: ["deployments/-"],
        missingBaseline: MissingBaseline.PASS_MARKED,
        condition: { case: "metric", value: { metric: "auc", greaterIsBetter: true, minAbsoluteChange: -0.02 } },
      });
      const shares = (...of: [string, number][]) =>
        of.map(([release, weightBasisPoints]) => ({ release, weightBasisPoints }));
      await registry.deployments.createDeployment({
        parent: "projects/p",
        deploymentId: "gated",
        deployment: { traffic: shares([good, 10_000]) },
      });
      const name = "projects/p/deployments/gated";
      const canary = () => registry.deployments.setTraffic({ name, traffic: shares([good, 9_000], [bad, 1_000]) });
      await expect(canary()).rejects.toThrow("at least 0.68 is needed");
      // Loaded without traffic is no promotion.
      await registry.deployments.setTraffic({ name, traffic: shares([good, 10_000], [bad, 0]) });
      await registry.gates.deleteGate({ name: `${model}/gates/auc` });
      await canary();
      await setGate(model, "auc", {
        targets: ["deployments/gated"],
        condition: { case: "metric", value: { metric: "auc", greaterIsBetter: true, threshold: 0.99 } },
      });
      // Neither release meets the gate now; shares move between them all the same, and back.
      await registry.deployments.setTraffic({ name, traffic: shares([good, 5_000], [bad, 5_000]) });
      await registry.deployments.rollBackDeployment({ name });
      await registry.deployments.setTraffic({ name, traffic: shares([good, 10_000]) });
      expect((await failureOf(canary())).reason).toBe("GATES_UNMET");
      const { report } = await registry.gates.evaluateGates({
        parent: "projects/p",
        subject: bad,
        target: "deployments/gated",
      });
      expect(report).toMatchObject({ passes: false, results: [{ value: 0.6, bound: 0.99, modelVersion: second }] });
    });

    test("whoever races for an alias, each change has its decision and nothing else has one", async () => {
      const { newModel, register, setGate, setAlias } = scenario;
      const model = await newModel("raced");
      const values = [0.71, 0.72, 0.5, 0.73];
      for (const auc of values) await register(model, auc);
      await setGate(model, "auc", {
        targets: ["aliases/champion"],
        condition: { case: "metric", value: { metric: "auc", greaterIsBetter: true, threshold: 0.7 } },
      });
      const racing = values.flatMap((_, i) =>
        Array.from({ length: 3 }, () => setAlias(model, "champion", BigInt(i + 1))),
      );
      const results = await Promise.allSettled(racing);
      expect(results.filter((it) => it.status === "rejected")).toHaveLength(3);
      const { changes } = await registry.models.listAliasChanges({ model, alias: "champion" });
      const { decisions } = await registry.gates.listGateDecisions({ parent: model });
      const promoted = new Set(changes.map((it) => `${model}/versions/${it.version}`));
      expect(promoted).not.toContain(`${model}/versions/3`);
      expect(new Set(decisions.map((it) => it.report?.subject))).toEqual(promoted);
      expect(decisions.every((it) => it.report?.passes)).toBe(true);
    });

    test("gates have a history, are compared and swapped, and are refused when they say nothing", async () => {
      const { newModel, setGate } = scenario;
      const model = await newModel("kept");
      const condition = (threshold: number) => ({ case: "metric" as const, value: { metric: "auc", threshold } });
      const name = `${model}/gates/auc`;
      await setGate(model, "auc", { targets: ["stages/Production"], condition: condition(0.5) });
      const then = registry.clock.timeMs;
      registry.clock.timeMs += 1_000;
      await setGate(model, "auc", { targets: ["stages/Production"], condition: condition(0.6), etag: "1" });
      const stale = setGate(model, "auc", { targets: ["stages/Production"], condition: condition(0.7), etag: "1" });
      expect((await failureOf(stale)).reason).toBe("REVISION_CONFLICT");
      const asOf = { seconds: BigInt(Math.floor(then / 1_000)), nanos: (then % 1_000) * 1_000_000 };
      const { gate } = await registry.gates.getGate({ name, asOf });
      expect(gate?.condition).toMatchObject({ value: { threshold: 0.5 } });
      await registry.gates.deleteGate({ name, etag: "2", reason: "not needed" });
      expect((await failureOf(registry.gates.getGate({ name }))).reason).toBe("NOT_FOUND");
      const restored = await setGate(model, "auc", { targets: ["stages/Production"], condition: condition(0.8) });
      expect(restored?.change?.revision).toBe(4n);
      const { states } = await registry.gates.listGateChanges({ name });
      expect(states.map((it) => [Number(it.change?.revision), it.condition.case])).toEqual([
        [4, "metric"],
        [3, undefined],
        [2, "metric"],
        [1, "metric"],
      ]);
      expect((await registry.gates.listGates({ parent: model })).gates).toHaveLength(1);
      const empty = setGate(model, "empty", {
        targets: ["stages/Production"],
        condition: { case: "metric", value: { metric: "auc" } },
      });
      expect((await failureOf(empty)).paths).toEqual(["gate.condition.metric"]);
      const double = setGate(model, "double", {
        targets: ["stages/Production"],
        condition: { case: "metric", value: { metric: "auc", threshold: 1, canvasTarget: "good" } },
      });
      expect((await failureOf(double)).paths).toEqual(["gate.condition.metric.canvas_target"]);
      const orphan = registry.gates.setGate({
        gate: { name: "projects/p/models/none/gates/a", targets: ["stages/X"], condition: condition(1) },
      });
      expect((await failureOf(orphan)).reason).toBe("NOT_FOUND");
    });
  });
}
