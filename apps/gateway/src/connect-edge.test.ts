import { gzipSync } from "node:zlib";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { BadRequestSchema, ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { beforeAll, describe, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests();
});

const failureOf = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error: unknown) => ConnectError.from(error),
  );

const PROTOCOLS = [
  ["Connect with JSON", (baseUrl: string) => createConnectTransport({ baseUrl })],
  ["Connect with protobuf", (baseUrl: string) => createConnectTransport({ baseUrl, useBinaryFormat: true })],
  ["gRPC-Web", (baseUrl: string) => createGrpcWebTransport({ baseUrl })],
] as const;

describe.each(PROTOCOLS)("a browser's client over %s", (name, transportTo) => {
  const client = () => createClient(TrackingService, transportTo(gateway.url));

  test("calls a method, and gets its errors with reason and fields", async () => {
    const { experiment } = await client().createExperiment({
      parent: "projects/p",
      experiment: { displayName: `called by ${name}` },
    });
    expect((await client().getExperiment({ name: experiment?.name ?? "" })).experiment).toEqual(experiment);

    const absent = await failureOf(client().getExperiment({ name: "projects/p/experiments/absent" }));
    expect(absent.code).toBe(Code.NotFound);
    expect(absent.findDetails(ErrorInfoSchema)[0]).toMatchObject({ reason: "NOT_FOUND", domain: "throughline" });
    const wrong = await failureOf(client().listExperiments({ parent: "nonsense", pageSize: -1 }));
    expect(wrong.code).toBe(Code.InvalidArgument);
    expect(wrong.findDetails(BadRequestSchema)[0]?.fieldViolations.map((it) => it.field)).toEqual([
      "parent",
      "page_size",
    ]);
  });

  test("watches a run until it has ended", async () => {
    const { experiment } = await client().createExperiment({
      parent: "projects/p",
      experiment: { displayName: `watched by ${name}` },
    });
    const { run } = await client().createRun({ parent: "projects/p", run: { experiment: experiment?.name ?? "" } });
    const runName = run?.name ?? "";
    const states: RunState[] = [];
    for await (const message of client().watchRun({ name: runName })) {
      states.push(message.run?.state ?? RunState.UNSPECIFIED);
      if (states.length > 1) continue;
      await client().updateRun({ run: { name: runName, state: RunState.FINISHED }, updateMask: { paths: ["state"] } });
    }
    expect(states).toEqual([RunState.RUNNING, RunState.FINISHED]);
  });

  test("gets the error of a stream with its reason", async () => {
    const error = await failureOf(client().watchRun({ name: "projects/p/runs/absent" })[Symbol.asyncIterator]().next());
    expect([error.code, error.findDetails(ErrorInfoSchema)[0]?.reason]).toEqual([Code.NotFound, "NOT_FOUND"]);
  });

  test("goes on within the longest deadline when it asks for a longer one", async () => {
    const call = client().listExperiments({ parent: "projects/p" }, { timeoutMs: 120_000 });
    expect((await call).$typeName).toBe("throughline.tracking.v1.ListExperimentsResponse");
  });

  test("downloads in pieces", async () => {
    const content = Buffer.alloc(2_500_000, 7);
    const uploaded = await gateway.send({
      method: "POST",
      path: "/v1/projects/p/artifacts:upload",
      headers: { "content-type": "application/octet-stream" },
      body: content,
    });
    const pieces: Uint8Array[] = [];
    const artifacts = createClient(ArtifactService, transportTo(gateway.url));
    for await (const { data } of artifacts.downloadArtifact({
      name: `projects/p/artifacts/${uploaded.json.artifact.digest}`,
    }))
      pieces.push(data);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });
});

describe("the Connect protocol by hand", () => {
  const path = "/throughline.tracking.v1.TrackingService/ListExperiments";
  const post = (headers: Record<string, string>, body: string | Uint8Array) =>
    gateway.send({ method: "POST", path, headers, body });

  test("answers JSON with JSON", async () => {
    const answer = await post({ "content-type": "application/json" }, '{"parent":"projects/p"}');
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/json"]);
  });

  test.each([
    ["an unknown content type", { "content-type": "application/xml" }, "{}", 415],
    ["garbage", { "content-type": "application/json" }, "{", 400],
    ["bytes that are no message", { "content-type": "application/proto" }, Uint8Array.of(0x0a, 0xff), 400],
    ["text that is not UTF-8", { "content-type": "application/proto" }, Uint8Array.of(0x0a, 0x01, 0xff), 400],
    ["an encoding that is not there", { "content-type": "application/json", "content-encoding": "zstd" }, "{}", 501],
    ["a deadline that is none", { "content-type": "application/json", "connect-timeout-ms": "-5" }, "{}", 400],
    ["a body above the limit", { "content-type": "application/json" }, " ".repeat(4 * 1024 * 1024 + 1), 429],
    [
      "a bomb",
      { "content-type": "application/json", "content-encoding": "gzip" },
      gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      429,
    ],
  ])("%s is refused", async (_what, headers, body, status) => {
    const answer = await post(headers, body);
    expect(answer.status).toBe(status);
    expect((await post({ "content-type": "application/json" }, '{"parent":"projects/p"}')).status).toBe(200);
  });

  test("a GET is none of its calls", async () => {
    expect((await gateway.send({ path })).status).toBe(405);
  });
});
