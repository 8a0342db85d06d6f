import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { canonicalJson, type Digest } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  fixture,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";
import { as } from "./testing-gates.ts";

/** What people and other services do around a model; some of it is refused, as when a rollout is under way. */
const action = fc.record({
  what: fc.constantFrom(
    ...(["measure", "evaluate", "find", "trained", "canvas", "card", "statement", "gate", "ungate"] as const),
    ...(["alias", "approve", "release", "deploy", "shift", "rollout", "decide", "delete"] as const),
  ),
  number: fc.integer({ min: 1, max: 2 }),
  tenths: fc.integer({ min: 1, max: 9 }),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

for (const database of everyDatabase()) {
  describe(`reads of the past on ${database.name}`, () => {
    let shared: Surroundings;
    let registry: RegistryInProcess;
    let onnx: Digest;
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      registry = await openRegistry(shared);
      onnx = await registry.upload(await fixture("line"));
    });

    const evaluation = (subject: string, value: number): Promise<Digest> => {
      const interval = { low: value - 0.05, high: value + 0.05, level: 0.95, method: "x" };
      const slices = [{ key: {}, rowCount: 500, positiveCount: 9, metrics: [{ name: "auc", value, interval }] }];
      const bytes = canonicalJson({ dataDigest: "", subject, slices, smallSlices: [] });
      return registry.upload(Buffer.from(bytes), "EVALUATION");
    };

    const take = async ({ what, number, tenths }: Action, parent: string): Promise<unknown> => {
      const { models, gates, canvases, cards, releases, deployments, rollouts } = registry;
      const [model, value] = [`${parent}/models/m`, tenths / 10];
      const version = `${model}/versions/${number}`;
      const made = (await releases.listReleases({ parent })).releases.map((it) => it.name);
      const share = (weightBasisPoints: number) => [
        { release: made[0] ?? "", weightBasisPoints },
        { release: made[1] ?? "", weightBasisPoints: 10_000 - weightBasisPoints },
      ];
      const name = `${parent}/deployments/d`;
      switch (what) {
        case "measure": {
          const kind = { case: "measurement" as const, value: { metric: "latency_p99_ms", value, source: "here" } };
          return gates.addEvidence({ parent: version, evidence: { kind } });
        }
        case "evaluate": {
          const digest = await evaluation(version, value);
          return gates.addEvidence({ parent: version, evidence: { kind: { case: "evaluation", value: { digest } } } });
        }
        case "find":
          return registry.found.set(version, await evaluation(version, value));
        case "trained": {
          const replay = { run: `${parent}/runs/again`, digests: new Set(tenths > 4 ? [onnx] : []) };
          return registry.trainings.set(`${parent}/runs/r`, { digests: new Set([onnx]), replay });
        }
        case "canvas":
          return canvases.updateCanvas({
            canvas: { name: `${model}/canvas`, monitoring: { metrics: `auc ${tenths}` } },
          });
        case "card":
          return cards.updateCardText({ text: { name: `${model}/card`, limitations: `${tenths} % of all` } });
        case "statement":
          return cards.setScorecardStatement({
            statement: { name: `${model}/scorecard/data-7`, holds: tenths > 4, text: "we look" },
          });
        case "gate": {
          const condition = {
            case: "metric" as const,
            value: { metric: "auc", greaterIsBetter: true, threshold: value },
          };
          const targets = ["aliases/champion"];
          return gates.setGate({ gate: { name: `${model}/gates/auc`, targets, condition } });
        }
        case "ungate":
          return gates.deleteGate({ name: `${model}/gates/auc` });
        case "alias":
          return models.setModelAlias({ model, alias: "champion", version: BigInt(number) });
        case "approve":
          return models.approveModelVersion({ name: version, approved: tenths > 4 }, as("ada"));
        case "release":
          return makeRelease(registry, version, value);
        case "deploy":
          return deployments.createDeployment({ parent, deploymentId: "d", deployment: { traffic: share(10_000) } });
        case "shift":
          return deployments.setTraffic({ name, traffic: share(tenths * 1_000) });
        case "rollout":
          return rollouts.createRollout({
            parent: name,
            rollout: {
              candidate: made[1] ?? "",
              strategy: Strategy.CANARY,
              plan: { steps: [{ weightBasisPoints: 1_000 }] },
            },
          });
        case "decide": {
          const [newest] = (await rollouts.listRollouts({ parent: name })).rollouts;
          const sequence = BigInt(newest?.decisionCount ?? 0) + 1n;
          const verdict = tenths > 6 ? Verdict.PROMOTE : Verdict.CONTINUE;
          return rollouts.recordDecision({ name: newest?.name ?? "", etag: newest?.etag ?? "", sequence, verdict });
        }
        default:
          return models.deleteModelVersion({ name: version });
      }
    };

    /** An answer, or the reason for which there is none. */
    const orReason = <T>(answer: Promise<T>): Promise<T | { readonly reason: string | undefined }> =>
      answer.catch(async (error) => ({ reason: (await failureOf(Promise.reject(error))).reason }));

    /** Everything that the registry says of the past, with the releases by these names. */
    const reads = async (parent: string, made: readonly string[], instantMs?: number) => {
      const { gates, cards, canvases, releases, rollouts } = registry;
      const then = instantMs === undefined ? {} : { asOf: fromMs(instantMs) };
      const all = async <P extends { readonly nextPageToken: string }>(
        read: (page: { readonly pageSize: number; readonly pageToken: string }) => Promise<P>,
      ): Promise<readonly object[]> => {
        const pages: object[] = [];
        for (let pageToken = "", isMore = true; isMore; isMore = pageToken !== "") {
          const { nextPageToken, ...page } = await read({ pageSize: 2, pageToken });
          pages.push(page);
          pageToken = nextPageToken;
        }
        return pages;
      };
      const [model, deployment] = [`${parent}/models/m`, `${parent}/deployments/d`];
      const versions = [1, 2].map((it) => `${model}/versions/${it}`);
      const ofVersion = (subject: string) => [
        gates.listEvidence({ parent: subject, ...then }),
        gates.evaluateGates({ parent, subject, target: "aliases/champion", ...then }),
        cards.getModelCard({ name: subject, ...then }),
      ];
      const ofRelease = (name: string) => [
        cards.getModelCard({ name, ...then }),
        cards.getScorecard({ name, ...then }),
        releases.diffReleases({ name, base: made[0] ?? "", ...then }),
      ];
      const answers: readonly Promise<unknown>[] = [
        ...versions.flatMap(ofVersion),
        ...made.flatMap(ofRelease),
        canvases.getCanvas({ name: `${model}/canvas`, ...then }),
        cards.getCardText({ name: `${model}/card`, ...then }),
        all((page) => gates.listGateDecisions({ parent: model, ...page, ...then })),
        all((page) => releases.listReleases({ parent, ...page, ...then })),
        all((page) => rollouts.listRollouts({ parent: deployment, ...page, ...then })),
        all((page) => rollouts.listRollouts({ parent: `${parent}/deployments/-`, ...page, ...then })),
        all((page) => rollouts.listDecisions({ parent: `${deployment}/rollouts/1`, ...page, ...then })),
        orReason(rollouts.getRollout({ name: `${deployment}/rollouts/1`, ...then })),
      ];
      return Promise.all(answers.map(orReason));
    };

    let round = 0;
    /** Lets all of it happen to a model of its own, and reads it as of each instant afterwards. */
    const replayed = async (actions: readonly Action[], refused: (error: unknown) => void): Promise<void> => {
      round += 1;
      const parent = `projects/past-${round}`;
      const model = `${parent}/models/m`;
      const version = { digest: onnx, format: ModelFormat.ONNX, run: `${parent}/runs/r` };
      await registry.models.createModel({ parent, modelId: "m" });
      for (const auc of [0.6, 0.8])
        await registry.models.createModelVersion({ parent: model, version: { ...version, metrics: { auc } } });
      const made: string[] = [];
      for (const [i, threshold] of [0.25, 0.75].entries())
        made.push(await makeRelease(registry, `${model}/versions/${i + 1}`, threshold));
      const seen: { readonly timeMs: number; readonly answers: readonly unknown[] }[] = [];
      for (const it of actions) {
        shared.clock.timeMs += 10;
        await take(it, parent).catch(refused);
        seen.push({ timeMs: shared.clock.timeMs, answers: await reads(parent, made) });
      }
      for (const { timeMs, answers } of seen) expect(await reads(parent, made, timeMs + 9)).toEqual(answers);
    };

    test("each kind of thing that happens is not seen before it did", async () => {
      const kinds = [
        ...(["measure", "evaluate", "find", "trained", "canvas", "card", "statement", "gate", "alias"] as const),
        ...(["approve", "release", "deploy", "rollout", "decide", "shift", "ungate"] as const),
      ];
      const actions = kinds.map((what): Action => ({ what, number: 2, tenths: 5 }));
      await replayed(actions, (error) => expect.unreachable(String(error)));
    });

    test("what was read of an instant is what was known then, whatever was found out since", async () => {
      const actions = fc.array(action, { minLength: 4, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(actions, (it) => replayed(it, () => {})),
        { numRuns: 3 },
      );
    });

    test("before a version or a release was there, nothing is told of it", async () => {
      const parent = "projects/before";
      const asOf = fromMs(shared.clock.timeMs);
      shared.clock.timeMs += 10;
      await registry.models.createModel({ parent, modelId: "m" });
      const version = { digest: onnx, format: ModelFormat.ONNX };
      await registry.models.createModelVersion({ parent: `${parent}/models/m`, version });
      const name = await makeRelease(registry, `${parent}/models/m/versions/1`, 0.5);
      for (const read of [
        () => registry.cards.getModelCard({ name: `${parent}/models/m/versions/1`, asOf }),
        () => registry.cards.getModelCard({ name, asOf }),
        () => registry.cards.getScorecard({ name, asOf }),
        () => registry.gates.listEvidence({ parent: `${parent}/models/m/versions/1`, asOf }),
      ])
        expect((await failureOf(read())).reason).toBe("NOT_FOUND");
      expect((await registry.releases.listReleases({ parent, asOf })).releases).toEqual([]);
    });
  });
}
