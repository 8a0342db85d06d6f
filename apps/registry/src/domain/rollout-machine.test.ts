import { DomainError } from "@throughline/kernel";
import type { Verdict } from "@throughline/rollouts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUnderWay, type Rollout } from "./rollout.ts";
import { type RolloutEvent, stepRollout } from "./rollout-machine.ts";
import type { RolloutStep } from "./rollout-plan.ts";
import { firstArmShares, sharesUnderWay } from "./rollout-shares.ts";
import type { TrafficShare } from "./traffic.ts";

const OLD = "projects/p/releases/old";
const NEW = "projects/p/releases/new";
const SPARE = "projects/p/releases/spare";
const BEFORE: readonly TrafficShare[] = [
  { release: SPARE, weightBasisPoints: 0 },
  { release: OLD, weightBasisPoints: 10_000 },
];

/** A canary with these steps, as it begins at 0. */
function begun(steps: readonly Partial<RolloutStep>[], more: Partial<Rollout> = {}): Rollout {
  const step: RolloutStep = { weightBasisPoints: 0, leastDurationMs: 0, leastObservations: 0, needsApproval: false };
  return {
    name: "projects/p/deployments/d/rollouts/1",
    project: "projects/p",
    deployment: "projects/p/deployments/d",
    number: 1,
    candidate: NEW,
    baseline: OLD,
    strategy: "CANARY",
    plan: {
      steps: steps.map((it) => ({ ...step, ...it })),
      analyses: [],
      alpha: 0.05,
      power: 0.9,
      onInconclusive: "PAUSE",
      mirrorBasisPoints: 0,
      fastTrackRevisions: 0,
    },
    state: "RUNNING",
    step: 0,
    stepApproved: false,
    isOpenEnded: false,
    startTimeMs: 0,
    stepStartTimeMs: 0,
    trafficBefore: BEFORE,
    strategyBefore: "RECREATE",
    revisionBefore: 1,
    originBefore: 1,
    change: { revision: 1, actor: "ada", reason: "", timeMs: 0 },
    ...more,
  };
}

const decide = (verdict: Verdict, observations = Number.POSITIVE_INFINITY): RolloutEvent => ({
  kind: "DECIDE",
  verdict,
  observations,
});

const weightOf = (shares: readonly TrafficShare[], release: string): number =>
  shares.find((it) => it.release === release)?.weightBasisPoints ?? 0;

const reasonOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof DomainError ? error.reason : expect.fail(String(error));
  }
  return expect.fail("it succeeded");
};

/** What a rollout does, as simply as it can be said: where it stands, and for which of three reasons it does not move. */
interface Model {
  state: Rollout["state"];
  step: number;
  sinceMs: number;
  approved: boolean;
  open: boolean;
}

/** The state that follows, or the reason why the event is refused. */
function expected(model: Model, steps: readonly RolloutStep[], event: RolloutEvent, nowMs: number): Model | string {
  const { state, step } = model;
  const current = steps[step];
  if (["PROMOTED", "ABORTED", "SUPERSEDED"].includes(state)) return "ROLLOUT_ENDED";
  const on = (): Model =>
    step + 1 < steps.length
      ? { ...model, state: "RUNNING", step: step + 1, sinceMs: nowMs, approved: false }
      : { ...model, state: "PROMOTED", step: steps.length };
  const mayEnd = (observations: number): boolean =>
    nowMs - model.sinceMs >= (current?.leastDurationMs ?? 0) && observations >= (current?.leastObservations ?? 0);
  const blocked = (current?.needsApproval ?? false) && !model.approved;
  if (event.kind === "PAUSE")
    return state === "RUNNING" || state === "WAITING_APPROVAL" ? { ...model, state: "PAUSED" } : "ROLLOUT_STATE";
  if (event.kind === "RESUME") {
    if (state === "PAUSED") return { ...model, state: "RUNNING" };
    return state === "INCONCLUSIVE" ? { ...model, state: "RUNNING", open: true } : "ROLLOUT_STATE";
  }
  if (event.kind === "APPROVE") {
    if (event.step !== step) return "STEP_MOVED";
    if (!blocked) return "ROLLOUT_STATE";
    return state === "WAITING_APPROVAL" ? on() : { ...model, approved: true };
  }
  if (event.kind === "PROMOTE") return { ...model, state: "PROMOTED", step: steps.length };
  if (event.kind === "ABORT" || (event.kind === "DECIDE" && event.verdict === "ABORT"))
    return { ...model, state: "ABORTED" };
  if (event.kind !== "DECIDE") return { ...model, state: "SUPERSEDED" };
  if (event.verdict === "INCONCLUSIVE" && state === "RUNNING" && !model.open)
    return { ...model, state: "INCONCLUSIVE" };
  if (event.verdict !== "PROMOTE" || state === "PAUSED" || state === "INCONCLUSIVE") return model;
  if (!mayEnd(event.observations)) return model;
  if (!blocked) return on();
  return state === "WAITING_APPROVAL" ? model : { ...model, state: "WAITING_APPROVAL" };
}

const anyStep = fc.record({
  weightBasisPoints: fc.integer({ min: 1, max: 10_000 }),
  leastDurationMs: fc.integer({ min: 0, max: 3 }),
  leastObservations: fc.integer({ min: 0, max: 3 }),
  needsApproval: fc.boolean(),
});

const anyVerdict = fc.constantFrom<Verdict>("CONTINUE", "PROMOTE", "PROMOTE", "PROMOTE", "ABORT", "INCONCLUSIVE");

const anyEvent: fc.Arbitrary<RolloutEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anyVerdict, fc.nat(4)).map(([verdict, seen]) => decide(verdict, seen)) },
  { weight: 3, arbitrary: fc.constantFrom<RolloutEvent>({ kind: "PAUSE" }, { kind: "RESUME" }, { kind: "RESUME" }) },
  { weight: 3, arbitrary: fc.nat(2).map((step): RolloutEvent => ({ kind: "APPROVE", step })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<RolloutEvent>({ kind: "PROMOTE" }, { kind: "ABORT" }, { kind: "SUPERSEDE" }),
  },
);

test("any sequence of events leads where a simple model says, and the shares follow from the state alone", () => {
  const reached = new Set<string>();
  const sequences = fc.array(fc.tuple(anyEvent, fc.nat(3)), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 3 }), sequences, (steps, events) => {
      let rollout = begun(steps);
      let traffic = sharesUnderWay(rollout);
      let model: Model = { state: "RUNNING", step: 0, sinceMs: 0, approved: false, open: false };
      let nowMs = 0;
      for (const [event, elapsedMs] of events) {
        nowMs += elapsedMs;
        const next = expected(model, steps, event, nowMs);
        if (typeof next === "string") {
          expect(reasonOf(() => stepRollout(rollout, event, nowMs))).toBe(next);
          continue;
        }
        const stepped = stepRollout(rollout, event, nowMs);
        expect(stepped.rollout === rollout).toBe(next === model);
        model = next;
        rollout = stepped.rollout;
        traffic = stepped.traffic ?? traffic;
        const { state, step, stepStartTimeMs: sinceMs, stepApproved: approved, isOpenEnded: open } = rollout;
        expect({ state, step, sinceMs, approved, open }).toEqual(model);
        expect(traffic.reduce((sum, it) => sum + it.weightBasisPoints, 0)).toBe(10_000);
        if (state === "ABORTED") expect(traffic).toEqual(BEFORE);
        else if (state === "PROMOTED") expect(traffic).toEqual([{ release: NEW, weightBasisPoints: 10_000 }]);
        else if (state !== "SUPERSEDED") expect(traffic).toEqual(sharesUnderWay(rollout));
        reached.add(state);
        expect(rollout.endTimeMs).toBe(isUnderWay(rollout) ? undefined : nowMs);
      }
    }),
    { numRuns: 2_000 },
  );
  expect([...reached].sort()).toEqual(
    ["RUNNING", "WAITING_APPROVAL", "PAUSED", "INCONCLUSIVE", "PROMOTED", "ABORTED", "SUPERSEDED"].sort(),
  );
});

describe("what a verdict does", () => {
  test("a verdict that the plan does not let through is applied as CONTINUE, and says why", () => {
    const rollout = begun([{ leastDurationMs: 100, leastObservations: 50 }]);
    const early = stepRollout(rollout, decide("PROMOTE"), 99);
    expect(early).toEqual({ rollout, applied: "CONTINUE", note: "the step goes on for at least 1 ms" });
    const few = stepRollout(rollout, decide("PROMOTE", 49), 100);
    expect(few).toEqual({ rollout, applied: "CONTINUE", note: "the step needs 50 observations, and has 49" });
    expect(stepRollout(rollout, decide("PROMOTE", 50), 100)).toMatchObject({ applied: "PROMOTE", note: "" });
  });

  test("a plan may abort what stays inconclusive, unless somebody resumed it", () => {
    const plan = { ...begun([{}]).plan, onInconclusive: "ABORT" as const };
    const aborted = stepRollout(begun([{}], { plan }), decide("INCONCLUSIVE"), 5);
    expect(aborted).toMatchObject({ rollout: { state: "ABORTED" }, traffic: BEFORE, applied: "ABORT" });
    const open = stepRollout(begun([{}], { plan, isOpenEnded: true }), decide("INCONCLUSIVE"), 5);
    expect(open).toMatchObject({ rollout: { state: "RUNNING" }, applied: "CONTINUE" });
  });
});

describe("strategies", () => {
  test("blue-green switches everything at once, and keeps the old release loaded for the way back", () => {
    const rollout = begun([{}, {}], { strategy: "BLUE_GREEN" });
    expect([OLD, NEW].map((it) => weightOf(sharesUnderWay(rollout), it))).toEqual([10_000, 0]);
    const second = stepRollout(rollout, decide("PROMOTE"), 1);
    expect([OLD, NEW].map((it) => weightOf(second.traffic ?? [], it))).toEqual([10_000, 0]);
    expect(stepRollout(second.rollout, decide("PROMOTE"), 2).traffic).toEqual([
      { release: NEW, weightBasisPoints: 10_000 },
      { release: OLD, weightBasisPoints: 0 },
    ]);
  });

  test("a bandit begins at its floors, and its shares move with decisions while it runs", () => {
    const arms = [OLD, NEW, SPARE].map((release) => ({ release, floorBasisPoints: 500 }));
    const bandit = {
      policy: "UCB1" as const,
      epsilon: 0,
      reward: "actual",
      arms,
      labelDelayMs: 1_000,
      leastIntervalMs: 10,
    };
    const plan = { ...begun([{}]).plan, bandit };
    const armShares = firstArmShares({ plan, baseline: OLD });
    const rollout = begun([], { strategy: "BANDIT", plan, armShares });
    expect([OLD, NEW, SPARE].map((it) => weightOf(armShares, it))).toEqual([9_000, 500, 500]);
    const moved = [
      { release: NEW, weightBasisPoints: 8_000 },
      { release: OLD, weightBasisPoints: 1_000 },
      { release: SPARE, weightBasisPoints: 1_000 },
    ];
    const event: RolloutEvent = { kind: "DECIDE", verdict: "CONTINUE", observations: 0, armShares: moved };
    const early = stepRollout(rollout, event, 9);
    expect(early).toMatchObject({ rollout, note: "the shares stay for at least 1 ms" });
    const next = stepRollout(rollout, event, 10);
    expect(next).toMatchObject({ traffic: moved, rollout: { armShares: moved, armSharesTimeMs: 10 } });
    expect(stepRollout(next.rollout, event, 11).rollout).toBe(next.rollout);
    const paused = stepRollout(next.rollout, { kind: "PAUSE" }, 12).rollout;
    expect(stepRollout(paused, { ...event, armShares }, 4)).toEqual({
      rollout: paused,
      applied: "CONTINUE",
      note: "it is PAUSED",
    });
  });
});
