import { ArtifactKind, EventType, ExecutionKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { digestOfBytes } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PROJECT = "projects/p";

interface Recorded {
  readonly id: string;
  readonly kind: ExecutionKind;
  readonly resource?: string;
  readonly project?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly artifacts?: readonly { digest: string; kind: ArtifactKind; sizeBytes?: bigint; resource?: string }[];
}

const requestOf = ({
  id,
  kind,
  resource = "",
  project = PROJECT,
  inputs = [],
  outputs = [],
  artifacts = [],
}: Recorded) => ({
  execution: { id, project, kind, resource, actor: "test", time: fromMs(1_000) },
  artifacts: artifacts.map((one) => ({ project, ...one })),
  events: [
    ...inputs.map((artifactDigest) => ({ artifactDigest, executionId: id, type: EventType.INPUT, role: "in" })),
    ...outputs.map((artifactDigest) => ({ artifactDigest, executionId: id, type: EventType.OUTPUT, role: "out" })),
  ],
});

for (const database of everyDatabase()) {
  describe(`LineageService on ${database.name}`, () => {
    let it: ServiceForTests;
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
    });
    afterAll(() => it.close());

    const record = (recorded: Recorded) => it.lineage.recordExecution(requestOf(recorded));
    const walk = (start: string, direction = LineageDirection.UNSPECIFIED, project = PROJECT) =>
      it.lineage.getLineage({ project, start, direction });

    const recordAll = (records: readonly Recorded[], parent = PROJECT) =>
      it.lineage.recordExecutions({ parent, records: records.map(requestOf) });

    test("several records are one: later ones may build on earlier ones, and one that is refused stops all", async () => {
      const rows = digestOfBytes("rows of several");
      const view = digestOfBytes("view of several");
      const described = { digest: rows, kind: ArtifactKind.DATASET, sizeBytes: 7n };
      const first: Recorded = { id: "several:1", kind: ExecutionKind.INGEST, outputs: [rows], artifacts: [described] };
      const said = { digest: rows, kind: ArtifactKind.TRAINING_SET, resource: `${PROJECT}/trainingSets/several` };
      const second: Recorded = {
        id: "several:2",
        kind: ExecutionKind.CREATE_TRAINING_SET,
        inputs: [rows],
        artifacts: [said],
      };
      const wrong: Recorded = { id: "several:3", kind: ExecutionKind.VALIDATE, inputs: [view] };
      expect(await failure(recordAll([first, second, wrong]))).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
      expect(await failure(walk("several:1"))).toEqual(["NotFound", "NOT_FOUND"]);

      await recordAll([first, second]);
      // Again, and beside what is new.
      await recordAll([first, second, { id: "several:4", kind: ExecutionKind.VALIDATE, inputs: [rows] }]);
      const { artifacts, executions } = await walk(rows);
      expect(artifacts).toMatchObject([{ digest: rows, kind: ArtifactKind.TRAINING_SET, sizeBytes: 7n }]);
      expect(executions.map(({ id }) => id).sort()).toEqual(["several:1", "several:2", "several:4"]);
      const changed = { ...second, resource: `${PROJECT}/other` };
      expect(await failure(recordAll([changed]))).toEqual(["AlreadyExists", "EXECUTION_CHANGED"]);
      expect(await failure(recordAll([{ ...first, id: "x", project: "projects/other" }]))).toEqual([
        "InvalidArgument",
        "INVALID_FIELD",
      ]);
      expect(await failure(recordAll([]))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("the thread of a whole story is walked both ways, from a digest, a resource and an execution", async () => {
      const segment = await it.upload("rows");
      const rows = digestOfBytes("merkle root of a training set");
      await record({ id: "ingest:1", kind: ExecutionKind.INGEST, outputs: [segment] });
      await record({
        id: "training-set:1",
        kind: ExecutionKind.CREATE_TRAINING_SET,
        resource: `${PROJECT}/trainingSets/t`,
        inputs: [segment],
        outputs: [rows],
        artifacts: [{ digest: rows, kind: ArtifactKind.TRAINING_SET, resource: `${PROJECT}/trainingSets/t` }],
      });
      const { experiment } = await it.tracking.createExperiment({
        parent: PROJECT,
        experiment: { displayName: "story" },
      });
      const { run } = await it.tracking.createRun({ parent: PROJECT, run: { experiment: experiment?.name ?? "" } });
      const name = run?.name ?? "";
      const model = await it.upload("model bytes");
      await it.tracking.logBatch({
        run: name,
        datasets: [{ dataset: { digest: rows, displayName: "t" }, context: "training" }],
        artifacts: [{ path: "model.onnx", digest: model }],
      });
      expect(await failure(walk(name))).toEqual(["NotFound", "NOT_FOUND"]);
      await it.tracking.updateRun({ run: { name, state: RunState.FINISHED } });
      const release = digestOfBytes("release manifest");
      await record({
        id: "release:1",
        kind: ExecutionKind.RELEASE,
        inputs: [model],
        outputs: [release],
        artifacts: [{ digest: release, kind: ArtifactKind.RELEASE }],
      });

      const back = await walk(release, LineageDirection.UPSTREAM);
      expect(back.artifacts.map((one) => one.digest)).toEqual([release, model, rows, segment]);
      expect(back.executions.map((one) => one.kind)).toEqual([
        ExecutionKind.RELEASE,
        ExecutionKind.RUN,
        ExecutionKind.CREATE_TRAINING_SET,
        ExecutionKind.INGEST,
      ]);
      expect(back.artifacts[2]).toMatchObject({
        kind: ArtifactKind.TRAINING_SET,
        resource: `${PROJECT}/trainingSets/t`,
      });
      expect(back.events).toHaveLength(7);
      expect(back.truncated).toBe(false);
      const forth = await walk(segment, LineageDirection.DOWNSTREAM);
      expect(forth.artifacts.map((one) => one.digest)).toEqual([segment, rows, model, release]);
      for (const start of [name, back.executions[1]?.id ?? "", rows, `${PROJECT}/trainingSets/t`]) {
        const both = await walk(start);
        expect(new Set(both.artifacts.map((one) => one.digest))).toEqual(new Set([segment, rows, model, release]));
      }
    });

    test("a run that logs a file after its end, or ends again, is recorded again", async () => {
      const { experiment } = await it.tracking.createExperiment({
        parent: PROJECT,
        experiment: { displayName: "late" },
      });
      const { run } = await it.tracking.createRun({ parent: PROJECT, run: { experiment: experiment?.name ?? "" } });
      const name = run?.name ?? "";
      const first = await it.upload("first file");
      const late = await it.upload("late file");
      await it.tracking.logBatch({ run: name, artifacts: [{ path: "first", digest: first }] });
      await it.tracking.updateRun({ run: { name, state: RunState.FAILED } });
      await it.tracking.logBatch({ run: name, artifacts: [{ path: "late", digest: late }] });
      await it.tracking.logBatch({ run: name, tags: { only: "a tag" } });
      await it.tracking.updateRun({ run: { name, displayName: "only a name" } });
      const thread = await walk(name, LineageDirection.DOWNSTREAM);
      expect(thread.executions).toHaveLength(2);
      expect(new Set(thread.artifacts.map((one) => one.digest))).toEqual(new Set([first, late]));
      expect(thread.events.map((one) => one.role).sort()).toEqual(["first", "late"]);
    });

    test("recording the same work again changes nothing, and other work under its id is refused", async () => {
      const made = digestOfBytes("made once");
      const work = {
        id: "evaluate:1",
        kind: ExecutionKind.EVALUATE,
        outputs: [made],
        artifacts: [{ digest: made, kind: ArtifactKind.EVALUATION }],
      };
      await Promise.all(Array.from({ length: 10 }, () => record(work)));
      expect((await walk("evaluate:1")).events).toHaveLength(1);
      expect(await failure(record({ ...work, resource: "other" }))).toEqual(["AlreadyExists", "EXECUTION_CHANGED"]);
      expect(await failure(record({ ...work, kind: ExecutionKind.VALIDATE }))).toEqual([
        "AlreadyExists",
        "EXECUTION_CHANGED",
      ]);
    });

    test("an edge to an artifact that nobody knows is refused, and nothing of the record stays", async () => {
      const real = digestOfBytes("described");
      const forged = digestOfBytes("never seen");
      const call = record({
        id: "forged:1",
        kind: ExecutionKind.EVALUATE,
        inputs: [forged],
        outputs: [real],
        artifacts: [{ digest: real, kind: ArtifactKind.EVALUATION }],
      });
      expect(await failure(call)).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
      for (const start of [real, "forged:1"]) expect(await failure(walk(start))).toEqual(["NotFound", "NOT_FOUND"]);
      const unknownOutput = record({ id: "forged:2", kind: ExecutionKind.EVALUATE, outputs: [forged] });
      expect(await failure(unknownOutput)).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
    });

    test("described files and models need their bytes", async () => {
      for (const kind of [ArtifactKind.FILE, ArtifactKind.MODEL]) {
        const digest = digestOfBytes(`no bytes ${kind}`);
        const call = record({
          id: `bytes:${kind}`,
          kind: ExecutionKind.REGISTER,
          inputs: [digest],
          artifacts: [{ digest, kind }],
        });
        expect(await failure(call)).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
      }
      const stored = await it.upload("model of q", "projects/q");
      await record({
        id: "bytes:stored",
        kind: ExecutionKind.REGISTER,
        inputs: [stored],
        artifacts: [{ digest: stored, kind: ArtifactKind.MODEL, sizeBytes: 10n }],
      });
      expect((await walk("bytes:stored")).artifacts[0]).toMatchObject({ kind: ArtifactKind.MODEL, sizeBytes: 10n });
    });

    test("a size that contradicts the stored bytes, or what was said before, is refused", async () => {
      const stored = await it.upload("ten bytes!");
      const describe = (id: string, digest: string, sizeBytes: bigint) =>
        failure(
          record({
            id,
            kind: ExecutionKind.VALIDATE,
            outputs: [digest],
            artifacts: [{ digest, kind: ArtifactKind.STATISTICS, sizeBytes }],
          }),
        );
      expect(await describe("size:1", stored, 11n)).toEqual(["InvalidArgument", "DIGEST_MISMATCH"]);
      const manifest = digestOfBytes("a manifest");
      expect(await describe("size:2", manifest, 5n)).toEqual(["OK", undefined]);
      expect(await describe("size:3", manifest, 6n)).toEqual(["InvalidArgument", "DIGEST_MISMATCH"]);
    });

    test("another project sees nothing of a thread", async () => {
      const made = digestOfBytes("of project p");
      const resource = `${PROJECT}/things/1`;
      await record({
        id: "apart:1",
        kind: ExecutionKind.INGEST,
        resource,
        outputs: [made],
        artifacts: [{ digest: made, kind: ArtifactKind.SOURCE_SEGMENT, resource }],
      });
      for (const start of [made, "apart:1", resource])
        expect(await failure(walk(start, LineageDirection.UNSPECIFIED, "projects/q"))).toEqual([
          "NotFound",
          "NOT_FOUND",
        ]);
      const across = record({ id: "apart:2", kind: ExecutionKind.EVALUATE, project: "projects/q", inputs: [made] });
      expect(await failure(across)).toEqual(["FailedPrecondition", "ARTIFACT_UNKNOWN"]);
    });

    test("a request that speaks of another project or execution than its own is refused", async () => {
      const digest = digestOfBytes("mixed up");
      const execution = { id: "mixed:1", project: PROJECT, kind: ExecutionKind.INGEST, time: fromMs(1) };
      const artifact = { project: "projects/q", digest, kind: ArtifactKind.DATASET };
      const event = { artifactDigest: digest, executionId: "mixed:2", type: EventType.INPUT };
      const bad = [
        { execution, artifacts: [artifact] },
        { execution, events: [event] },
        { execution: { ...execution, id: "UPPER" } },
      ];
      for (const request of bad)
        expect(await failure(it.lineage.recordExecution(request))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("a record of the largest size is recorded whole, and a walk of it says where it stopped", async () => {
      const artifacts = Array.from({ length: 1_000 }, (_, i) => ({
        digest: digestOfBytes(`segment ${i}`),
        kind: ArtifactKind.SOURCE_SEGMENT,
      }));
      const outputs = artifacts.map((one) => one.digest);
      await record({ id: "large:1", kind: ExecutionKind.INGEST, outputs, artifacts });
      const few = await walk("large:1");
      expect([few.artifacts.length, few.truncated]).toEqual([499, true]);
      const all = await it.lineage.getLineage({ project: PROJECT, start: "large:1", nodeLimit: 2_000 });
      expect([all.artifacts.length, all.events.length, all.truncated]).toEqual([1_000, 1_000, false]);
    });
  });
}
