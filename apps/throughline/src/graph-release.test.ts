import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  ArmPolicy,
  ColumnType,
  CombineMethod,
  Dependency,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { applyFeatures, createShop, pushSales, registerModel } from "./testing-shop.ts";

/** Releases whose graph has many nodes, made with a whole platform: models and feature services are what they are, over gRPC and REST. */
let platform: PlatformForTests;
let service: FeatureService;
let versions: readonly string[];

beforeAll(async () => {
  platform = await platformForTests();
  const { connection } = platform;
  await createShop(connection);
  await pushSales(connection, [{ shop: "a", amount: 5n, timeS: 1_750_000_000n }]);
  service = await applyFeatures(connection, 7n);
  const models = [];
  for (const fixture of ["answers_a", "answers_b", "logistic3"] as const)
    models.push(await registerModel(connection, { id: fixture, fixture }));
  versions = models.map((it) => it.name);
});
afterAll(() => platform.stop());

/** In the JSON of REST, whose names are those of the contract. */
const graph = (changes: Readonly<Record<string, object>> = {}) => {
  const nodes: Readonly<Record<string, object>> = {
    answer: { combine: { inputs: ["chosen", "rivals"], method: "COMBINE_METHOD_MEAN" } },
    chosen: { switch: { cases: [{ condition: "hour > 12.0", node: "late" }], defaultNode: "early" } },
    late: { model: { outputColumn: 0 } },
    early: { model: { outputColumn: 0 } },
    rivals: {
      model: { inputs: ["rival"], outputTensor: "probabilities", outputColumn: 1 },
      dependency: "DEPENDENCY_SOFT",
      deadline: "0.020s",
    },
    rival: { enrich: { featureService: service.name, keys: [{ key: "shop", requestField: "rival" }] } },
    ...changes,
  };
  return { nodes: Object.entries(nodes).map(([name, it]) => ({ name, ...it })), outputNode: "answer" };
};

interface Answer {
  readonly release: { readonly name: string; readonly digest: string; readonly manifest: { readonly graph: object } };
  readonly error?: {
    readonly details: readonly { readonly fieldViolations?: readonly { readonly field: string }[] }[];
  };
}

async function created(changes?: Readonly<Record<string, object>>): Promise<Answer> {
  const [early, late, rivals] = versions.map((modelVersion) => ({ modelVersion }));
  const manifest = {
    models: { early, late, rivals },
    graph: graph(changes),
    features: { featureService: service.name },
  };
  const response = await fetch(`${platform.httpUrl}/v1/projects/default/releases`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ manifest }),
  });
  return (await response.json()) as Answer;
}

test("a graph over REST is the same release as over gRPC, with the types that the feature store knows", async () => {
  const { release } = await created();
  const { connection } = platform;
  const found = await connection.releases.getRelease({ name: release.name });
  const nodes = new Map(found.release?.manifest?.graph?.nodes.map((it) => [it.name, it]));
  expect(nodes.get("rival")?.kind.value).toMatchObject({
    featureServiceVersion: service.version,
    digest: service.digest,
    features: ["sales__amount", "sales__total", "hour"],
    requestFeatures: ["hour"],
  });
  expect(nodes.get("rivals")).toMatchObject({ dependency: Dependency.SOFT, deadline: { nanos: 20_000_000 } });
  const again = await connection.releases.createRelease({
    parent: connection.parent,
    manifest: found.release?.manifest ?? {},
  });
  expect(again.release?.digest).toBe(release.digest);
  expect((await connection.releases.verifyRelease({ name: release.name })).verified).toBe(true);
});

test("what does not fit the feature store's types is refused, all at once", async () => {
  const { error } = await created({
    chosen: {
      switch: { cases: [{ condition: "sales__total > 3.5 && shop == 'a'", node: "late" }], defaultNode: "early" },
    },
    rival: {
      enrich: {
        featureService: service.name,
        keys: [
          { key: "shop", column: "hour" },
          { key: "owner", requestField: "owner" },
        ],
      },
    },
    rivals: { model: { inputs: ["rival", "early"], outputTensor: "probabilities", outputColumn: 1 } },
  });
  expect(error?.details.flatMap((it) => it.fieldViolations ?? []).map((it) => it.field)).toEqual([
    "manifest.graph.nodes[1].switch.cases[0].condition",
    "manifest.graph.nodes[4].model.input_tensor",
    "manifest.graph.nodes[5].enrich.keys[0].column",
    "manifest.graph.nodes[5].enrich.keys[1].key",
  ]);
});

test("however much is wrong with a graph, the reasons get through to whoever made it", async () => {
  const { connection } = platform;
  const outputs = Array.from({ length: 900 }, (_, i) => ({
    name: `x${i}`,
    expression: `y${i} + 1`,
    type: ColumnType.INT,
  }));
  const refused = connection.releases.createRelease({
    parent: connection.parent,
    manifest: {
      models: { early: { modelVersion: versions[0] ?? "" } },
      graph: {
        nodes: [
          { name: "early", kind: { case: "model", value: { inputs: ["much"] } } },
          { name: "much", kind: { case: "transform", value: { outputs } } },
        ],
        outputNode: "early",
      },
      features: { featureService: service.name },
    },
  });
  const error = ConnectError.from(await refused.catch((it: unknown) => it));
  const violations = error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations);
  expect(error.message).toContain("The release has 901 part(s)");
  expect(violations[0]?.description).toBe("input takes 3 values a row; much gives 900");
  expect(violations.at(-1)?.description).toMatch(/^8\d\d more are not shown; mend these first$/);
});

test("a bandit among models is declared over gRPC, and its change is told in words", async () => {
  const { connection } = platform;
  const made = async (epsilon: number) => {
    const { release } = await connection.releases.createRelease({
      parent: connection.parent,
      manifest: {
        models: { early: { modelVersion: versions[0] ?? "" }, late: { modelVersion: versions[1] ?? "" } },
        graph: {
          nodes: [
            {
              name: "bandit",
              kind: {
                case: "bandit",
                value: { arms: [{ node: "early" }, { node: "late" }], policy: ArmPolicy.EPSILON_GREEDY, epsilon },
              },
            },
            {
              name: "votes",
              kind: { case: "combine", value: { inputs: ["bandit"], method: CombineMethod.VOTE, threshold: 0.5 } },
            },
            { name: "early", kind: { case: "model", value: {} } },
            { name: "late", kind: { case: "model", value: {} } },
          ],
          outputNode: "votes",
        },
        features: { featureService: service.name },
      },
    });
    return release?.name ?? "";
  };
  const [base, name] = [await made(0.1), await made(0.2)];
  const { differences } = await connection.releases.diffReleases({ name, base });
  expect(differences.map((it) => it.sentence)).toEqual(["The epsilon of the bandit node bandit went from 0.1 to 0.2."]);
});
