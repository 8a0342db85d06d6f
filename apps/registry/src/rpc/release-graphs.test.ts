import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  ArmPolicy,
  ColumnType,
  CombineMethod,
  Dependency,
  type GraphNodeSchema,
  type GraphSchema,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { graphToMessage } from "@throughline/graphs";
import { anyGraph } from "@throughline/graphs/laws";
import { digestOfBytes } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const SERVICE = "projects/p/featureServices/late";
const PLANES = "projects/p/featureServices/planes";

type NodeInit = MessageInitShape<typeof GraphNodeSchema>;

const model = (name: string, inputs: readonly string[] = []): NodeInit => ({
  name,
  kind: { case: "model", value: { outputTensor: "probabilities", outputColumn: 1, inputs: [...inputs] } },
});

/** Nodes of most kinds: planes are looked up by a column, and two of three models answer unless the row is unusual. */
const NODES: readonly NodeInit[] = [
  {
    name: "gate",
    kind: {
      case: "outlierGate",
      value: {
        method: {
          case: "mahalanobis",
          value: { mean: [0, 0, 0], inverseCovariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], limit: 16.3 },
        },
        falsePositiveRate: 0.001,
        passNode: "mean",
      },
    },
    deadline: { seconds: 0n, nanos: 50_000_000 },
  },
  {
    name: "mean",
    kind: {
      case: "combine",
      value: { inputs: ["chosen", "rich"], method: CombineMethod.WEIGHTED, weights: [3, 1], fallback: 0 },
    },
  },
  {
    name: "chosen",
    kind: {
      case: "bandit",
      value: {
        arms: [{ node: "first", floorBasisPoints: 500 }, { node: "second" }],
        policy: ArmPolicy.THOMPSON_BERNOULLI,
        reward: "actual",
      },
    },
  },
  model("first"),
  model("second"),
  { ...model("rich", ["winds", "planes"]), dependency: Dependency.SOFT },
  {
    name: "winds",
    kind: {
      case: "transform",
      value: { outputs: [{ name: "squared", expression: "weather__wind * weather__wind", type: ColumnType.DOUBLE }] },
    },
  },
  {
    name: "planes",
    kind: {
      case: "enrich",
      value: { featureService: PLANES, keys: [{ key: "plane", source: { case: "column", value: "plane" } }] },
    },
    dependency: Dependency.SOFT,
  },
];

for (const database of everyDatabase()) {
  describe(`graphs of releases on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let versions: readonly string[];
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      versions = await Promise.all(["first", "second", "rich"].map((it) => registerFixture(registry, it, "line")));
      const views = [{ view: "projects/p/featureViews/weather", version: 3, digest: digestOfBytes("weather 3") }];
      const late = { digest: digestOfBytes("late"), views, requestFeatures: ["plane"] };
      registry.featureServices.set(SERVICE, [
        { ...late, version: 1, features: ["weather__wind", "weather__rain", "plane"] },
      ]);
      registry.columns.set(SERVICE, {
        features: [
          { name: "weather__wind", type: "double" },
          { name: "weather__rain", type: "double" },
          { name: "plane", type: "int" },
        ],
        keys: [{ name: "origin", type: "string" }],
      });
      const planeViews = [{ view: "projects/p/featureViews/planes", version: 2, digest: digestOfBytes("planes 2") }];
      const planes = { views: planeViews, requestFeatures: [], features: ["planes__age", "planes__seats"] };
      registry.featureServices.set(PLANES, [
        { ...planes, version: 1, digest: digestOfBytes("planes service 1") },
        { ...planes, version: 2, digest: digestOfBytes("planes service 2") },
      ]);
      registry.columns.set(PLANES, {
        features: [
          { name: "planes__age", type: "double" },
          { name: "planes__seats", type: "int" },
        ],
        keys: [{ name: "plane", type: "int" }],
      });
    });

    const NAMES = ["first", "second", "rich"];
    const make = async (nodes: readonly NodeInit[] = NODES, models = NAMES) => {
      const named = models.map((node, i) => [node, { modelVersion: versions[i % NAMES.length] ?? "" }] as const);
      const { release } = await registry.releases.createRelease({
        parent: "projects/p",
        manifest: {
          models: Object.fromEntries(named),
          graph: { nodes: [...nodes], outputNode: "gate" },
          features: { featureService: SERVICE },
        },
      });
      return release;
    };
    /** The sound graph with one node in place of the one of its name. */
    const instead = (node: NodeInit): readonly NodeInit[] => NODES.map((it) => (it.name === node.name ? node : it));

    test("a graph of many nodes is filled in, comes back as it is, and proves all of its parts", async () => {
      const release = await make();
      const nodes = new Map(release?.manifest?.graph?.nodes.map((it) => [it.name, it]));
      expect(nodes.get("rich")?.kind.value).toMatchObject({ inputTensor: "X", inputs: ["winds", "planes"] });
      expect(nodes.get("planes")).toMatchObject({
        dependency: Dependency.SOFT,
        kind: {
          value: {
            featureServiceVersion: 2n,
            digest: digestOfBytes("planes service 2"),
            viewVersions: { planes: 2n },
            features: ["planes__age", "planes__seats"],
          },
        },
      });
      expect(nodes.get("gate")).toMatchObject({ deadline: { nanos: 50_000_000 }, dependency: Dependency.UNSPECIFIED });
      const again = await registry.releases.getRelease({ name: release?.name ?? "" });
      expect(again.release).toEqual(release);
      // What was filled in may be sent as well, and HARD is what is not said.
      const manifestAgain = release?.manifest;
      if (!manifestAgain?.graph) return expect.unreachable();
      const spelled = manifestAgain.graph.nodes.map((it) => ({ ...it, dependency: it.dependency || Dependency.HARD }));
      const graph = { ...manifestAgain.graph, nodes: spelled };
      const same = await registry.releases.createRelease({
        parent: "projects/p",
        manifest: { ...manifestAgain, graph },
      });
      expect(same.release?.digest).toBe(release?.digest);
      const { verified, parts } = await registry.releases.verifyRelease({ name: release?.name ?? "" });
      expect([verified, parts.map((it) => it.part).sort()]).toEqual([
        true,
        ["features", "features.planes", "manifest", "models.first", "models.rich", "models.second", "record"],
      ]);
      await expect.poll(() => registry.recorded.map((it) => it.execution.kind), PATIENCE).toContain("RELEASE");
      const record = registry.recorded.find((it) => it.execution.kind === "RELEASE");
      const roles = record?.events.map((it) => it.role);
      expect(roles?.filter((it) => it === "model")).toHaveLength(3);
      expect(roles).toEqual(expect.arrayContaining(["feature_view.planes.2", "feature_view.weather.3", "release"]));
    });

    test("every reason against a graph is told at once", async () => {
      const wrong = instead({
        name: "winds",
        kind: {
          case: "transform",
          value: { outputs: [{ name: "squared", expression: "weather__wind > 1.0", type: ColumnType.DOUBLE }] },
        },
      }).map((it) => (it.name === "first" ? model("first", ["mean"]) : it));
      const { reason, paths } = await failureOf(make([...wrong, model("lonely")], [...NAMES, "stranger"]));
      expect(reason).toBe("RELEASE_REFUSED");
      expect(paths).toEqual([
        'manifest.models["stranger"]',
        'manifest.models["lonely"]',
        "manifest.graph.nodes[3].model.inputs[0]",
        "manifest.graph.nodes[6].transform.outputs[0].expression",
        "manifest.graph.nodes[8].name",
      ]);
    });

    test.each<[string, NodeInit, string, string]>([
      [
        "a model that gets more values than it takes",
        model("rich", ["winds", "planes", "first"]),
        "manifest.graph.nodes[5].model.input_tensor",
        "X takes 3 values a row; winds and planes and first gives 4",
      ],
      [
        "a key that is a column of another type",
        {
          name: "planes",
          kind: {
            case: "enrich",
            value: {
              featureService: PLANES,
              keys: [{ key: "plane", source: { case: "column", value: "weather__wind" } }],
            },
          },
        },
        "manifest.graph.nodes[7].enrich.keys[0].column",
        "weather__wind is double; plane is int",
      ],
      [
        "a feature service with another digest",
        {
          name: "planes",
          kind: {
            case: "enrich",
            value: { featureService: PLANES, featureServiceVersion: 1n, digest: digestOfBytes("x") },
          },
        },
        "manifest.graph.nodes[7].enrich.digest",
        "it differs from version 1",
      ],
      [
        "a feature service that is not there",
        { name: "planes", kind: { case: "enrich", value: { featureService: `${PLANES}x` } } },
        "manifest.graph.nodes[7].enrich.feature_service",
        "there is no feature service",
      ],
      [
        "a mean of what may all be absent",
        {
          name: "mean",
          kind: { case: "combine", value: { inputs: ["rich"], method: CombineMethod.MEAN } },
        },
        "manifest.graph.nodes[1].combine.fallback",
        "rich may be absent",
      ],
    ])("%s is refused", async (_, node, path, description) => {
      const attempt = make(instead(node));
      await expect(attempt).rejects.toThrow(description);
      expect((await failureOf(make(instead(node)))).paths).toContain(path);
    });

    test("a graph that is no longer within the contract is refused before anything looks at it", async () => {
      const negative = instead({
        name: "mean",
        kind: { case: "combine", value: { inputs: ["rich"], method: CombineMethod.WEIGHTED, weights: [-1] } },
      });
      expect((await failureOf(make(negative))).reason).toBe("INVALID_FIELD");
    });

    test("two nodes may run the same version of a model, which is one part of the release", async () => {
      const [version = ""] = versions;
      const { release } = await registry.releases.createRelease({
        parent: "projects/p",
        manifest: {
          models: { one: { modelVersion: version }, other: { modelVersion: version } },
          graph: {
            nodes: [
              {
                name: "mean",
                kind: { case: "combine", value: { inputs: ["one", "other"], method: CombineMethod.MEAN } },
              },
              model("one"),
              model("other"),
            ],
            outputNode: "mean",
          },
        },
      });
      const record = () => registry.recorded.find((it) => it.execution.resource === release?.name);
      await expect.poll(record, PATIENCE).toBeDefined();
      expect(record()?.events.map((it) => `${it.type} ${it.role}`)).toEqual(["INPUT model", "OUTPUT release"]);
      const kept = registry.models.deleteModelVersion({ name: version });
      await expect(kept).rejects.toThrow("release");
    });

    test("whatever graph is sent, it is taken or refused with reasons", async () => {
      await fc.assert(
        fc.asyncProperty(anyGraph(), async (graph) => {
          const message = graphToMessage(graph) as MessageInitShape<typeof GraphSchema>;
          const sent = registry.releases.createRelease({
            parent: "projects/p",
            manifest: { models: {}, graph: message, features: { featureService: SERVICE } },
          });
          const { reason, paths } = await failureOf(sent);
          expect(["RELEASE_REFUSED", "INVALID_FIELD"]).toContain(reason);
          expect(paths.length).toBeGreaterThan(0);
        }),
        { numRuns: 150 },
      );
    });

    test("how two graphs differ is told in words", async () => {
      const base = await make();
      const other = await make(
        instead({
          name: "mean",
          kind: {
            case: "combine",
            value: { inputs: ["chosen", "rich"], method: CombineMethod.WEIGHTED, weights: [1, 1], fallback: 0 },
          },
        }),
      );
      const { differences } = await registry.releases.diffReleases({ name: other?.name ?? "", base: base?.name ?? "" });
      expect(differences.map((it) => it.sentence)).toEqual([
        "The weights of the combine node mean went from 3, 1 to 1, 1.",
      ]);
    });

    test("a release of several models goes into an archive, and comes out of it elsewhere", async () => {
      const release = await make();
      const there = await openRegistry(await surroundings(await database.empty()));
      for (const [name, found] of registry.featureServices) there.featureServices.set(name, found);
      for (const [name, found] of registry.columns) there.columns.set(name, found);
      const archive = registry.releases.exportRelease({ name: release?.name ?? "" });
      const upload = async function* () {
        yield { declaration: { parent: "projects/p", digest: release?.digest ?? "" } };
        for await (const { data } of archive) yield { data };
      };
      const imported = await there.releases.importRelease(upload());
      expect(imported.release?.manifest).toEqual(release?.manifest);
      expect((await there.releases.verifyRelease({ name: release?.name ?? "" })).verified).toBe(true);
    });
  });
}
