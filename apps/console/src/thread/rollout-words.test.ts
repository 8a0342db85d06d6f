import { create } from "@bufbuild/protobuf";
import { RolloutSchema, RolloutState } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { expect, test } from "vitest";
import { isUnderWay, placeOf, stepText, verbsFor } from "./rollout-words.ts";

const rollout = (state: RolloutState, stepApproved = false) =>
  create(RolloutSchema, {
    state,
    stepApproved,
    step: 1,
    plan: {
      steps: [
        { weightBasisPoints: 250, leastDuration: { seconds: 3_600n }, leastObservations: 1n },
        { weightBasisPoints: 5_000, needsApproval: true },
      ],
    },
  });

const verbs = (state: RolloutState, stepApproved?: boolean) =>
  verbsFor(rollout(state, stepApproved)).map((it) => it.verb);

test("a person is offered what the state of a rollout takes", () => {
  expect(verbs(RolloutState.RUNNING)).toEqual(["approveStep", "pause", "promote", "abort"]);
  expect(verbs(RolloutState.RUNNING, true)).toEqual(["pause", "promote", "abort"]);
  expect(verbs(RolloutState.PAUSED, true)).toEqual(["resume", "promote", "abort"]);
  expect(verbs(RolloutState.INCONCLUSIVE)).toEqual(["approveStep", "resume", "promote", "abort"]);
  expect([RolloutState.INCONCLUSIVE, RolloutState.PROMOTED, RolloutState.SUPERSEDED].map(isUnderWay)).toEqual([
    true,
    false,
    false,
  ]);
});

test("steps are told in words", () => {
  const it = rollout(RolloutState.WAITING_APPROVAL);
  expect(it.plan?.steps.map(stepText)).toEqual([
    "2.5 % to the candidate, at least 3,600 s, at least 1 observation",
    "50 % to the candidate, with approval",
  ]);
  expect(placeOf(it)).toBe("step 2 of 2");
  expect(placeOf(rollout(RolloutState.PROMOTED))).toBe("2 steps");
});
