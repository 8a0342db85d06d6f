import { Priority, Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { WatchDeploymentsResponse } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registryWithReleases,
  type Surroundings,
} from "../registry-in-process.ts";

const WHOLE = 10_000;
const only = (release: string) => [{ release, weightBasisPoints: WHOLE }];

/** What a deployment does, as simply as it can be said: a stack of what served, and a list of everything. */
function tinyModel() {
  const stack: string[] = [];
  const history: { timeMs: number; release: string }[] = [];
  return {
    set(release: string, timeMs: number): void {
      stack.push(release);
      history.push({ timeMs, release });
    },
    /** False if there is nothing to go back to. */
    rollBack(timeMs: number): boolean {
      if (stack.length < 2) return false;
      stack.pop();
      history.push({ timeMs, release: stack.at(-1) as string });
      return true;
    },
    asOf: (timeMs: number) => history.findLast((it) => it.timeMs <= timeMs)?.release,
    history,
  };
}

for (const database of everyDatabase()) {
  describe(`deployments on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    let at: (i: number) => string;
    beforeAll(async () => {
      ({ shared, registry, at } = await registryWithReleases(await database.empty()));
    });

    let count = 0;
    const open = async (release: string): Promise<string> => {
      count += 1;
      const deployment = { traffic: only(release), stickyKey: "tailnum" };
      const request = { parent: "projects/p", deploymentId: `d${count}`, deployment, reason: "first" };
      return (await registry.deployments.createDeployment(request)).deployment?.name ?? "";
    };

    test("any sequence of traffic changes and rollbacks is as a tiny model says, as of any time", async () => {
      const command = fc.oneof(
        { weight: 3, arbitrary: fc.record({ release: fc.nat(3) }) },
        { weight: 4, arbitrary: fc.constant("roll back" as const) },
      );
      const commands = fc.array(fc.tuple(command, fc.nat(2)), { maxLength: 14 });
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          const { deployments } = registry;
          const model = tinyModel();
          model.set(at(0), shared.clock.timeMs);
          const createdMs = shared.clock.timeMs;
          const name = await open(at(0));
          for (const [action, elapsedMs] of sequence) {
            shared.clock.timeMs += elapsedMs;
            if (action !== "roll back") {
              model.set(at(action.release), shared.clock.timeMs);
              await deployments.setTraffic({ name, traffic: only(at(action.release)) });
            } else if (!model.rollBack(shared.clock.timeMs))
              expect(await failureOf(deployments.rollBackDeployment({ name }))).toMatchObject({
                reason: "NO_EARLIER_STATE",
              });
            else await deployments.rollBackDeployment({ name });
          }
          const { states } = await deployments.listDeploymentChanges({ name });
          const told = states.map((it) => it.deployment?.traffic[0]?.release).reverse();
          expect(told).toEqual(model.history.map((it) => it.release));
          expect(states.map((it) => Number(it.deployment?.change?.revision))).toEqual(
            states.map((_, i) => states.length - i),
          );
          for (let timeMs = createdMs; timeMs <= shared.clock.timeMs; timeMs++) {
            const then = await deployments.getDeployment({ name, asOf: fromMs(timeMs) });
            expect(then.deployment?.traffic[0]?.release).toBe(model.asOf(timeMs));
          }
          shared.clock.timeMs += 1;
        }),
        { numRuns: 25 },
      );
    });

    test("a rollback says what it restores, moves everything together, and never returns to what was rolled back", async () => {
      const { deployments } = registry;
      const name = await open(at(0));
      const canary = [
        { release: at(0), weightBasisPoints: 9_000 },
        { release: at(1), weightBasisPoints: 1_000 },
      ];
      await deployments.setTraffic({ name, traffic: canary, strategy: Strategy.CANARY, reason: "try" });
      await deployments.setTraffic({ name, traffic: only(at(1)) });
      const back = (await deployments.rollBackDeployment({ name, reason: "errors", etag: "3" })).deployment;
      expect(back).toMatchObject({ traffic: canary, strategy: Strategy.CANARY, etag: "4", stickyKey: "tailnum" });
      await deployments.setTraffic({ name, traffic: only(at(2)) });
      const again = (await deployments.rollBackDeployment({ name })).deployment;
      expect(again?.traffic).toMatchObject(canary);
      const { states } = await deployments.listDeploymentChanges({ name });
      expect(states.map((it) => Number(it.restoresRevision))).toEqual([2, 0, 2, 0, 0, 0]);
      expect(states[2]?.deployment?.change).toMatchObject({ reason: "errors", actor: "local", revision: 4n });
    });

    test("how its models are run and what it logs is kept through changes and rollbacks, until it is said anew", async () => {
      const { deployments } = registry;
      const execution = {
        latencyObjective: { seconds: 0n, nanos: 20_000_000 },
        instances: 2,
        priority: Priority.HIGH,
        maxBatchRows: 8,
      };
      const log = { sampleBasisPoints: 100, inlineBytesMax: 4_096n };
      const deployment = { traffic: only(at(0)), execution, log };
      count += 1;
      const request = { parent: "projects/p", deploymentId: `d${count}`, deployment, reason: "first" };
      const name = (await deployments.createDeployment(request)).deployment?.name ?? "";
      const after = await deployments.setTraffic({ name, traffic: only(at(1)) });
      expect(after.deployment).toMatchObject({ execution, log });
      const changed = await deployments.setTraffic({ name, traffic: only(at(2)), execution: { instances: 3 } });
      const wanted = { instances: 3, priority: Priority.UNSPECIFIED, maxBatchRows: 0 };
      expect(changed.deployment).toMatchObject({ execution: wanted, log });
      const whole = { sampleBasisPoints: 10_000, inlineBytesMax: 0n };
      await deployments.setTraffic({ name, traffic: only(at(2)), log: whole });
      const back = await deployments.rollBackDeployment({ name });
      expect(back.deployment).toMatchObject({ traffic: only(at(2)), execution: wanted, log: whole });
      const plain = (await deployments.getDeployment({ name: await open(at(0)) })).deployment;
      expect([plain?.execution, plain?.log]).toEqual([undefined, undefined]);
    });

    test("its sticky key and description are changed with the shares, a rollback brings the sticky key back", async () => {
      const { deployments } = registry;
      const name = await open(at(0));
      const said = async (
        response: Promise<{ deployment?: { stickyKey: string; description: string } | undefined }>,
      ) => {
        const { deployment } = await response;
        return [deployment?.stickyKey, deployment?.description];
      };
      const changed = { name, traffic: only(at(1)), stickyKey: "", description: "delays" };
      expect(await said(deployments.setTraffic(changed))).toEqual(["", "delays"]);
      expect(await said(deployments.setTraffic({ name, traffic: only(at(2)), stickyKey: "carrier" }))).toEqual([
        ...["carrier", "delays"],
      ]);
      expect(await said(deployments.setTraffic({ name, traffic: only(at(3)) }))).toEqual(["carrier", "delays"]);
      expect(await said(deployments.rollBackDeployment({ name, toRevision: 1n }))).toEqual(["tailnum", "delays"]);
    });

    test("a rollback to a revision restores it in one step, and fails for one that is not in the past", async () => {
      const { deployments } = registry;
      const name = await open(at(0));
      await deployments.setTraffic({ name, traffic: only(at(1)) });
      await deployments.setTraffic({ name, traffic: only(at(2)) });
      const back = (await deployments.rollBackDeployment({ name, toRevision: 1n })).deployment;
      expect(back).toMatchObject({ traffic: only(at(0)), etag: "4" });
      expect((await deployments.listDeploymentChanges({ name })).states[0]?.restoresRevision).toBe(1n);
      for (const toRevision of [4n, 5n, 99n]) {
        const failure = await failureOf(deployments.rollBackDeployment({ name, toRevision }));
        expect(failure).toMatchObject({ reason: "NO_EARLIER_STATE" });
      }
    });

    test("of ten who change the shares of one revision one wins", async () => {
      const { deployments } = registry;
      const name = await open(at(0));
      const attempts = Array.from({ length: 10 }, (_, i) =>
        deployments.setTraffic({ name, traffic: only(at(i % 4)), etag: "1", requestId: `try ${i}` }),
      );
      const lost = (await Promise.allSettled(attempts)).filter((it) => it.status === "rejected");
      const reasons = await Promise.all(lost.map((it) => failureOf(Promise.reject(it.reason))));
      expect(reasons.map((it) => it.reason)).toEqual(Array(9).fill("REVISION_CONFLICT"));
      expect((await deployments.getDeployment({ name })).deployment?.etag).toBe("2");
    });

    test("shares that are not the whole, releases that do not exist or come twice, and second deployments are refused", async () => {
      const { deployments } = registry;
      const name = await open(at(0));
      const attempt = (traffic: { release: string; weightBasisPoints: number }[]) =>
        failureOf(deployments.setTraffic({ name, traffic }));
      expect(await attempt([{ release: at(0), weightBasisPoints: 9_999 }])).toMatchObject({ reason: "WEIGHTS_SUM" });
      expect(await attempt([...only(at(0)), { release: at(0), weightBasisPoints: 0 }])).toMatchObject({
        paths: ["traffic[1].release"],
      });
      expect(
        await attempt([
          ...only("projects/p/releases/none"),
          { release: "projects/q/releases/x", weightBasisPoints: 0 },
        ]),
      ).toEqual({
        reason: "RELEASE_UNKNOWN",
        paths: ["traffic[0].release", "traffic[1].release"],
      });
      const again = deployments.createDeployment({
        parent: "projects/p",
        deploymentId: name.split("/").at(-1) ?? "",
        deployment: { traffic: only(at(0)) },
      });
      expect(await failureOf(again)).toMatchObject({ reason: "ALREADY_EXISTS" });
      await expect.poll(() => registry.recorded.some((it) => it.execution.resource === name), PATIENCE).toBe(true);
      const record = registry.recorded.find((it) => it.execution.resource === name);
      expect(record).toMatchObject({
        execution: { kind: "DEPLOY", actor: "local" },
        events: [{ type: "INPUT", role: "release" }],
      });
    });

    describe("streams", () => {
      /** Reads a stream until `enough`, then ends it. */
      const read = async (
        from: RegistryInProcess,
        parent: string,
        enough: (messages: readonly WatchDeploymentsResponse[]) => boolean,
      ): Promise<readonly WatchDeploymentsResponse[]> => {
        const messages: WatchDeploymentsResponse[] = [];
        const stop = new AbortController();
        try {
          for await (const message of from.deployments.watchDeployments({ parent }, { signal: stop.signal })) {
            messages.push(message);
            if (enough(messages)) return messages;
          }
        } finally {
          stop.abort();
        }
        return messages;
      };
      const told = (messages: readonly WatchDeploymentsResponse[], name: string): readonly number[] =>
        messages.flatMap((it) => it.deployments.filter((one) => one.name === name).map((one) => Number(one.etag)));

      test("everything at first, then every change of this process and of another one, in order, each release once", async () => {
        const replica = await openRegistry(shared, { watch: { pollMs: 5 } });
        const name = await open(at(0));
        const following = read(replica, "projects/p", (messages) => told(messages, name).at(-1) === 13);
        for (let i = 0; i < 12; i++) {
          const writer = i % 2 === 0 ? registry : replica;
          await writer.deployments.setTraffic({ name, traffic: only(at(i % 4)) });
        }
        const messages = await following;
        const revisions = told(messages, name);
        // The snapshot may have been read before or after some of the changes; from there on none is left out.
        expect(revisions).toEqual(revisions.map((_, i) => (revisions[0] ?? 0) + i));
        expect(revisions.at(-1)).toBe(13);
        expect(messages.filter((it) => it.complete).length).toBeGreaterThan(0);
        const sent = messages.flatMap((it) => it.releases.map((release) => release.name));
        expect(sent.length).toBe(new Set(sent).size);
        const seen = new Set<string>();
        for (const message of messages) {
          for (const release of message.releases) seen.add(release.name);
          for (const one of message.deployments) for (const share of one.traffic) expect(seen).toContain(share.release);
        }
      });

      test("a project without deployments is complete at once, and what is of others is not told", async () => {
        const [first] = await read(registry, "projects/empty", () => true);
        expect(first).toMatchObject({ deployments: [], releases: [], complete: true });
        const all = await read(registry, "projects/-", (messages) => messages.at(-1)?.complete === true);
        expect(all.flatMap((it) => it.deployments).length).toBe(count);
      });

      test("a silent stream gives a sign of life, places are limited, and closing ends all streams", async () => {
        const limited = await openRegistry(shared, { watch: { pollMs: 1, heartbeatMs: 0, streamsMax: 1 } });
        const signs = read(limited, "projects/empty", (messages) => messages.length === 3);
        expect((await signs).map((it) => it.complete)).toEqual([true, true, true]);
        // The place becomes free when the server has learned that its reader went away.
        let stream: AsyncIterator<WatchDeploymentsResponse> | undefined;
        await expect
          .poll(async () => {
            stream = limited.deployments.watchDeployments({ parent: "projects/empty" })[Symbol.asyncIterator]();
            return stream.next().then(
              (first) => first.done,
              () => undefined,
            );
          }, PATIENCE)
          .toBe(false);
        expect(await failureOf(read(limited, "projects/p", () => true))).toMatchObject({ reason: "TOO_MANY_WATCHERS" });
        await limited.service.close();
        if (!stream) return expect.unreachable();
        for (let next = await stream.next(); !next.done; next = await stream.next())
          expect(next.value.complete).toBe(true);
      });
    });
  });
}
