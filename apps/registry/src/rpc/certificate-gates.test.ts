import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type CertificateConditionSchema,
  CertificateEffect,
  GateState,
} from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failureOf, openRegistry, type RegistryInProcess, surroundings } from "../registry-in-process.ts";
import { gateScenario, TRAINED_ON } from "./testing-gates.ts";

/** A certificate as the feature store writes it. */
const certificate = (said: object) => ({
  passed: true,
  seed: 1,
  sampled_row_count: 1_000,
  mismatch_count: 0,
  later_knowledge_count: 0,
  suspects: [],
  training_set_digest: TRAINED_ON,
  ...said,
});

const suspect = (feature: string, label: string, strength = 0.97) => ({
  feature,
  label,
  measure: "INFORMATION",
  strength,
  correlation: 0,
  row_count: 5_000,
  share_told_by_missing: 0.1,
});

const split = (said: object) => ({
  held: true,
  uses_label_times: true,
  train_row_count: 800,
  test_row_count: 200,
  unknown_row_count: 0,
  late_train_row_count: 0,
  early_test_row_count: 0,
  test_entity_count: 5,
  shared_entity_count: 5,
  ...said,
});

const labels = (said: object) => ({ row_count: 1_000, unknown_row_count: 0, known_at_cutoff_row_count: 0, ...said });

type Condition = MessageInitShape<typeof CertificateConditionSchema>;

for (const database of everyDatabase()) {
  describe(`gates on certificates on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let scenario: ReturnType<typeof gateScenario>;
    let models = 0;
    let certified: { readonly model: string; readonly name: string } | undefined;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      scenario = gateScenario(registry);
    });

    /** A version whose promotion a gate on its certificate guards. Its newest certificate says what is said. */
    const guarded = async (condition: Condition, said: object | undefined) => {
      const one = said && certified ? certified : await newVersion();
      if (said) certified = one;
      await scenario.setGate(one.model, "certificate", {
        targets: ["stages/Production"],
        condition: { case: "certificate", value: condition },
      });
      registry.clock.timeMs += 1;
      // What stands there already is not looked at again.
      await scenario.move(one.name, "Archived");
      if (said) await add(one.name, await scenario.upload(certificate({ seed: registry.clock.timeMs, ...said })));
      return one;
    };
    const newVersion = async () => {
      const model = await scenario.newModel(`guarded-${models++}`);
      return { model, name: await scenario.register(model) };
    };
    const add = (parent: string, digest: string) =>
      registry.gates.addEvidence({ parent, evidence: { kind: { case: "certificate", value: { digest } } } });
    const promoted = async (condition: Condition, said: object | undefined): Promise<string> => {
      const { name } = await guarded(condition, said);
      return scenario.move(name, "Production").then(
        () => "promoted",
        (error: Error) => error.message,
      );
    };

    test("suspects are refused with what they are suspected of, and accepted by name, label and reason", async () => {
      const suspects = [suspect("flights__delay", "late"), suspect("flights__gate", "late", 0.99)];
      const refusal = await promoted({}, { suspects });
      expect(refusal).toContain("2 suspect features");
      expect(refusal).toContain("flights__gate tells late with 0.99 by information");
      const delay = { feature: "flights__delay", reason: "it is the departure's, which is known at the cut-off" };
      const one = await promoted({ acceptedSuspects: [delay] }, { suspects });
      expect(one).toContain("1 suspect features (flights__gate tells late");
      expect(one).toContain("besides 1 accepted (flights__delay: it is the departure's");
      const gate = { feature: "flights__gate", label: "late", reason: "gates are fixed the day before" };
      expect(await promoted({ acceptedSuspects: [delay, gate] }, { suspects })).toBe("promoted");
      expect(await promoted({ acceptedSuspects: [delay], maxSuspects: 1 }, { suspects })).toBe("promoted");
      const ofOther = { ...gate, label: "cancelled" };
      expect(await promoted({ acceptedSuspects: [delay, ofOther] }, { suspects })).toContain("1 suspect features");
      const unreasoned = guarded({ acceptedSuspects: [{ feature: "flights__delay" }] }, undefined);
      expect((await failureOf(unreasoned)).paths).toEqual(["gate.certificate.accepted_suspects[0].reason"]);
    });

    test("a time split must have been checked and have held where the gate demands it", async () => {
      const demanded = { timeSplit: true };
      expect(await promoted(demanded, {})).toContain("no time split was checked");
      const leaking = split({ held: false, late_train_row_count: 31, early_test_row_count: 12 });
      const refusal = await promoted(demanded, { time_split: leaking });
      expect(refusal).toContain(
        "31 of 800 rows to train on have labels that became known after the first row to test on",
      );
      expect(refusal).toContain("12 of 200 rows to test on");
      expect(await promoted({}, { time_split: leaking })).toBe("promoted");
      expect(await promoted(demanded, { time_split: split({}) })).toBe("promoted");
      const empty = await promoted(demanded, { time_split: split({ held: false, test_row_count: 0 }) });
      expect(empty).toContain("there is no row to test on");
    });

    test("label times must have been declared, and no label known at its cut-off, where the gate demands it", async () => {
      const demanded = { labelTimes: true };
      expect(await promoted(demanded, {})).toContain("when labels became known was not declared");
      const early = { label_times: labels({ known_at_cutoff_row_count: 7, unknown_row_count: 2 }) };
      const refusal = await promoted(demanded, early);
      expect(refusal).toContain("7 labels were known at their cut-off; of 2 labels it is not known");
      expect(await promoted(demanded, { label_times: labels({}) })).toBe("promoted");
    });

    test("a gate that marks lets pass, and the decision that is kept says what did not hold", async () => {
      const marking = { timeSplit: true, effect: CertificateEffect.MARK };
      for (const [said, state, words] of [
        [{ passed: false }, GateState.UNMET, "it did not pass"],
        [{}, GateState.UNMET, "no time split was checked"],
        [undefined, GateState.NOT_MEASURED, "or add the certificate as evidence"],
      ] as const) {
        const { model, name } = await guarded(marking, said);
        await scenario.move(name, "Production");
        const { decisions } = await registry.gates.listGateDecisions({ parent: model });
        const [result] = decisions[0]?.report?.results ?? [];
        expect(result).toMatchObject({ state, passes: true });
        expect(result?.sentence).toContain(words);
        expect(result?.sentence).toContain("marks this and refuses nothing");
      }
      expect(await promoted({}, { passed: false })).toContain("it did not pass");
    });

    test("evidence tells what the certificate says, and bytes that say it wrongly are none", async () => {
      const { name } = await guarded({}, { time_split: split({ held: false }), label_times: labels({}) });
      const { evidence } = await registry.gates.listEvidence({ parent: name });
      expect(evidence[0]?.kind).toMatchObject({ value: { timeSplitHeld: false, knownAtCutoffRowCount: 0n } });
      const digest = await scenario.upload(certificate({ time_split: { held: "yes" } }));
      const adding = add(name, digest);
      expect((await failureOf(adding)).reason).toBe("EVIDENCE_INVALID");
    });
  });
}
