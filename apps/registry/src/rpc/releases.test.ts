import { toJson } from "@bufbuild/protobuf";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { ReleaseManifestSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { canonicalJson, digestOfBytes, digestOfJson, type Json, parseDigest } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  makeRelease,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const SERVICE = "projects/p/featureServices/late";
const views = [{ view: "projects/p/featureViews/weather", version: 3, digest: digestOfBytes("weather 3") }];
const graph = (node: { inputTensor?: string; outputTensor?: string; outputColumn?: number } = {}) => ({
  nodes: [
    {
      name: "main",
      kind: { case: "model" as const, value: { outputTensor: "probabilities", outputColumn: 1, ...node } },
    },
  ],
  outputNode: "main",
});

for (const database of everyDatabase()) {
  describe(`releases on ${database.name}`, () => {
    let registry: RegistryInProcess;
    let modelVersion: string;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()));
      modelVersion = await registerFixture(registry, "late", "line");
      const features = ["weather__wind", "weather__rain", "distance"];
      const first = { version: 1, digest: digestOfBytes("late 1"), views, features, requestFeatures: ["distance"] };
      const second = { ...first, version: 2, digest: digestOfBytes("late 2"), features: [...features].reverse() };
      registry.featureServices.set(SERVICE, [first, second]);
    });

    const complete = async () => ({
      models: { main: { modelVersion } },
      graph: graph(),
      features: { featureService: SERVICE },
      schemaDigest: await registry.upload(new TextEncoder().encode("schema")),
      baselineStatisticsDigest: await registry.upload(new TextEncoder().encode("statistics")),
      certificateDigest: await registry.upload(new TextEncoder().encode("certificate")),
      thresholds: { late: 0.5 },
    });
    const make = async (changes: object = {}) =>
      (await registry.releases.createRelease({ parent: "projects/p", manifest: { ...(await complete()), ...changes } }))
        .release;
    const refused = async (changes: object) => (await failureOf(make(changes))).paths;

    test("what the platform knows is filled in, the digest can be computed by anybody, and the thread knows all parts", async () => {
      const release = await make();
      const manifest = release?.manifest;
      expect(manifest?.models["main"]).toMatchObject({ modelVersion, signature: { inputs: [{ name: "X" }] } });
      expect(manifest?.graph?.nodes[0]?.kind.value).toMatchObject({ inputTensor: "X", outputTensor: "probabilities" });
      expect(manifest?.features).toMatchObject({
        featureServiceVersion: 2n,
        digest: digestOfBytes("late 2"),
        viewVersions: { weather: 3n },
        features: ["distance", "weather__rain", "weather__wind"],
        requestFeatures: ["distance"],
      });
      if (!manifest) return expect.unreachable();
      const json = toJson(ReleaseManifestSchema, manifest) as Json;
      expect(release.digest).toBe(digestOfJson(json));
      expect(release.name).toBe(`projects/p/releases/${release.digest.slice(7, 23)}`);
      let stored = "";
      for await (const chunk of registry.blobs.get(parseDigest(release.digest, "digest")))
        stored += Buffer.from(chunk).toString();
      expect(stored).toBe(canonicalJson(json));
      await expect.poll(() => registry.recorded.map((it) => it.execution.kind), PATIENCE).toContain("RELEASE");
      const record = registry.recorded.find((it) => it.execution.kind === "RELEASE");
      expect(record?.events.map((it) => `${it.type} ${it.role}`)).toEqual([
        "INPUT model",
        "INPUT feature_service",
        "INPUT feature_view.weather.3",
        "INPUT schema",
        "INPUT baseline_statistics",
        "INPUT certificate",
        "OUTPUT release",
      ]);
    });

    test("the same parts are the same release, however often and at the same time they are put together", async () => {
      const made = await Promise.all(Array.from({ length: 5 }, () => make({ thresholds: { late: 0.25 } })));
      expect(new Set(made.map((it) => it?.name)).size).toBe(1);
      const alias = {
        models: { main: { modelVersion: "projects/p/models/late/versions/latest" } },
        thresholds: { late: 0.25 },
      };
      expect((await make(alias))?.name).toBe(made[0]?.name);
      const { releases } = await registry.releases.listReleases({ parent: "projects/p" });
      expect(releases.filter((it) => it.manifest?.thresholds["late"] === 0.25)).toHaveLength(1);
    });

    test("a release may pin an older version of a feature service, and a digest is held against it", async () => {
      const older = { featureService: SERVICE, featureServiceVersion: 1n };
      const release = await make({ features: { ...older, digest: digestOfBytes("late 1") } });
      expect(release?.manifest?.features?.features).toEqual(["weather__wind", "weather__rain", "distance"]);
      expect(await refused({ features: { ...older, digest: digestOfBytes("late 2") } })).toEqual([
        "manifest.features.digest",
      ]);
      expect(await refused({ features: { ...older, featureServiceVersion: 3n } })).toEqual([
        "manifest.features.feature_service",
      ]);
    });

    test("every reason against a release is told at once", async () => {
      const paths = await refused({
        models: { main: { modelVersion, digest: digestOfBytes("other") }, second: { modelVersion } },
        graph: { ...graph({ inputTensor: "Y", outputTensor: "nothing" }), outputNode: "second" },
        features: { featureService: SERVICE, viewVersions: { weather: 2n }, features: ["a"] },
        schemaDigest: digestOfBytes("no schema"),
        calibrationDigest: digestOfBytes("no calibration"),
        thresholds: { late: Number.NaN },
      });
      expect(paths.sort()).toEqual([
        "manifest.calibration_digest",
        "manifest.features.features",
        "manifest.features.view_versions",
        "manifest.graph.nodes[0].model.input_tensor",
        "manifest.graph.nodes[0].model.output_tensor",
        "manifest.graph.output_node",
        'manifest.models["main"].digest',
        'manifest.models["second"]',
        "manifest.schema_digest",
        'manifest.thresholds["late"]',
      ]);
    });

    test.each([
      ["no node", { graph: { nodes: [], outputNode: "" } }, "manifest.graph.nodes"],
      ["a node that does nothing", { graph: { nodes: [{ name: "main" }] } }, "manifest.graph.nodes[0].kind"],
      [
        "a column that the output does not have",
        { graph: graph({ outputColumn: 2 }) },
        "manifest.graph.nodes[0].model.output_column",
      ],
      [
        "a version that does not exist",
        { models: { main: { modelVersion: "projects/p/models/late/versions/9" } } },
        'manifest.models["main"].model_version',
      ],
      [
        "a model of another project",
        { models: { main: { modelVersion: "projects/q/models/late/versions/1" } } },
        'manifest.models["main"].model_version',
      ],
      [
        "a feature service that does not exist",
        { features: { featureService: "projects/p/featureServices/none" } },
        "manifest.features.feature_service",
      ],
    ])("%s is refused", async (_, changes, path) => {
      expect(await refused(changes)).toEqual([path]);
    });

    test("a model whose width is not the number of features is refused", async () => {
      const narrow = "projects/p/featureServices/narrow";
      const digest = digestOfBytes("narrow");
      registry.featureServices.set(narrow, [
        { version: 1, digest, views: [], features: ["a", "b"], requestFeatures: [] },
      ]);
      const attempt = make({ features: { featureService: narrow } });
      await expect(attempt).rejects.toThrow("X takes 3 values a row; the feature service gives 2");
    });

    test("opaque bytes are refused, with the way out", async () => {
      await registry.models.createModel({ parent: "projects/p", modelId: "pickle" });
      const digest = await registry.upload(new TextEncoder().encode("pickle"));
      const { version } = await registry.models.createModelVersion({
        parent: "projects/p/models/pickle",
        version: { digest, format: ModelFormat.OPAQUE },
      });
      await expect(make({ models: { main: { modelVersion: version?.name ?? "" } } })).rejects.toThrow(
        "Export the model to ONNX",
      );
    });

    test("a release proves itself from the stored bytes, and tells what changed or is gone", async () => {
      const statistics = await registry.upload(new TextEncoder().encode("some statistics"));
      const release = await make({ baselineStatisticsDigest: statistics });
      const name = release?.name ?? "";
      const sound = await registry.releases.verifyRelease({ name });
      expect(sound.verified).toBe(true);
      expect(sound.parts.map((it) => it.part)).toEqual([
        "record",
        "features",
        "manifest",
        "models.main",
        "schema",
        "baseline_statistics",
        "certificate",
      ]);
      await registry.blobs.delete(statistics);
      const broken = await registry.releases.verifyRelease({ name });
      expect(broken.verified).toBe(false);
      expect(broken.parts.filter((it) => it.actualDigest !== it.expectedDigest)).toMatchObject([
        { part: "baseline_statistics", expectedDigest: statistics, actualDigest: "" },
      ]);
    });

    test("releases are listed newest first", async () => {
      registry.clock.timeMs += 1_000;
      const name = await makeRelease(registry, modelVersion, 0.125);
      const page = await registry.releases.listReleases({ parent: "projects/p", pageSize: 1 });
      expect(page.releases.map((it) => it.name)).toEqual([name]);
      const next = await registry.releases.listReleases({
        parent: "projects/p",
        pageSize: 1,
        pageToken: page.nextPageToken,
      });
      expect(next.releases[0]?.name).not.toBe(name);
      expect((await registry.releases.getRelease({ name })).release).toEqual(page.releases[0]);
    });
  });
}
