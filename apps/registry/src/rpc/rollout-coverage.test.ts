import { CalibrationMethod } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { AnalysisRole } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { failureOf, makeRelease, openRegistry, registerFixture, surroundings } from "../registry-in-process.ts";

for (const database of everyDatabase()) {
  test(`a rollout that looks at intervals of a release that gives none is not begun, on ${database.name}`, async () => {
    const registry = await openRegistry(await surroundings(await database.empty()));
    const { deployments, releases, rollouts, calibrations } = registry;
    const version = await registerFixture(registry, "late", "line");
    const { release: bare } = await releases.getRelease({ name: await makeRelease(registry, version, 0.1) });
    const rows = Array.from({ length: 50 }, (_, i) => ({ predictions: [0], actual: i }));
    const { calibration } = await calibrations.createCalibration({
      parent: "projects/p",
      settings: { method: CalibrationMethod.ABSOLUTE_RESIDUAL, alpha: 0.1 },
      source: { case: "rows", value: { rows } },
    });
    const calibrated = async (late: number): Promise<string> => {
      const manifest = { ...(bare?.manifest ?? expect.unreachable()), thresholds: { late } };
      const calibrationDigest = calibration?.digest ?? "";
      const made = await releases.createRelease({ parent: "projects/p", manifest: { ...manifest, calibrationDigest } });
      return made.release?.name ?? "";
    };
    const [baseline, candidate] = [await calibrated(0.2), await calibrated(0.3)];
    const open = async (deploymentId: string, release: string): Promise<string> => {
      const traffic = [{ release, weightBasisPoints: 10_000 }];
      const request = { parent: "projects/p", deploymentId, deployment: { traffic } };
      return (await deployments.createDeployment(request)).deployment?.name ?? "";
    };
    const begin = (parent: string, of: string, strategy: Strategy) => {
      const analysis = {
        name: "coverage",
        role: AnalysisRole.OBJECTIVE,
        source: { case: "intervalCovered" as const, value: {} },
        bounds: { least: 0, most: 1 },
        minEffect: 0.1,
        labelDelay: { seconds: 60n },
      };
      const steps = strategy === Strategy.CANARY ? [{ weightBasisPoints: 5_000 }] : [];
      return rollouts.createRollout({
        parent,
        rollout: { candidate: of, strategy, plan: { steps, analyses: [analysis] } },
      });
    };
    const [ofCalibrated, ofBare] = [await open("calibrated", baseline), await open("bare", bare?.name ?? "")];
    const refused = { reason: "ROLLOUT_INVALID", paths: ["rollout.plan.analyses[0].interval_covered"] };
    for (const strategy of [Strategy.CANARY, Strategy.SHADOW]) {
      expect(await failureOf(begin(ofCalibrated, bare?.name ?? "", strategy))).toEqual(refused);
      expect(await failureOf(begin(ofBare, candidate, strategy))).toEqual(refused);
    }
    const { rollout } = await begin(ofCalibrated, candidate, Strategy.CANARY);
    expect(rollout?.plan?.analyses[0]?.source).toMatchObject({ case: "intervalCovered" });
  });
}
