import { readFile } from "node:fs/promises";
import { GateState } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  fixture,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";
import { gateScenario } from "./testing-gates.ts";

/** A model with other inputs and outputs, from the router's tests. */
const otherModel = () => readFile(new URL("../../../inference-router/fixtures/answers_a.onnx", import.meta.url));

for (const database of everyDatabase()) {
  describe(`variants of a version on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let original = "";
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      original = await registerFixture(registry, "line", "line");
    });

    /** A variant of the version, of the bytes of a fixture. */
    async function variant(of: string, derivation: string, bytes?: Uint8Array) {
      const digest = await registry.upload(bytes ?? (await fixture("line")));
      const { version } = await registry.models.createModelVersion({
        parent: "projects/p/models/line",
        version: { digest, format: ModelFormat.ONNX, derivedFrom: of, derivation },
      });
      return version;
    }

    test("say what they were made of and how, in their record and on the thread", async () => {
      const made = await variant(original, "int8-dynamic");
      expect(made).toMatchObject({ derivedFrom: original, derivation: "int8-dynamic" });
      const { version } = await registry.models.getModelVersion({ name: made?.name ?? "" });
      expect(version).toEqual(made);
      const record = () => registry.recorded.find((it) => it.execution.resource === made?.name);
      await expect.poll(record, PATIENCE).toBeDefined();
      const { version: parent } = await registry.models.getModelVersion({ name: original });
      expect(record()?.events).toContainEqual({ digest: parent?.digest, type: "INPUT", role: "model" });
    });

    test("are refused where callers of the original could not call them, or where half of it is said", async () => {
      const other = await failureOf(variant(original, "distilled", await otherModel()));
      expect(other).toMatchObject({ reason: "SIGNATURE_DIFFERS", paths: ["version.derived_from"] });
      expect(await failureOf(variant(original, ""))).toMatchObject({ paths: ["version.derivation"] });
      expect(await failureOf(variant(original, "transforms"))).toMatchObject({ paths: ["version.derivation"] });
      expect(await failureOf(variant("", "pruned"))).toMatchObject({ paths: ["version.derived_from"] });
      expect((await failureOf(variant("projects/p/models/line/versions/99", "pruned"))).reason).toBe("NOT_FOUND");
      expect((await failureOf(variant("projects/q/models/line/versions/1", "pruned"))).paths).toEqual([
        "version.derived_from",
      ]);
    });

    test("are gated by what they lose against the version that they were made of, and by nothing else at the target", async () => {
      const [close, far] = [await variant(original, "int8-static"), await variant(original, "pruned")];
      const measure = (parent: string, metric: string, value: number) =>
        registry.gates.addEvidence({
          parent,
          evidence: { kind: { case: "measurement", value: { metric, value, source: "1,000 rows of a file" } } },
        });
      await measure(original, "accuracy", 0.9);
      await measure(close?.name ?? "", "accuracy", 0.896);
      await measure(far?.name ?? "", "accuracy", 0.8);
      await registry.gates.setGate({
        gate: {
          name: "projects/p/models/line/gates/loses-little",
          targets: ["stages/Production"],
          baseline: "derived_from",
          condition: {
            case: "metric",
            value: { metric: "accuracy", greaterIsBetter: true, minAbsoluteChange: -0.005, measuredOnly: true },
          },
        },
      });
      const stands = async (subject: string | undefined) => {
        const { report } = await registry.gates.evaluateGates({
          parent: "projects/p",
          subject: subject ?? "",
          target: "stages/Production",
        });
        const [result] = report?.results ?? [];
        return [result?.state, result?.baseline];
      };
      expect(await stands(close?.name)).toEqual([GateState.MET, original]);
      expect(await stands(far?.name)).toEqual([GateState.UNMET, original]);
      expect(await stands(original)).toEqual([GateState.MISSING_BASELINE, ""]);
    });

    test("are refused by what a slice of the rows loses, or by what they take longer, with the slice and both values", async () => {
      const quantised = (await variant(original, "int8-static"))?.name ?? "";
      const { setGate, evaluate, slice, move } = gateScenario(registry);
      const model = "projects/p/models/line";
      await registry.gates.deleteGate({ name: `${model}/gates/loses-little` });
      const targets = ["stages/Staging"];
      const slices = { columns: ["origin"], minRowCount: 100n, requireBaselineSlices: true };
      const metric = { metric: "auc", greaterIsBetter: true, minAbsoluteChange: -0.02, slices };
      await setGate(model, "slices", {
        targets,
        baseline: "derived_from",
        condition: { case: "metric", value: metric },
      });
      const slower = { metric: "latency_p99_ms", minRelativeChange: -0.1 };
      await setGate(model, "slower", {
        targets,
        baseline: "derived_from",
        condition: { case: "metric", value: slower },
      });
      await setGate(model, "budget", { targets, condition: { case: "latency", value: { maxMs: 5 } } });
      const evaluated = (version: string, seattle: number, newYork: number) =>
        evaluate(version, [
          slice({}, 0.75, 0.001),
          slice({ origin: "SEA" }, seattle, 0.002),
          slice({ origin: "JFK" }, newYork, 0.002),
        ]);
      const measured = async (parent: string, value: number) => {
        registry.clock.timeMs += 1;
        const measurement = { metric: "latency_p99_ms", value, source: "one caller, 10,000 rows" };
        await registry.gates.addEvidence({ parent, evidence: { kind: { case: "measurement", value: measurement } } });
      };
      await evaluated(original, 0.75, 0.74);
      await measured(original, 4);
      await evaluated(quantised, 0.745, 0.66);
      await measured(quantised, 5.5);
      const refusal: string = await move(quantised, "Staging").then(
        () => expect.unreachable("it was refused"),
        (error: Error) => error.message,
      );
      // Within 0.02 of Seattle's 0.75, and not of New York's 0.74: over all rows nothing is lost.
      expect(refusal).toContain("not met: origin=JFK (0.66 [0.658, 0.662]; at least 0.72).");
      expect(refusal).not.toContain("origin=SEA");
      expect(refusal).toContain("latency_p99_ms is 5.5 (measured by local: one caller, 10,000 rows)");
      expect(refusal).toContain("at most 4.4 is needed, 10 % worse than the baseline's 4");
      expect(refusal).toContain("the budget is 5.");
      const paths = (await failureOf(move(quantised, "Staging"))).paths.map((it) => it.split("/").at(-1));
      expect(paths).toEqual(["budget", "slices", "slower"]);
      registry.clock.timeMs += 1;
      await evaluated(quantised, 0.745, 0.735);
      await measured(quantised, 4.3);
      await move(quantised, "Staging");
    });
  });
}
