import { GateState } from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { canonicalJson, digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  surroundings,
} from "../registry-in-process.ts";
import { gateScenario, TRAINED_ON } from "./testing-gates.ts";

for (const database of everyDatabase()) {
  describe(`evidence on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let scenario: ReturnType<typeof gateScenario>;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      scenario = gateScenario(registry);
    });

    test("evidence is about the version, its run or its training set, and its bytes are what they should be", async () => {
      const { newModel, register, upload } = scenario;
      const model = await newModel("evidence");
      const [name, other] = [await register(model), await register(model)];
      const add = (kind: object) => registry.gates.addEvidence({ parent: name, evidence: { kind: kind as never } });
      const evaluation = { dataDigest: "", slices: [], smallSlices: [] };
      const ofOther = await upload({ ...evaluation, subject: other });
      expect((await failureOf(add({ case: "evaluation", value: { digest: ofOther } }))).reason).toBe(
        "EVIDENCE_OF_OTHER",
      );
      const noSubject = await upload({ ...evaluation, subject: "" });
      expect((await failureOf(add({ case: "evaluation", value: { digest: noSubject } }))).reason).toBe(
        "EVIDENCE_OF_OTHER",
      );
      const certificate = await upload({ passed: true, suspects: [], training_set_digest: digestOfBytes("other") });
      const ofOtherSet = add({ case: "certificate", value: { digest: certificate } });
      expect((await failureOf(ofOtherSet)).reason).toBe("EVIDENCE_OF_OTHER");
      const invalid = async (bytes: string | Uint8Array, kind: "EVALUATION" | "FILE") => {
        const digest = await registry.upload(Buffer.from(bytes), kind);
        return failureOf(add({ case: "evaluation", value: { digest } }));
      };
      const aFile = canonicalJson({ ...evaluation, subject: name, of: "a file of a user" });
      for (const bytes of [
        "[",
        "[".repeat(100_000),
        '{"slices":1e999}',
        '{"__proto__":{"slices":[]}}',
        await fixture("line"),
      ])
        expect((await invalid(bytes, "EVALUATION")).reason).toBe("EVIDENCE_INVALID");
      expect((await invalid(aFile, "FILE")).reason).toBe("EVIDENCE_INVALID");
      const { digest: secret } = await registry.blobs.put(Buffer.from("of another project"));
      expect((await failureOf(add({ case: "evaluation", value: { digest: secret } }))).reason).toBe("ARTIFACT_UNKNOWN");
    });

    test("what other services found out counts by itself, and the newest of all counts", async () => {
      const { newModel, upload, slice, setGate, setAlias, evaluate } = scenario;
      const model = await newModel("found");
      const trainingSet = "projects/p/trainingSets/found";
      const digest = await registry.upload(await fixture("line"));
      const version = { digest, format: ModelFormat.ONNX, trainingSet, trainingSetDigest: TRAINED_ON };
      const { version: made } = await registry.models.createModelVersion({ parent: model, version });
      const name = made?.name ?? "";
      const targets = ["aliases/champion"];
      const metric = { metric: "auc", greaterIsBetter: true, threshold: 0.7, useInterval: true, measuredOnly: true };
      await setGate(model, "auc", { targets, condition: { case: "metric", value: metric } });
      await setGate(model, "sound", { targets, condition: { case: "certificate", value: {} } });
      const states = async () => {
        const asked = { parent: "projects/p", subject: name, target: "aliases/champion" };
        return (await registry.gates.evaluateGates(asked)).report?.results.map((it) => it.state);
      };
      expect(await states()).toEqual([GateState.NOT_MEASURED, GateState.NOT_MEASURED]);
      const evaluation = (value: number) =>
        upload({ dataDigest: "", subject: name, slices: [slice({}, value, 0.02)], smallSlices: [] });
      registry.found.set(name, await evaluation(0.8));
      registry.found.set(trainingSet, await upload({ passed: true, suspects: [], training_set_digest: TRAINED_ON }));
      expect(await states()).toEqual([GateState.MET, GateState.MET]);
      const { card } = await registry.cards.getModelCard({ name });
      expect(card?.computedLimits.join(" ")).not.toMatch(/not evaluated on|something of the future/);
      await setAlias(model, "champion", 1n);

      const ofOther = await upload({ passed: true, suspects: [], training_set_digest: digestOfBytes("other") });
      registry.found.set(trainingSet, ofOther);
      registry.found.set(name, await evaluation(0.6));
      expect(await states()).toEqual([GateState.UNMET, GateState.NOT_MEASURED]);
      registry.clock.timeMs += 1;
      await evaluate(name, [slice({}, 0.9, 0.02)]);
      registry.found.delete(name);
      expect((await states())?.[0]).toBe(GateState.MET);
    });

    test("two releases differ in words: their models, and what was found out about them", async () => {
      const { newModel, register, evaluate, slice } = scenario;
      const model = await newModel("compared");
      const first = await register(model, 0.7);
      const digest = await registry.upload(await fixture("tree"));
      const { version } = await registry.models.createModelVersion({
        parent: model,
        version: { digest, format: ModelFormat.ONNX },
      });
      const second = version?.name ?? "";
      await evaluate(first, [slice({}, 0.7, 0.02), slice({ origin: "SEA" }, 0.7, 0.03)]);
      await evaluate(second, [slice({}, 0.75, 0.02), slice({ origin: "SEA" }, 0.71, 0.03)]);
      const [base, name] = [await makeRelease(registry, first, 0.1), await makeRelease(registry, second, 0.2)];
      const { differences } = await registry.releases.diffReleases({ name, base });
      expect(differences.map((it) => it.sentence)).toEqual([
        `The model of main went from ${first} to ${second}.`,
        expect.stringContaining("The bytes of the model of main went from sha256:"),
        "The threshold late went from 0.1 to 0.2.",
        "auc of main over all rows rose by 0.05 from 0.7 [0.68, 0.72] to 0.75 [0.73, 0.77].",
        "auc of main over the slice origin=SEA rose by 0.01 from 0.7 [0.67, 0.73] to 0.71 [0.68, 0.74], which may be chance.",
      ]);
    });

    test("the certificate that a release pins counts, if it is one of the model's training set", async () => {
      const { newModel, register, setGate, upload } = scenario;
      const model = await newModel("pinned");
      const modelVersion = await register(model);
      await setGate(model, "certificate", {
        targets: ["deployments/-"],
        condition: { case: "certificate", value: { maxSuspects: 1 } },
      });
      const stateWith = async (certificate: object) => {
        const certificateDigest = await upload(certificate);
        const { release } = await registry.releases.createRelease({
          parent: "projects/p",
          manifest: {
            models: { main: { modelVersion } },
            graph: { nodes: [{ name: "main", kind: { case: "model", value: { outputTensor: "probabilities" } } }] },
            certificateDigest,
          },
        });
        const subject = release?.name ?? "";
        const { report } = await registry.gates.evaluateGates({
          parent: "projects/p",
          subject,
          target: "deployments/any",
        });
        return GateState[report?.results[0]?.state ?? 0];
      };
      const sound = { passed: true, suspects: [{ feature: "a" }], training_set_digest: TRAINED_ON };
      expect(await stateWith(sound)).toBe("MET");
      expect(await stateWith({ ...sound, passed: false })).toBe("UNMET");
      expect(await stateWith({ ...sound, suspects: [{ feature: "a" }, { feature: "b" }] })).toBe("UNMET");
      expect(await stateWith({ ...sound, training_set_digest: digestOfBytes("other") })).toBe("NOT_MEASURED");
      expect(await stateWith({ training_set_digest: TRAINED_ON })).toBe("NOT_MEASURED");
    });
  });
}
