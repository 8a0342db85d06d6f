import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { RollbackAlarmSchema } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const WHOLE = 10_000;
const STEPS = [1_000, 5_000];

/** Basis points by release. */
type Shares = Readonly<Record<string, number>>;

/** What serves, and what served before it: a rollout is one thing on the stack, whatever its steps. */
function tinyModel(first: string) {
  const stack: Shares[] = [{ [first]: WHOLE }];
  let rollout: { readonly candidate: string; readonly baseline: string; step: number } | undefined;
  const shares = (): Shares => {
    if (!rollout) return stack.at(-1) ?? {};
    const weight = STEPS[rollout.step] ?? 0;
    return { [rollout.baseline]: WHOLE - weight, [rollout.candidate]: weight };
  };
  return {
    shares,
    isRollingOut: () => rollout !== undefined,
    /** The release with all traffic. */
    sole: () => Object.keys(shares()).find((it) => shares()[it] === WHOLE),
    set(release: string): void {
      rollout = undefined;
      stack.push({ [release]: WHOLE });
    },
    begin(candidate: string, baseline: string): void {
      rollout = { candidate, baseline, step: 0 };
      stack.push(shares());
    },
    promote(): void {
      if (!rollout) return;
      rollout.step += 1;
      stack[stack.length - 1] = rollout.step < STEPS.length ? shares() : { [rollout.candidate]: WHOLE };
      if (rollout.step === STEPS.length) rollout = undefined;
    },
    /** By an abort or by a rollback. False if there is nothing to go back to. */
    goBack(): boolean {
      if (stack.length < 2) return false;
      rollout = undefined;
      stack.pop();
      return true;
    },
    /** By an alarm about a release. */
    leave(release: string): "left" | "RELEASE_NOT_SERVING" | "NO_EARLIER_STATE" {
      if (!shares()[release]) return "RELEASE_NOT_SERVING";
      const depth = stack.findLastIndex((it, i) => i < stack.length - 1 && !it[release]);
      if (depth < 0) return "NO_EARLIER_STATE";
      rollout = undefined;
      stack.length = depth + 1;
      return "left";
    },
  };
}

const command = fc.oneof(
  { weight: 2, arbitrary: fc.record({ set: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ begin: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.constant("promote" as const) },
  { weight: 1, arbitrary: fc.constant("pause" as const) },
  { weight: 2, arbitrary: fc.constant("abort" as const) },
  { weight: 3, arbitrary: fc.constant("roll back" as const) },
  { weight: 2, arbitrary: fc.record({ alarm: fc.nat(2) }) },
);

for (const database of everyDatabase()) {
  describe(`rollbacks among rollouts on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let releases: readonly string[];
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      const version = await registerFixture(registry, "late", "line");
      releases = await Promise.all([0.1, 0.2, 0.3].map((it) => makeRelease(registry, version, it)));
    });
    const at = (i: number): string => releases[i] ?? "";

    let count = 0;
    test("any sequence of changes, rollouts and rollbacks serves as a stack says, in which a rollout is one thing", async () => {
      const { deployments, rollouts } = registry;
      const property = fc.asyncProperty(fc.array(command, { maxLength: 14 }), async (commands) => {
        count += 1;
        const traffic = [{ release: at(0), weightBasisPoints: WHOLE }];
        const created = { parent: "projects/p", deploymentId: `d${count}`, deployment: { traffic } };
        const name = (await deployments.createDeployment(created)).deployment?.name ?? "";
        const model = tinyModel(at(0));
        let running = "";
        for (const it of commands) {
          if (typeof it === "object" && "set" in it) {
            model.set(at(it.set));
            await deployments.setTraffic({ name, traffic: [{ release: at(it.set), weightBasisPoints: WHOLE }] });
          } else if (typeof it === "object" && "alarm" in it) {
            const alarm = { release: at(it.alarm), startTime: timestampFromMs(registry.clock.timeMs) };
            const back = deployments.rollBackDeployment({ name, alarm });
            const outcome = model.leave(at(it.alarm));
            if (outcome === "left") await back;
            else expect(await failureOf(back)).toMatchObject({ reason: outcome });
          } else if (typeof it === "object") {
            const plan = { steps: STEPS.map((weightBasisPoints) => ({ weightBasisPoints })) };
            const rollout = { candidate: at(it.begin), strategy: Strategy.CANARY, plan };
            const baseline = model.sole();
            const begun = rollouts.createRollout({ parent: name, rollout });
            if (model.isRollingOut()) expect(await failureOf(begun)).toMatchObject({ reason: "ROLLOUT_RUNNING" });
            else if (!baseline) expect(await failureOf(begun)).toMatchObject({ reason: "DEPLOYMENT_SPLIT" });
            else if (baseline === at(it.begin))
              expect(await failureOf(begun)).toMatchObject({ reason: "ROLLOUT_INVALID" });
            else {
              running = (await begun).rollout?.name ?? "";
              model.begin(at(it.begin), baseline);
            }
          } else if (it === "roll back") {
            const back = deployments.rollBackDeployment({ name });
            if (model.goBack()) await back;
            else expect(await failureOf(back)).toMatchObject({ reason: "NO_EARLIER_STATE" });
          } else if (model.isRollingOut()) {
            const { rollout } = await rollouts.getRollout({ name: running });
            if (it === "pause") {
              await rollouts.pauseRollout({ name: running });
              await rollouts.resumeRollout({ name: running });
            } else if (it === "abort") {
              model.goBack();
              await rollouts.abortRollout({ name: running });
            } else {
              model.promote();
              const sequence = (rollout?.decisionCount ?? 0n) + 1n;
              const decision = { sequence, etag: rollout?.etag ?? "", verdict: Verdict.PROMOTE };
              await rollouts.recordDecision({ name: running, ...decision });
            }
          }
          const { deployment } = await deployments.getDeployment({ name });
          expect(Object.fromEntries(deployment?.traffic.map((of) => [of.release, of.weightBasisPoints]) ?? [])).toEqual(
            model.shares(),
          );
          expect(deployment?.rollout !== undefined).toBe(model.isRollingOut());
        }
      });
      await fc.assert(property, { numRuns: 25 });
    });

    describe("for an alarm", () => {
      const HOUR_MS = 3_600_000;
      let startMs = 0;
      const later = (hours: number) => timestampFromMs(startMs + hours * HOUR_MS);
      /** Serves the first release, and from an hour from now on the second one, which the third one is beside. */
      async function served() {
        const { deployments, clock } = registry;
        count += 1;
        startMs = clock.timeMs;
        const parts = { parent: "projects/p", deploymentId: `d${count}` };
        const name = `${parts.parent}/deployments/${parts.deploymentId}`;
        const shares = (weights: readonly number[]) =>
          weights.flatMap((it, i) => (it > 0 ? [{ release: at(i), weightBasisPoints: it }] : []));
        await deployments.createDeployment({ ...parts, deployment: { traffic: shares([WHOLE]) } });
        for (const weights of [
          [0, WHOLE],
          [0, 4_000, 6_000],
        ]) {
          clock.timeMs += HOUR_MS;
          await deployments.setTraffic({ name, traffic: shares(weights) });
        }
        clock.timeMs += HOUR_MS;
        return name;
      }
      const rolledBack = async (alarmOf: () => MessageInitShape<typeof RollbackAlarmSchema>) => {
        const name = await served();
        const alarm = alarmOf();
        const { deployment } = await registry.deployments.rollBackDeployment({ name, alarm });
        return deployment?.traffic.map(({ release }) => releases.indexOf(release));
      };

      test("leads to what served before its release, or before the one that came last", async () => {
        expect(await rolledBack(() => ({ release: at(1), startTime: later(1) }))).toEqual([0]);
        expect(await rolledBack(() => ({ release: at(2), startTime: later(2) }))).toEqual([1]);
        expect(await rolledBack(() => ({ startTime: later(2) }))).toEqual([1]);
      });

      test("does nothing if it began before its release did, also told again after it was followed", async () => {
        const outdated = { reason: "ALARM_OUTDATED" };
        expect(await failureOf(rolledBack(() => ({ release: at(2), startTime: later(1.9) })))).toMatchObject(outdated);
        expect(await failureOf(rolledBack(() => ({ startTime: later(1.9) })))).toMatchObject(outdated);
        expect(await failureOf(rolledBack(() => ({ release: at(0), startTime: later(3) })))).toMatchObject({
          reason: "RELEASE_NOT_SERVING",
        });
        const name = await served();
        const alarm = { startTime: later(2) };
        await registry.deployments.rollBackDeployment({ name, alarm });
        expect(await failureOf(registry.deployments.rollBackDeployment({ name, alarm }))).toMatchObject(outdated);
      });

      test("takes no revision beside it", async () => {
        const wanted = { name: await served(), alarm: { startTime: later(2) }, toRevision: 1n };
        expect(await failureOf(registry.deployments.rollBackDeployment(wanted))).toMatchObject({
          reason: "INVALID_FIELD",
        });
      });
    });
  });
}
