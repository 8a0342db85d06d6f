import type { MessageInitShape } from "@bufbuild/protobuf";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { RolloutEvidencePartSchema } from "@throughline/contracts/throughline/registry/v1/rollout_evidence_pb";
import { Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  makeRelease,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  type Surroundings,
  surroundings,
} from "../registry-in-process.ts";

type Part = MessageInitShape<typeof RolloutEvidencePartSchema>;

/** What a router tells that counted by its own pilot, or nothing yet. */
const partOf = (router: string, rho = 0, rolloutRevision = 1n): Part => ({
  router,
  rolloutRevision,
  knownBy: {},
  logPositions: [{ segment: "s", offset: 7n }],
  analyses: [{ analysis: "loss", candidate: {}, baseline: {}, sum: -0.25, rho, tunedBy: rho > 0 ? router : "" }],
});

for (const database of everyDatabase()) {
  describe(`evidence of several routers on ${database.name}`, () => {
    let shared: Surroundings;
    let replicas: readonly RegistryInProcess[];
    let releases: readonly string[];
    beforeAll(async () => {
      shared = await surroundings(await database.empty());
      replicas = [await openRegistry(shared), await openRegistry(shared)];
      const [registry] = replicas as [RegistryInProcess];
      const version = await registerFixture(registry, "late", "line");
      releases = await Promise.all([0.1, 0.2].map((it) => makeRelease(registry, version, it)));
    });
    const registry = (): RegistryInProcess => replicas[0] ?? expect.unreachable();
    const report = (name: string, part: Part, on = registry()) => on.rollouts.reportEvidence({ name, part });

    let count = 0;
    const begin = async (): Promise<string> => {
      count += 1;
      const [baseline = "", candidate = ""] = releases;
      const { deployment } = await registry().deployments.createDeployment({
        parent: "projects/p",
        deploymentId: `d${count}`,
        deployment: { traffic: [{ release: baseline, weightBasisPoints: 10_000 }] },
      });
      const usual = { minEffect: 0.1, lowerIsBetter: true };
      const analyses = [
        { ...usual, name: "loss", role: AnalysisRole.OBJECTIVE, source: { case: "error", value: {} } },
        {
          ...usual,
          name: "queue",
          role: AnalysisRole.GUARDRAIL,
          source: { case: "prometheus", value: { query: "queue" } },
        },
      ] as const;
      const { rollout } = await registry().rollouts.createRollout({
        parent: deployment?.name ?? "",
        rollout: { candidate, strategy: Strategy.CANARY, plan: { analyses: [...analyses] } },
      });
      return rollout?.name ?? expect.unreachable();
    };

    test("one router leads, by a lease that ends when it reports no more, and only it decides", async () => {
      const name = await begin();
      expect(await report(name, partOf("a"))).toMatchObject({ leads: true, leader: "a" });
      expect(await report(name, partOf("b"))).toMatchObject({ leads: false, leader: "a", parts: [{}, {}] });
      const decide = (router: string, sequence: bigint) =>
        registry().rollouts.recordDecision({
          name,
          sequence,
          etag: "1",
          verdict: Verdict.CONTINUE,
          router,
          parts: [partOf("a"), partOf("b")],
          evidence: ["loss", "queue"].map((analysis) => ({ analysis, verdict: Verdict.CONTINUE })),
        });
      expect(await failureOf(decide("b", 1n))).toMatchObject({ reason: "LEAD_LOST" });
      const { decision } = await decide("a", 1n);
      expect(decision).toMatchObject({ router: "a", parts: [{ router: "a" }, { router: "b" }] });
      expect(decision?.parts[0]?.analyses[0]).toMatchObject({ analysis: "loss", sum: -0.25 });
      shared.clock.timeMs += 9_999;
      expect(await report(name, partOf("b"))).toMatchObject({ leads: false });
      shared.clock.timeMs += 1;
      expect(await report(name, partOf("b"))).toMatchObject({ leads: true, leader: "b" });
      expect(await failureOf(decide("a", 2n))).toMatchObject({ reason: "LEAD_LOST" });
      expect(await report(name, partOf("a"))).toMatchObject({ leads: false, leader: "b" });
    });

    test("the first pilot that is told tunes an analysis, once, whichever replica hears of it", async () => {
      const name = await begin();
      expect((await report(name, partOf("a"))).tunings).toEqual([]);
      const tuned = [{ analysis: "loss", router: "b", rho: 2.5 }];
      expect((await report(name, partOf("b", 2.5))).tunings).toMatchObject(tuned);
      expect((await report(name, partOf("a", 4), replicas[1])).tunings).toMatchObject(tuned);
    });

    test("many routers on two replicas at once all find their parts, and have one leader", async () => {
      const name = await begin();
      const routers = Array.from({ length: 12 }, (_, i) => `r${String(i).padStart(2, "0")}`);
      const reports = await Promise.all(routers.map((it, i) => report(name, partOf(it), replicas[i % 2])));
      expect(reports.filter((it) => it.leads)).toHaveLength(1);
      const last = await report(name, partOf("r00"));
      expect(last.parts.map((it) => it.router)).toEqual(routers);
    });

    test("routers at work are waited for after a step, those that went away are not", async () => {
      const name = await begin();
      await report(name, partOf("a"));
      await report(name, partOf("b"));
      await registry().rollouts.pauseRollout({ name });
      expect((await report(name, partOf("a", 0, 2n))).behind).toEqual(["b"]);
      shared.clock.timeMs += 20_000;
      expect((await report(name, partOf("a", 0, 2n))).behind).toEqual([]);
    });

    test("a part has to be about the plan, and a rollout that is over takes none", async () => {
      const name = await begin();
      const other: Part = { router: "a", knownBy: {}, analyses: [{ analysis: "other", candidate: {}, baseline: {} }] };
      expect(await failureOf(report(name, other))).toEqual({
        reason: "EVIDENCE_INVALID",
        paths: ["part.analyses[0]", "part.analyses"],
      });
      await registry().rollouts.abortRollout({ name });
      expect(await failureOf(report(name, partOf("a")))).toMatchObject({ reason: "ROLLOUT_ENDED" });
    });
  });
}
