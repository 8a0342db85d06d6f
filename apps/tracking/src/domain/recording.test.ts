import { type Digest, digestOfBytes, isDomainError } from "@throughline/kernel";
import type { LineageArtifact, LineageRecord } from "@throughline/lineage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { described, type KnownArtifact } from "./artifact.ts";
import { type LineageChange, plannedRecording, plannedRecordings } from "./recording.ts";
import { newRun } from "./run.ts";
import { runRecord } from "./run-lineage.ts";

const digest = digestOfBytes("rows");
const DATASET = {
  externalDigest: "",
  sourceType: "",
  source: "",
  schema: "",
  profile: "",
  tags: {},
};
const CLOCK = { now: () => 2_000 };
const artifact = (about: Partial<LineageArtifact> = {}): LineageArtifact => ({
  digest,
  kind: "FILE",
  resource: "",
  sizeBytes: 0,
  mediaType: "",
  ...about,
});
const at = { project: "p", timeMs: 1_000 };

describe("described()", () => {
  const known = described(undefined, { artifact: artifact({ kind: "DATASET", resource: "d" }), ...at });

  test("what is first said is known", () => {
    expect(known).toEqual({
      ...artifact({ kind: "DATASET", resource: "d" }),
      project: "p",
      createTimeMs: 1_000,
      revision: 1,
    });
  });

  test("a kind gives way only to one that says more, together with its resource", () => {
    const more = described(known, { artifact: artifact({ kind: "TRAINING_SET", resource: "t" }), ...at });
    expect(more).toMatchObject({ kind: "TRAINING_SET", resource: "t", revision: 2 });
    for (const kind of ["FILE", "DATASET", "SCHEMA"] as const)
      expect(described(more, { artifact: artifact({ kind, resource: "other" }), ...at })).toBe(more);
  });

  test("an unknown size is filled in, and a known one is not contradicted", () => {
    const sized = described(known, { artifact: artifact({ sizeBytes: 5 }), ...at });
    expect(sized).toMatchObject({ sizeBytes: 5, revision: 2 });
    expect(described(sized, { artifact: artifact(), ...at })).toBe(sized);
    const other = { artifact: artifact({ sizeBytes: 6 }), ...at };
    expect(() => described(sized, other)).toThrow(expect.objectContaining({ reason: "DIGEST_MISMATCH" }));
    const empty = { artifact: artifact({ sizeBytes: 5 }), ...at, storedBytes: 0 };
    expect(() => described(undefined, empty)).toThrow(expect.objectContaining({ reason: "DIGEST_MISMATCH" }));
  });
});

describe("the record of a run", () => {
  const running = newRun(
    { experimentId: "e", displayName: "", parentId: "", tags: {} },
    { project: "p", id: "r", actor: "ada" },
    CLOCK,
  );
  const model = digestOfBytes("model");
  const full = {
    ...running,
    recordings: 1,
    datasets: [
      { ...DATASET, digest, displayName: "projects/p/trainingSets/t", context: "training" },
      { ...DATASET, digest: "" as const, externalDigest: "a1b2", displayName: "elsewhere", context: "training" },
    ],
  };
  const read = digestOfBytes("base model");
  const files = {
    inputs: [{ path: "base.onnx", digest: read, sizeBytes: 3, mediaType: "" }],
    outputs: [
      { path: "a/model.onnx", digest: model, sizeBytes: 5, mediaType: "" },
      { path: "copy", digest: model, sizeBytes: 5, mediaType: "" },
    ],
  };

  test("has data sets and files that it read as inputs, files that it made as outputs, and nothing without a digest of ours", () => {
    const record = runRecord(full, files, 3_000);
    expect(record.execution).toEqual({
      id: "run:p:r:1",
      project: "projects/p",
      kind: "RUN",
      resource: "projects/p/runs/r",
      actor: "ada",
      timeMs: 3_000,
    });
    expect(record.events).toEqual([
      { digest, type: "INPUT", role: "training" },
      { digest: read, type: "INPUT", role: "base.onnx" },
      { digest: model, type: "OUTPUT", role: "a/model.onnx" },
      { digest: model, type: "OUTPUT", role: "copy" },
    ]);
  });

  test("has an id that the contract allows and no other run has, whatever the name of the run", () => {
    const ids = ["R", "r", "r~", `r${"x".repeat(254)}`].map((id) => runRecord({ ...full, id }, files, 0).execution.id);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9._:-]{0,255}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("does not take away what the project knows of its artifacts", () => {
    const known: KnownArtifact = {
      ...artifact({ kind: "TRAINING_SET", resource: "t", sizeBytes: 7 }),
      project: "p",
      createTimeMs: 0,
      revision: 3,
    };
    const file: KnownArtifact = {
      ...artifact({ digest: model, sizeBytes: 5 }),
      project: "p",
      createTimeMs: 0,
      revision: 1,
    };
    const change = plannedRecording(runRecord(full, files, 3_000), {
      ...at,
      known: new Map([
        [digest, known],
        [model, file],
        [read, { ...file, digest: read, sizeBytes: 3 }],
      ]),
      storedBytes: new Map(),
    });
    expect(change.artifacts).toEqual([{ ...file, resource: "projects/p/runs/r", revision: 2 }]);
  });
});

describe("plannedRecordings()", () => {
  const digests = ["a", "b", "c"].map((it) => digestOfBytes(it));
  const recordOf = fc.record({
    id: fc.constantFrom("e1", "e2", "e3"),
    actor: fc.constantFrom("ada", "bob"),
    described: fc.uniqueArray(
      fc.record({
        at: fc.nat({ max: 2 }),
        kind: fc.constantFrom("DATASET" as const, "TRAINING_SET" as const, "FILE" as const),
        sizeBytes: fc.constantFrom(0, 5, 6),
        resource: fc.constantFrom("", "r"),
      }),
      { maxLength: 2, selector: ({ at }) => at },
    ),
    read: fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 2 }),
  });
  const digestAt = (at: number): Digest => digests[at] ?? digest;
  const storedBytes = new Map([[digestAt(0), 5]]);

  /** What is stored after a change, or the reason why there is none. */
  interface Stored {
    readonly artifacts: ReadonlyMap<Digest, KnownArtifact>;
    readonly executions: ReadonlyMap<string, LineageChange["executions"][number]>;
  }
  const applied = ({ artifacts, executions }: Stored, change: LineageChange): Stored => ({
    artifacts: new Map([...artifacts, ...change.artifacts.map((it) => [it.digest, it] as const)]),
    executions: new Map([...executions, ...change.executions.map((it) => [it.id, it] as const)]),
  });
  const orReason = <T>(work: () => T): T | string => {
    try {
      return work();
    } catch (error) {
      if (isDomainError(error)) return error.reason;
      throw error;
    }
  };
  const EMPTY: Stored = { artifacts: new Map(), executions: new Map() };
  const context = ({ artifacts }: Stored) => ({ ...at, known: artifacts, storedBytes });
  const together = (records: readonly LineageRecord[], before: Stored): Stored =>
    applied(before, plannedRecordings(records, { ...context(before), earlier: before.executions }));
  const oneByOne = (records: readonly LineageRecord[], before: Stored): Stored =>
    records.reduce((stored, record) => {
      const earlier = stored.executions.get(record.execution.id);
      return applied(stored, plannedRecording(record, { ...context(stored), ...(earlier && { earlier }) }));
    }, before);
  /** Revisions count writes, of which there are fewer together. */
  const withoutRevisions = (stored: Stored | string) =>
    typeof stored === "string"
      ? stored
      : { ...stored, artifacts: [...stored.artifacts.values()].map(({ revision: _, ...it }) => it) };

  test("several records leave what they leave one after the other, or fail for the same reason", () => {
    fc.assert(
      fc.property(fc.array(recordOf, { maxLength: 6 }), fc.nat({ max: 6 }), (wanted, split) => {
        const records = wanted.map(
          ({ id, actor, described: artifacts, read }): LineageRecord => ({
            execution: { id, project: "projects/p", kind: "RUN", resource: "", actor, timeMs: 1 },
            artifacts: artifacts.map(({ at: i, ...it }) => artifact({ digest: digestAt(i), ...it })),
            events: read.map((i) => ({ digest: digestAt(i), type: "INPUT", role: "" })),
          }),
        );
        const expected = orReason(() => oneByOne(records, EMPTY));
        const [first, second] = [records.slice(0, split), records.slice(split)];
        const got = orReason(() => together(second, together(first, EMPTY)));
        expect(withoutRevisions(got)).toEqual(withoutRevisions(expected));
      }),
    );
  });
});
