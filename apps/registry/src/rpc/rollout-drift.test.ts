import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { failureOf, makeRelease, openRegistry, registerFixture, surroundings } from "../registry-in-process.ts";

for (const database of everyDatabase()) {
  test(`a rollout that looks for drift of features that a release does not have is not begun, on ${database.name}`, async () => {
    const registry = await openRegistry(await surroundings(await database.empty()));
    const { deployments, releases, rollouts } = registry;
    const version = await registerFixture(registry, "late", "line");
    const { release: bare } = await releases.getRelease({ name: await makeRelease(registry, version, 0.1) });
    const deciles = Array.from({ length: 11 }, (_, i) => i);
    const statistics = { columns: [{ name: "input_0", presentCount: 10, numeric: { deciles } }] };
    const baselineStatisticsDigest = await registry.upload(Buffer.from(JSON.stringify(statistics)));
    const told = async (late: number): Promise<string> => {
      const manifest = { ...(bare?.manifest ?? expect.unreachable()), baselineStatisticsDigest, thresholds: { late } };
      return (await releases.createRelease({ parent: "projects/p", manifest })).release?.name ?? "";
    };
    const [baseline, candidate] = [await told(0.2), await told(0.3)];
    const traffic = [{ release: baseline, weightBasisPoints: 10_000 }];
    const request = { parent: "projects/p", deploymentId: "d", deployment: { traffic } };
    const parent = (await deployments.createDeployment(request)).deployment?.name ?? "";
    const begin = (of: string, features: string[]) => {
      const analysis = {
        name: "drift",
        role: AnalysisRole.GUARDRAIL,
        source: { case: "featureDrift" as const, value: { features } },
        lowerIsBetter: true,
        minEffect: 0.1,
      };
      const plan = { steps: [{ weightBasisPoints: 5_000 }], analyses: [analysis] };
      return rollouts.createRollout({ parent, rollout: { candidate: of, strategy: Strategy.CANARY, plan } });
    };
    const path = "rollout.plan.analyses[0].feature_drift";
    // Both releases lack it.
    expect(await failureOf(begin(candidate, ["input_0", "inptu_0"]))).toEqual({
      reason: "ROLLOUT_INVALID",
      paths: [`${path}.features[1]`, `${path}.features[1]`],
    });
    expect(await failureOf(begin(bare?.name ?? "", []))).toEqual({ reason: "ROLLOUT_INVALID", paths: [path] });
    expect((await begin(candidate, ["input_0"])).rollout?.candidate).toBe(candidate);
  });
}
