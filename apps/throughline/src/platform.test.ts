import { createHash } from "node:crypto";
import { get } from "node:http";
import {
  create,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type Connection, connect } from "@throughline/client";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { http } from "@throughline/contracts/google/api/annotations_pb";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@throughline/contracts/grpc/health/v1/health_pb";
import { ServerReflection } from "@throughline/contracts/grpc/reflection/v1/reflection_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { policyOf, reasonOf } from "@throughline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";

const CONTRACTS = servicesOf(Object.keys(SERVICES) as ServiceName[]);
const METHODS = CONTRACTS.flatMap((it) => it.methods).map(
  (method) => [`${method.parent.typeName}/${method.name}`, method] as const,
);

/** Calls a method with an empty request, and gives the code of its error, if any. */
async function codeOf({ transport }: Connection, method: DescMethod): Promise<Code | undefined> {
  try {
    if (method.methodKind === "unary") {
      await transport.unary(method as DescMethodUnary, undefined, 60_000, undefined, create(method.input));
      return undefined;
    }
    const abort = new AbortController();
    const requests = (async function* () {
      yield create(method.input);
    })();
    const stream = method as DescMethodStreaming;
    const { message } = await transport.stream(stream, abort.signal, 60_000, undefined, requests);
    for await (const _ of message) break;
    abort.abort();
    return undefined;
  } catch (error) {
    // What other systems' clients may ask for and is refused for good is answered, and says so.
    return reasonOf(error) === "NOT_OFFERED" ? undefined : ConnectError.from(error).code;
  }
}

/** Calls a method over REST with made up names; undefined if it has no route. */
async function restOf(url: string, method: DescMethod): Promise<{ status: number; text: string } | undefined> {
  const rule = hasOption(method, http) ? getOption(method, http) : undefined;
  const { case: verb, value: template } = rule?.pattern ?? {};
  if (typeof template !== "string" || verb === undefined) return undefined;
  const path = template.replace(/\{[^=}]+=([^}]+)\}/g, (_, segments: string) => segments.replaceAll("*", "made-up"));
  const response = await fetch(`${url}${path}`, {
    method: verb.toUpperCase(),
    ...(rule?.body ? { body: "{}", headers: { "content-type": "application/json" } } : {}),
    signal: AbortSignal.timeout(60_000),
  });
  if (method.methodKind !== "server_streaming" || response.status !== 200)
    return { status: response.status, text: await response.text() };
  await response.body?.cancel();
  return { status: response.status, text: "" };
}

describe("a platform that asks nobody who they are", () => {
  let platform: PlatformForTests;
  beforeAll(async () => {
    platform = await platformForTests();
  });
  afterAll(() => platform?.stop());

  test.each(METHODS)("%s is reached over gRPC, and over REST where it has a route", async (_, method) => {
    const code = await codeOf(platform.connection, method);
    expect([Code.Unimplemented, Code.Internal, Code.Unknown, Code.Unauthenticated]).not.toContain(code);
    const rest = await restOf(platform.httpUrl, method);
    expect(rest?.text ?? "").not.toContain("No method has the path");
    expect([401, 403, 405, 500, 501, 502]).not.toContain(rest?.status);
    expect(platform.bugs).toEqual([]);
  });

  test("reflection lists every contract, and health tells of each", async () => {
    const { transport } = platform.connection;
    const listed: string[] = [];
    const asked = (async function* () {
      yield { messageRequest: { case: "listServices", value: "" } } as const;
    })();
    for await (const { messageResponse } of createClient(ServerReflection, transport).serverReflectionInfo(asked)) {
      if (messageResponse.case === "listServicesResponse")
        listed.push(...messageResponse.value.service.map((it) => it.name));
    }
    expect(listed).toEqual(expect.arrayContaining(CONTRACTS.map((it) => it.typeName)));
    const { statuses } = await createClient(Health, transport).list({});
    for (const it of ["", ...CONTRACTS.map(({ typeName }) => typeName)])
      expect(statuses[it]?.status).toBe(Status.SERVING);
  });

  test("a wrong field is an invalid argument with its path, over gRPC and REST", async () => {
    const { tracking, parent } = platform.connection;
    const displayName = "x".repeat(501);
    const error = await tracking.createExperiment({ parent, experiment: { displayName } }).catch(ConnectError.from);
    if (!(error instanceof ConnectError)) throw new Error("it was taken");
    expect(error.code).toBe(Code.InvalidArgument);
    const violations = error
      .findDetails(BadRequestSchema)
      .flatMap((it) => it.fieldViolations.map(({ field }) => field));
    expect(violations).toEqual(["experiment.display_name"]);
    const send = (body: unknown) =>
      fetch(`${platform.httpUrl}/v1/${parent}/experiments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const tooLong = await send({ experiment: { displayName } });
    expect(tooLong.status).toBe(400);
    expect(await tooLong.text()).toContain('"field":"experiment.display_name"');
    const unknown = await send({ experiment: { displayName: "a", colour: "red" } });
    expect(unknown.status).toBe(400);
    expect(await unknown.text()).toMatch(/"field":"experiment.colour"/);
  });

  const PATHS = [
    "/",
    "/readyz",
    "/livez",
    "/metrics",
    "/openapi.json",
    "/v1/projects/default/models",
    "/v2/health/live",
  ];
  test.each(PATHS)("%s is refused to pages of other sites", async (path) => {
    const port = new URL(platform.httpUrl).port;
    const foreign = [
      { host: "evil.example" },
      { host: `evil.example:${port}` },
      { host: `localhost:${Number(port) + 1}` },
      { host: "" },
      { host: `localhost:${port}`, origin: "http://evil.example" },
      { host: `localhost:${port}`, origin: `http://localhost.evil.example:${port}` },
      { host: `localhost:${port}`, origin: "null" },
    ];
    for (const headers of foreign)
      expect([headers, await statusOf(`${platform.httpUrl}${path}`, headers)]).toEqual([headers, 403]);
    const own = { host: `localhost:${port}`, origin: `http://localhost:${port}` };
    expect(await statusOf(`${platform.httpUrl}${path}`, own)).not.toBe(403);
  });
});

/** The status of a GET whose headers, also Host, are as given. */
const statusOf = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { headers, setHost: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });

describe("a platform with tokens", () => {
  const holder = (actor: string, role: Role) => ({
    actor,
    role,
    tokenSha256: createHash("sha256").update(actor).digest("hex"),
  });
  let platform: PlatformForTests;
  beforeAll(async () => {
    platform = await platformForTests({
      holders: [holder("reader", Role.VIEWER), holder("writer", Role.EDITOR)],
      token: "writer",
    });
  });
  afterAll(() => platform?.stop());
  const as = (token?: string): Connection =>
    connect({ baseUrl: `http://${platform.grpcTarget}`, ...(token ? { token } : {}) });

  test.each(METHODS)("%s wants to know who calls, unless its contract says that it is public", async (_, method) => {
    const isPublic = policyOf(method).role === Role.PUBLIC;
    for (const caller of [as(), as("guessed")])
      expect((await codeOf(caller, method)) === Code.Unauthenticated).toBe(!isPublic);
    const rest = await restOf(platform.httpUrl, method);
    if (rest) expect(rest.status === 401).toBe(!isPublic);
  });

  test("whoever may only read cannot write, and the services still reach each other", async () => {
    const { parent } = platform.connection;
    const experiment = { displayName: "mine" };
    const denied = await as("reader").tracking.createExperiment({ parent, experiment }).catch(ConnectError.from);
    expect(denied).toMatchObject({ code: Code.PermissionDenied });
    const { experiment: made } = await platform.connection.tracking.createExperiment({ parent, experiment });
    const { experiment: read } = await as("reader").tracking.getExperiment({ name: made?.name ?? "" });
    expect(read?.displayName).toBe("mine");
    const { run } = await platform.connection.tracking.createRun({ parent, run: { experiment: made?.name ?? "" } });
    expect(run?.actor).toBe("writer");
  });

  test("only services may call bytes the outcome of a service's work: promotions are decided by such bytes", async () => {
    const { parent, artifacts } = platform.connection;
    const upload = async (kind: ArtifactKind) =>
      artifacts.uploadArtifact(
        (async function* () {
          yield { declaration: { parent, kind }, data: Buffer.from("{}") };
        })(),
      );
    for (const kind of [ArtifactKind.EVALUATION, ArtifactKind.CERTIFICATE, ArtifactKind.RELEASE]) {
      const denied = await upload(kind).catch(ConnectError.from);
      expect(denied).toMatchObject({ code: Code.PermissionDenied });
    }
    expect((await upload(ArtifactKind.DATASET)).artifact?.kind).toBe(ArtifactKind.DATASET);
  });
});
