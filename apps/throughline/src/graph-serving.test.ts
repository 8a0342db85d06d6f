import { ArmPolicy, CombineMethod, Dependency } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { applyFeatures, createShop, pushSales, registerModel, values } from "./testing-shop.ts";

/** A graph served by a whole platform: made in the registry, fetched from the feature store, answered, learnt from, over gRPC and REST. */
let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform.stop());

test("a graph answers with what the feature store knows, says how, and its bandit learns from feedback", async () => {
  const { connection } = platform;
  const { parent, releases, deployments, inference } = connection;
  await createShop(connection);
  const service = await applyFeatures(connection, 3_650n);
  await pushSales(connection, [
    { shop: "a", amount: 5n, timeS: 1_750_000_000n },
    { shop: "b", amount: 2n, timeS: 1_750_000_000n },
  ]);
  const versionOf = async (id: "answers_a" | "answers_b" | "logistic3") => ({
    modelVersion: (await registerModel(connection, { id, fixture: id })).name,
  });
  const [low, high, rivals] = [
    await versionOf("answers_a"),
    await versionOf("answers_b"),
    await versionOf("logistic3"),
  ];
  const keys = [{ key: "shop", source: { case: "requestField" as const, value: "rival" } }];
  const { release } = await releases.createRelease({
    parent,
    manifest: {
      models: { low, high, rivals },
      features: { featureService: service.name },
      graph: {
        nodes: [
          { name: "low", kind: { case: "model", value: {} } },
          { name: "high", kind: { case: "model", value: {} } },
          { name: "rival", kind: { case: "enrich", value: { featureService: service.name, keys } } },
          {
            name: "rivals",
            dependency: Dependency.SOFT,
            kind: { case: "model", value: { inputs: ["rival"], outputTensor: "probabilities", outputColumn: 1 } },
          },
          {
            name: "pick",
            kind: {
              case: "bandit",
              value: { arms: [{ node: "low" }, { node: "high" }], policy: ArmPolicy.THOMPSON_BERNOULLI },
            },
          },
          {
            name: "out",
            kind: { case: "combine", value: { inputs: ["pick", "rivals"], method: CombineMethod.MEAN } },
          },
        ],
        outputNode: "out",
      },
    },
  });
  if (!release) throw new Error("the platform answered without the release");
  const traffic = [{ release: release.name, weightBasisPoints: 10_000 }];
  const deployment = `${parent}/deployments/graph`;
  await deployments.createDeployment({ parent, deploymentId: "graph", deployment: { traffic } });
  const entity = values({ shop: "a", rival: "b", hour: 1 });
  const asOf = { seconds: 1_750_000_600n, nanos: 0 };
  const ask = (requestId: string) => inference.predict({ deployment, entity, asOf, requestId });
  while (!(await ask("ready").catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 20));

  // The rival's features are its amount, its total and the hour.
  const rival = 1 / (1 + Math.exp(-(0.1 + 0.5 * 2 - 2 + 2 * 1)));
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(`row ${i}`)));
  for (const it of answers) {
    const [choice] = it.choices;
    expect(it.score).toBeCloseTo(((choice?.branch === "low" ? 0.25 : 0.75) + rival) / 2, 6);
    expect(it.path).toEqual([choice?.branch, "pick", "rival", "rivals", "out"]);
    expect(it.nodeFeatures).toMatchObject([{ node: "rival", featureServiceVersion: service.version }]);
  }
  await inference.sendFeedback({
    deployment,
    feedback: answers.map((it) => ({ prediction: it.prediction, actual: it.choices[0]?.branch === "high" ? 1 : 0 })),
  });

  const path = `${platform.httpUrl}/v1/${deployment}:predict`;
  const rows = { shop: { stringValue: "a" }, rival: { stringValue: "b" }, hour: { float64Value: 1 } };
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ entity: rows, asOf: "2025-06-15T15:16:40Z", requestId: "over REST" }),
  });
  const told = (await response.json()) as {
    readonly choices: readonly { readonly branch: string; readonly propensity: number }[];
    readonly modelVersions: Readonly<Record<string, string>>;
    readonly status: string;
  };
  const [choice] = told.choices;
  expect(choice?.propensity).toBeCloseTo(choice?.branch === "high" ? 1 : 0, 2);
  expect(told.status).toBe("PREDICTION_STATUS_ANSWERED");
  expect(told.modelVersions["rivals"]).toBe(rivals.modelVersion);
  expect(platform.bugs).toEqual([]);
});
