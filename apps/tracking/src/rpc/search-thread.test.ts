import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { digestOfBytes } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const parent = "projects/p";

interface Work {
  readonly id: string;
  readonly kind: ExecutionKind;
  readonly resource: string;
  /** Digests by their roles. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly artifacts?: readonly { digest: string; kind: ArtifactKind; resource: string }[];
}

for (const database of everyDatabase()) {
  describe(`searching runs through the thread on ${database.name}`, () => {
    let it: ServiceForTests;
    const find = async (filter: string): Promise<string> => {
      const { runs } = await it.tracking.searchRuns({ parent, filter, orderBy: ["run_name"] });
      return runs.map((run) => run.displayName).join("");
    };
    const record = ({ id, kind, resource, inputs = {}, outputs = {}, artifacts = [] }: Work) => {
      const events = (digests: Readonly<Record<string, string>>, type: EventType) =>
        Object.entries(digests).map(([role, artifactDigest]) => ({ artifactDigest, executionId: id, type, role }));
      return it.lineage.recordExecution({
        execution: { id, project: parent, kind, resource, actor: "test", time: fromMs(1_000) },
        artifacts: artifacts.map((one) => ({ project: parent, ...one })),
        events: [...events(inputs, EventType.INPUT), ...events(outputs, EventType.OUTPUT)],
      });
    };
    const known = (kind: ArtifactKind, name: string, text: string) => ({
      digest: digestOfBytes(text),
      kind,
      resource: `${parent}/${name}`,
    });

    const weather2 = known(ArtifactKind.FEATURE_VIEW, "featureViews/weather", "weather 2");
    const weather3 = known(ArtifactKind.FEATURE_VIEW, "featureViews/weather", "weather 3");
    const fleet = known(ArtifactKind.FEATURE_VIEW, "featureViews/fleet", "fleet 1");
    const segment = known(ArtifactKind.SOURCE_SEGMENT, "sources/flights", "segment");
    const setOf = (name: string) => known(ArtifactKind.TRAINING_SET, `trainingSets/${name}`, name);
    const release = known(ArtifactKind.RELEASE, "releases/r1", "release 1");

    /** Run a was trained on weather:2, b on weather:3 and fleet:1 and serves, c is still at work on weather:3, d on nothing. */
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const created = await it.tracking.createExperiment({ parent, experiment: { displayName: "e" } });
      const run = async (displayName: string): Promise<string> => {
        const content = { experiment: created.experiment?.name ?? "", displayName };
        return (await it.tracking.createRun({ parent, run: content })).run?.name ?? "";
      };
      const sets = {
        a: { "feature_view.weather.2": weather2 },
        b: { "feature_view.weather.3": weather3, "feature_view.fleet.1": fleet },
      };
      for (const [name, views] of Object.entries(sets)) {
        const set = setOf(name);
        await record({
          id: `set:${name}`,
          kind: ExecutionKind.CREATE_TRAINING_SET,
          resource: set.resource,
          inputs: {
            segment: segment.digest,
            ...Object.fromEntries(Object.entries(views).map(([role, it]) => [role, it.digest])),
          },
          outputs: { rows: set.digest },
          artifacts: [segment, set, ...Object.values(views)],
        });
      }
      const [a, b, c] = [await run("a"), await run("b"), await run("c"), await run("d")];
      const reads = { a: [a, setOf("a")], b: [b, setOf("b")], c: [c, setOf("b")] } as const;
      for (const [name, set] of Object.values(reads))
        await it.tracking.logBatch({
          run: name,
          datasets: [{ dataset: { digest: set.digest, displayName: set.resource } }],
        });
      const model = await it.upload("model");
      await it.tracking.logBatch({ run: b, artifacts: [{ path: "model.onnx", digest: model }] });
      for (const name of [a, b]) await it.tracking.updateRun({ run: { name, state: RunState.FINISHED } });
      await record({
        id: "release:1",
        kind: ExecutionKind.RELEASE,
        resource: release.resource,
        inputs: { model },
        outputs: { release: release.digest },
        artifacts: [release],
      });
      const deployment = `${parent}/deployments/delays`;
      await record({
        id: "deploy:1",
        kind: ExecutionKind.DEPLOY,
        resource: deployment,
        inputs: { release: release.digest },
      });
    });

    test.each([
      ["trained_on.feature_view = 'weather'", "abc"],
      ["trained_on.feature_view = 'weather:3'", "bc"],
      ["trained_on.feature_view = 'weather:2' OR trained_on.feature_view = 'fleet:1'", "abc"],
      ["trained_on.feature_view IN ('fleet', 'other')", "bc"],
      ["trained_on.feature_view LIKE 'weather:%'", "abc"],
      ["trained_on.feature_view = 'weath'", ""],
      ["trained_on.feature_view IS NULL", "d"],
      ["NOT trained_on.feature_view = 'weather:3'", "ad"],
      ["trained_on.training_set = 'a'", "a"],
      [`trained_on.training_set = '${parent}/trainingSets/b'`, "bc"],
      ["trained_on.source = 'flights' AND attributes.status = 'RUNNING'", "c"],
      ["served_by.deployment = 'delays'", "b"],
      ["served_by.deployment = 'other'", ""],
      ["served_by.deployment IS NULL", "acd"],
      ["served_by.release = 'r1' AND trained_on.feature_view = 'weather:3'", "b"],
    ])("%s", async (filter, expected) => {
      expect(await find(filter)).toBe(expected);
    });

    test("the thread of another project says nothing", async () => {
      const found = await it.tracking.searchRuns({ parent: "projects/q", filter: "trained_on.source = 'flights'" });
      expect(found.runs).toEqual([]);
      const wrong = it.tracking.searchRuns({ parent, filter: "trained_on.planet = 'mars'" });
      expect(await failure(wrong)).toEqual(["InvalidArgument", "FILTER_FIELD_UNKNOWN"]);
    });
  });
}
