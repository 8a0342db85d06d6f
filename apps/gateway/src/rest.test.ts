import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { requireToken } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { fieldsIn, type GatewayForTests, gatewayForTests, readAnswer, reasonIn } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests();
});

const P = "/v1/projects/p";

async function newRun(displayName: string): Promise<string> {
  const experiment = await gateway.call("POST", `${P}/experiments`, { experiment: { displayName } });
  const run = await gateway.call("POST", `${P}/runs`, { run: { experiment: experiment.json.experiment.name } });
  return run.json.run.name;
}

describe("unary methods over REST", () => {
  test("create, read, change, list and delete", async () => {
    const created = await gateway.call("POST", `${P}/experiments`, { experiment: { display_name: "first" } });
    expect(created.status).toBe(200);
    const { name, etag } = created.json.experiment;
    expect(name).toMatch(/^projects\/p\/experiments\//);

    const read = await gateway.call("GET", `/v1/${name}`);
    expect(read.json).toEqual(created.json);
    const changed = await gateway.call("PATCH", `/v1/${name}`, {
      experiment: { displayName: "renamed", etag },
      updateMask: "displayName",
    });
    expect([changed.status, changed.json.experiment?.displayName]).toEqual([200, "renamed"]);

    const listed = await gateway.call("GET", `${P}/experiments?page_size=1`);
    expect(listed.json.experiments).toHaveLength(1);
    expect((await gateway.call("GET", `${P}/experiments?pageSize=1`)).json).toEqual(listed.json);
    expect((await gateway.call("DELETE", `/v1/${name}`)).status).toBe(200);
    expect((await gateway.call("POST", `/v1/${name}:restore`, {})).status).toBe(200);
    expect(gateway.bugs).toEqual([]);
  });

  test("a HEAD answers as a GET does, without the body", async () => {
    const got = await gateway.call("GET", `${P}/experiments`);
    const head = await gateway.call("HEAD", `${P}/experiments`);
    expect([head.status, head.headers["content-length"], head.bytes.byteLength]).toEqual([
      200,
      got.headers["content-length"],
      0,
    ]);
  });

  test.each([
    ["PUT", `${P}/experiments`, "POST, GET, HEAD"],
    ["POST", `${P}/experiments/e`, "GET, HEAD, PATCH, DELETE"],
    ["OPTIONS", `${P}/runs/r:watch`, "GET"],
    ["HEAD", `${P}/runs/r:watch`, "GET"],
    ["GET", `${P}/runs/r:restore`, "POST"],
    ["TRACE", "/openapi.json", "GET, HEAD"],
    ["POST", "/readyz", "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
  ])("%s %s is answered with 405 and the verbs that the path takes", async (method, path, allow) => {
    const answer = await gateway.send({ method, path });
    expect([answer.status, answer.headers.allow?.split(", ").sort()]).toEqual([405, allow.split(", ").sort()]);
  });

  test("the verb of a request is its own, whatever a header says", async () => {
    const name = await newRun("override");
    const headers = { "x-http-method-override": "DELETE", "x-method-override": "DELETE", "x-http-method": "DELETE" };
    expect((await gateway.send({ path: `/v1/${name}`, headers })).status).toBe(200);
    expect((await gateway.send({ path: `/v1/${name}` })).json.run.deleteTime ?? null).toBe(null);
  });

  test.each([
    `//v1/projects/p/experiments`,
    `/v1//projects/p/experiments`,
    `/v1/./projects/p/experiments`,
    `/v1/x/../projects/p/experiments`,
    `/v1/%2e%2e/v1/projects/p/experiments`,
    `/V1/projects/p/experiments`,
    `/v1/projects/p/experiments/`,
    `/v1/projects/p/experiments.`,
    `/v1/projects/p/experiments;x=1`,
    `/v1\\projects\\p\\experiments`,
    `/%76%31/projects/p/experiments`,
    "/v2/models",
    "/throughline.tracking.v1.TrackingService/NoSuchMethod",
  ])("the spelling %s is no path of the contract", async (path) => {
    const answer = await gateway.send({ path });
    // A page of the console is no answer of the contract: it never is for paths below /v1 and /v2.
    expect(answer.status === 404 || answer.headers["content-type"]?.startsWith("text/html")).toBe(true);
  });

  test.each([
    "projects/p%2Fexperiments%2Fe",
    "projects/p/experiments/a%2fb",
    "projects/p/experiments/%ff",
    "projects/p/experiments/%",
  ])("a name with an encoded slash or a broken encoding is refused: %s", async (name) => {
    const answer = await gateway.send({ path: `/v1/${name}` });
    expect([400, 404]).toContain(answer.status);
  });
});

describe("errors over REST", () => {
  test("tell status, reason and the paths of the fields", async () => {
    const absent = await gateway.call("GET", `${P}/experiments/absent`);
    expect(absent.status).toBe(404);
    expect(absent.json.error).toMatchObject({ code: 404, status: "NOT_FOUND" });
    expect(reasonIn(absent)).toBe("NOT_FOUND");

    const wrong = await gateway.call("POST", `${P}/experiments`, {
      experiment: { displayName: 7, tags: { a: [] } },
      oops: 1,
    });
    expect([wrong.status, reasonIn(wrong)]).toEqual([400, "INVALID_FIELD"]);
    expect(fieldsIn(wrong)).toEqual(["experiment.display_name", 'experiment.tags["a"]', "oops"]);

    const rule = await gateway.call("GET", `${P}/experiments?page_size=-1`);
    expect([rule.status, fieldsIn(rule)]).toEqual([400, ["page_size"]]);
  });

  test.each([
    ["page_size=1&page_size=2", "page_size"],
    ["page_size=1&pageSize=2", "pageSize"],
    ["no_such_field=1", "no_such_field"],
    ["page_size=1.5", "page_size"],
    ["page_size=0x10", "page_size"],
    ["page_size=%ff", "query"],
    ["__proto__=1", "__proto__"],
    ["constructor=1", "constructor"],
    ["parent=projects/q", "parent"],
  ])("a query of %s is refused at %s", async (query, field) => {
    const answer = await gateway.call("GET", `${P}/experiments?${query}`);
    expect([answer.status, fieldsIn(answer)]).toEqual([400, [field]]);
  });

  test("a method that takes its fields in the body takes none in the query", async () => {
    const answer = await gateway.call("POST", `${P}/experiments?request_id=1`, { experiment: { displayName: "x" } });
    expect([answer.status, fieldsIn(answer)]).toEqual([400, ["request_id"]]);
  });

  test("path and body that differ are refused, and those that agree are not", async () => {
    const differ = await gateway.call("POST", `${P}/experiments`, {
      parent: "projects/q",
      experiment: { displayName: "d" },
    });
    expect([differ.status, fieldsIn(differ)]).toEqual([400, ["parent"]]);
    const agree = await gateway.call("POST", `${P}/experiments`, {
      parent: "projects/p",
      experiment: { displayName: "d" },
    });
    expect(agree.status).toBe(200);
  });

  test("a body above the limit is refused before it is read, and while it is read", async () => {
    const declared = await gateway.call("POST", `${P}/experiments`, {
      experiment: { displayName: "x".repeat(4 * 1024 * 1024) },
    });
    expect([declared.status, reasonIn(declared)]).toEqual([413, "BODY_TOO_LARGE"]);
    const pieces = Array.from({ length: 80 }, () => Buffer.alloc(64 * 1024, 0x20));
    const chunked = await sendChunks(`${P}/experiments`, pieces, "application/json");
    expect([chunked.status, reasonIn(chunked)]).toEqual([413, "BODY_TOO_LARGE"]);
  });

  test("a body in pieces of one byte is read as one", async () => {
    const text = Buffer.from(JSON.stringify({ experiment: { displayName: `${"\u00e9".repeat(100)}` } }));
    const pieces = Array.from(text, (_, i) => text.subarray(i, i + 1));
    expect((await sendChunks(`${P}/experiments`, pieces, "application/json")).status).toBe(200);
  });

  test.each([
    ["application/xml", 415],
    ["text/plain", 415],
    ["application/json; charset=utf-8", 200],
    ["application/vnd.throughline+json", 200],
  ])("a body of %s is answered with %i", async (type, status) => {
    const answer = await gateway.send({
      method: "POST",
      path: `${P}/experiments`,
      headers: { "content-type": type },
      body: JSON.stringify({ experiment: { displayName: type } }),
    });
    expect(answer.status).toBe(status);
  });

  test("a compressed body is refused", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const answer = await gateway.send({ method: "POST", path: `${P}/experiments`, headers, body: "{}" });
    expect([answer.status, reasonIn(answer)]).toEqual([415, "CONTENT_TYPE_REFUSED"]);
  });

  test("callers without a token are told how to show one", async () => {
    const tokenSha256 = createHash("sha256").update("right").digest("hex");
    const guarded = await gatewayForTests({
      authenticate: requireToken([{ actor: "ann", role: Role.VIEWER, tokenSha256 }]),
    });
    const none = await guarded.call("GET", `${P}/experiments`);
    expect([none.status, none.headers["www-authenticate"], reasonIn(none)]).toEqual([401, "Bearer", "UNAUTHENTICATED"]);
    const headers = { authorization: "Bearer right" };
    expect((await guarded.send({ path: `${P}/experiments`, headers })).status).toBe(200);
    const denied = await guarded.send({
      method: "POST",
      path: `${P}/experiments`,
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ experiment: { displayName: "x" } }),
    });
    expect([denied.status, denied.json.error.status]).toEqual([403, "PERMISSION_DENIED"]);
  });
});

/** Sends a body in pieces, each as a chunk of its own. */
function sendChunks(path: string, pieces: readonly Buffer[], type: string) {
  return new Promise<Awaited<ReturnType<typeof readAnswer>>>((resolve, reject) => {
    const headers = { "content-type": type, "transfer-encoding": "chunked" };
    const options = { host: "127.0.0.1", port: gateway.port, method: "POST", path, headers, agent: false };
    const sent = httpRequest(options, (answer) => readAnswer(answer).then(resolve, reject));
    sent.once("error", reject);
    for (const it of pieces) sent.write(it);
    sent.end();
  });
}

describe("artifacts over REST", () => {
  const content = randomBytes(3 * 1024 * 1024 + 17);
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const download = `${P}/artifacts/${digest}:download`;
  beforeAll(async () => {
    const answer = await gateway.send({
      method: "POST",
      path: `${P}/artifacts:upload?declaration.digest=${digest}&declaration.media_type=text/html`,
      headers: { "content-type": "application/octet-stream" },
      body: content,
    });
    expect([answer.status, answer.json.artifact.digest, answer.json.artifact.sizeBytes]).toEqual([
      200,
      digest,
      String(content.byteLength),
    ]);
  });

  test("come back byte for byte, as an attachment that no browser runs", async () => {
    const answer = await gateway.send({ path: download });
    expect(answer.bytes.equals(content)).toBe(true);
    expect(answer.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "content-length": String(content.byteLength),
      "accept-ranges": "bytes",
      etag: `"${digest}"`,
    });
    const encoded = await gateway.send({ path: download.replace("sha256:", "sha256%3A") });
    expect(encoded.bytes.equals(content)).toBe(true);
  });

  const size = content.byteLength;
  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=100-199", 100, 200],
    ["bytes=1048570-1048585", 1_048_570, 1_048_586],
    [`bytes=${size - 5}-`, size - 5, size],
    ["bytes=-7", size - 7, size],
    ["bytes=0-99999999999999999999999999", 0, size],
    ["bytes=-99999999999999", 0, size],
  ])("the range %s is served as one part", async (range, start, end) => {
    const answer = await gateway.send({ path: download, headers: { range } });
    expect([answer.status, answer.headers["content-range"]]).toEqual([206, `bytes ${start}-${end - 1}/${size}`]);
    expect(answer.bytes.equals(content.subarray(start, end))).toBe(true);
  });

  test.each([
    `bytes=${size}-`,
    "bytes=99999999999999999999999999-",
    "bytes=5-2",
    "bytes=-0",
    "bytes=-",
    "bytes=--5",
    "bytes=a-b",
    "bytes=0-1,2-3",
    `bytes=${Array.from({ length: 1_000 }, (_, i) => `${i}-${i}`).join(",")}`,
  ])("the range %s is answered with 416 and the size", async (range) => {
    const answer = await gateway.send({ path: download, headers: { range } });
    expect([answer.status, answer.headers["content-range"], reasonIn(answer)]).toEqual([
      416,
      `bytes */${size}`,
      "RANGE_NOT_SATISFIABLE",
    ]);
  });

  test("conditions on the digest are kept", async () => {
    const etag = `"${digest}"`;
    expect((await gateway.send({ path: download, headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await gateway.send({ path: download, headers: { range: "bytes=0-1", "if-range": etag } })).status).toBe(
      206,
    );
    expect((await gateway.send({ path: download, headers: { range: "bytes=0-1", "if-range": '"old"' } })).status).toBe(
      200,
    );
    expect((await gateway.send({ path: download, headers: { range: "rows=0-1" } })).status).toBe(200);
  });

  test("a HEAD tells the size without the bytes", async () => {
    const answer = await gateway.send({ method: "HEAD", path: download });
    expect([answer.status, answer.headers["content-length"], answer.bytes.byteLength]).toEqual([200, String(size), 0]);
  });

  test("offset and limit in the query do what the contract says", async () => {
    const answer = await gateway.send({ path: `${download}?offset=10&limit=5`, headers: { range: "bytes=0-1" } });
    expect([answer.status, answer.bytes.equals(content.subarray(10, 15))]).toEqual([200, true]);
    expect((await gateway.send({ path: `${download}?offset=${size}` })).status).toBe(416);
  });

  test("what is not there is answered before any byte", async () => {
    const answer = await gateway.send({ path: `${P}/artifacts/sha256:${"0".repeat(64)}:download` });
    expect([answer.status, reasonIn(answer)]).toEqual([404, "NOT_FOUND"]);
    expect((await gateway.send({ path: `${P}/artifacts/sha256:abc:download` })).status).toBe(400);
  });

  test("an empty artifact has no range, and comes back empty", async () => {
    const uploaded = await gateway.send({
      method: "POST",
      path: `${P}/artifacts:upload`,
      headers: { "content-type": "application/octet-stream" },
    });
    const path = `${P}/artifacts/${uploaded.json.artifact.digest}:download`;
    expect([uploaded.status, (await gateway.send({ path })).bytes.byteLength]).toEqual([200, 0]);
    expect((await gateway.send({ path, headers: { range: "bytes=0-" } })).status).toBe(416);
  });

  test("an upload with the wrong digest or size is refused, and nothing can be seen of it", async () => {
    const other = `sha256:${"1".repeat(64)}`;
    const post = { method: "POST", headers: { "content-type": "application/octet-stream" }, body: content };
    const wrong = await gateway.send({ ...post, path: `${P}/artifacts:upload?declaration.digest=${other}` });
    expect([wrong.status, reasonIn(wrong)]).toEqual([400, "DIGEST_MISMATCH"]);
    expect((await gateway.call("GET", `${P}/artifacts/${other}`)).status).toBe(404);
    const short = await gateway.send({ ...post, path: `${P}/artifacts:upload?declaration.size_bytes=5` });
    expect([short.status, reasonIn(short)]).toEqual([400, "SIZE_MISMATCH"]);
    const field = await gateway.send({ ...post, path: `${P}/artifacts:upload?declaration.digest=abc` });
    expect([field.status, fieldsIn(field)]).toEqual([400, ["declaration.digest"]]);
  });

  test("an upload that breaks off leaves nothing", async () => {
    const cut = randomBytes(512 * 1024);
    const name = `sha256:${createHash("sha256")
      .update(cut.subarray(0, 256 * 1024))
      .digest("hex")}`;
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/octet-stream", "content-length": cut.byteLength };
      const options = { host: "127.0.0.1", port: gateway.port, method: "POST", path: `${P}/artifacts:upload`, headers };
      const sent = httpRequest({ ...options, agent: false });
      sent.once("error", () => resolve());
      sent.write(cut.subarray(0, 256 * 1024), () => sent.destroy(new Error("cut")));
    });
    expect((await gateway.call("GET", `${P}/artifacts/${name}`)).status).toBe(404);
    expect(gateway.bugs).toEqual([]);
  });
});
