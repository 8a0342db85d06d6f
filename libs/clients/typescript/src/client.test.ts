import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { OperationSchema, OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValueListSchema, ValueSchema } from "@throughline/contracts/throughline/type/v1/value_pb";
import { digestOfBytes, notFound } from "@throughline/kernel";
import {
  callObserver,
  guard,
  mount,
  type OperationView,
  operationHandlers,
  reasonOf,
  serveGrpc,
  trustLocalCallers,
} from "@throughline/rpc";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serviceForTests } from "../../../../apps/tracking/src/testing-service.ts";
import { type Connection, connect, download, OperationFailed, upload, uploadPieces, wait } from "./index.ts";

const NAME = "projects/default/operations/test.1";
const base = { name: NAME, kind: "Test", target: "", message: "", createdMs: 0 } as const;
const running: OperationView = { ...base, state: "running", progress: 0.5 };
const result = create(ValueSchema, { kind: { case: "stringValue", value: "done" } });
const response = { typeUrl: `type.googleapis.com/${ValueSchema.typeName}`, value: toBinary(ValueSchema, result) };
const error = { reason: "NO_ROWS", message: "there are no rows", metadata: {} };

/** How each operation ends, by its name. */
const ENDS: Readonly<Record<string, readonly OperationView[]>> = {
  [`${NAME}`]: [running, { ...base, state: "succeeded", progress: 1, response }],
  [`${NAME}-failed`]: [running, { ...base, state: "failed", progress: 0.5, error }],
  [`${NAME}-cut`]: [running],
};

const operations = operationHandlers({
  get: async () => running,
  list: async () => ({ items: [running], nextPageToken: "" }),
  cancel: async () => running,
  async *watch(name) {
    const states = ENDS[name];
    if (!states) throw notFound(name);
    yield* states;
  },
});

const [sqlite] = everyDatabase({});
let baseUrl = "";
let connection: Connection;
let folder = "";
const end: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  if (!sqlite) throw new Error("SQLite is always there");
  const { service, close } = await serviceForTests(await sqlite.empty());
  const observe = callObserver({ telemetry: openTelemetry({ serviceName: "test" }), log: silentLog, logCalls: false });
  const mounts = [...service.mounts, mount(OperationService, operations)].map((it) =>
    guard(it, { authenticate: trustLocalCallers, observe }),
  );
  const server = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
  baseUrl = `http://127.0.0.1:${server.port}`;
  connection = connect({ baseUrl, actor: "ada" });
  folder = await mkdtemp(join(tmpdir(), "throughline-client-"));
  end.push(
    () => server.stop(0),
    close,
    () => rm(folder, { recursive: true, force: true }),
  );
});
afterAll(async () => {
  for (const step of end) await step();
});

describe("a connection", () => {
  test("logs a run in its project and under its actor, and reads it back", async () => {
    const { tracking, parent } = connection;
    const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "first" } });
    const { run } = await tracking.createRun({ parent, run: { experiment: experiment?.name ?? "" } });
    const name = run?.name ?? "";
    await tracking.logBatch({ run: name, metrics: [{ key: "auc", value: 0.75, step: 3n }] });
    const read = await tracking.getRun({ name });
    expect(name).toMatch(/^projects\/default\/runs\//);
    expect(read.run).toMatchObject({ actor: "ada", metrics: [{ key: "auc", value: 0.75, step: 3n }] });
  });

  test("is told the reason and the fields of a refusal", async () => {
    const refusal = await connection.tracking.listRuns({ parent: "nonsense", pageSize: -1 }).catch(ConnectError.from);
    if (!(refusal instanceof ConnectError)) throw new Error("the request was not refused");
    expect([refusal.code, reasonOf(refusal)]).toEqual([Code.InvalidArgument, "INVALID_FIELD"]);
    const fields = refusal.findDetails(BadRequestSchema)[0]?.fieldViolations.map((it) => it.field);
    expect(fields).toEqual(["parent", "page_size"]);
  });

  test.each([5, 15, 40])(
    "is told that a message of %i MB is too large, and others go on beside it and after it",
    async (megabytes) => {
      const { tracking, parent } = connection;
      const source = "x".repeat(megabytes * 1_000_000);
      const large = tracking
        .logBatch({ run: `${parent}/runs/r`, datasets: [{ dataset: { displayName: "d", source } }] })
        .catch(ConnectError.from);
      const beside = await Promise.all(Array.from({ length: 20 }, () => tracking.listExperiments({ parent })));
      expect(beside).toHaveLength(20);
      expect(await large).toMatchObject({ code: Code.ResourceExhausted });
      expect((await tracking.listExperiments({ parent })).experiments).toBeDefined();
    },
  );

  test("sends a token over TLS or to this machine, and nowhere else", () => {
    for (const to of [
      "http://example.com:9090",
      "http://127.example.com",
      "http://10.0.0.1",
      "http://127.0.0.1.example.com",
    ])
      expect(() => connect({ baseUrl: to, token: "secret" })).toThrow("use https");
    for (const to of [
      "https://example.com",
      "http://127.0.0.1:1",
      "http://localhost:1",
      "http://[::1]:1",
      "http://127.1",
    ])
      expect(connect({ baseUrl: to, token: "secret" }).parent).toBe("projects/default");
  });
});

describe("artifacts", () => {
  test.each([0, 1, 512 * 1024, 3 * 1024 * 1024 + 7])("of %i bytes come back as they went", async (size) => {
    const content = Buffer.alloc(size, "throughline");
    const [source, copy] = [join(folder, `source-${size}`), join(folder, `copy-${size}`)];
    await writeFile(source, content);
    const artifact = await upload(connection, source, { kind: ArtifactKind.DATASET, mediaType: "text/plain" });
    expect(artifact).toMatchObject({
      digest: digestOfBytes(content),
      sizeBytes: BigInt(size),
      kind: ArtifactKind.DATASET,
      mediaType: "text/plain",
    });
    await download(connection, artifact.digest, copy);
    expect((await readFile(copy)).equals(content)).toBe(true);
  });

  test("are the same whether they come from a file or piece by piece", async () => {
    const pieces = [Buffer.alloc(0), Buffer.alloc(3 * 1024 * 1024 + 7, "throughline"), Buffer.from("end")];
    const artifact = await uploadPieces(connection, pieces, { mediaType: "text/plain" });
    const content = Buffer.concat(pieces);
    expect(artifact).toMatchObject({ digest: digestOfBytes(content), sizeBytes: BigInt(content.length) });
  });

  test("that are not there leave no file behind", async () => {
    const absent = download(connection, digestOfBytes("never uploaded"), join(folder, "absent"));
    expect(await absent.catch(reasonOf)).toBe("NOT_FOUND");
    expect((await readdir(folder)).filter((it) => it.startsWith("absent"))).toEqual([]);
  });
});

describe("waiting for an operation", () => {
  const named = (name: string) => create(OperationSchema, { name });
  const waitFor = (name: string) => wait(connection, named(name), ValueSchema);

  test("gives its result", async () => {
    expect(await waitFor(NAME)).toEqual(result);
  });
  test("fails with the reason of the work", async () => {
    const failure = await waitFor(`${NAME}-failed`).catch((it: unknown) => it);
    expect(failure).toBeInstanceOf(OperationFailed);
    expect(failure).toMatchObject({ reason: "NO_ROWS", message: `${NAME}: NO_ROWS: there are no rows` });
  });
  test("does not take the end of the watch for the end of the work", async () => {
    await expect(waitFor(`${NAME}-cut`)).rejects.toThrow("before the work ended: wait again");
  });
  test("fails if the result is of another type", async () => {
    await expect(wait(connection, named(NAME), ValueListSchema)).rejects.toThrow(
      "answered type.googleapis.com/throughline.type.v1.Value, not throughline.type.v1.ValueList",
    );
  });
  test("of an unknown name fails with NOT_FOUND", async () => {
    expect(await waitFor("projects/default/operations/test.absent").catch(reasonOf)).toBe("NOT_FOUND");
  });
});
