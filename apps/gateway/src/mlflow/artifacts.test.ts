import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { type Answer, gatewayForTests } from "../testing-gateway.ts";

const gateway = await gatewayForTests();
const API = "/api/2.0/mlflow";
const FILES = "/api/2.0/mlflow-artifacts";

const post = (path: string, body: unknown): Promise<Answer> => gateway.call("POST", `${API}/${path}`, body);
const { experiment_id: experiment } = (await post("experiments/create", { name: "artifacts" })).json;
const newRun = async (): Promise<string> =>
  (await post("runs/create", { experiment_id: experiment })).json.run.info.run_id;
const run = await newRun();
const root = `${experiment}/${run}/artifacts`;

type Body = string | Uint8Array;
const put = (path: string, body: Body, headers = {}): Promise<Answer> =>
  gateway.send({ method: "PUT", path: `${FILES}/artifacts/${path}`, body, headers });
const read = (path: string, headers = {}): Promise<Answer> =>
  gateway.send({ path: `${FILES}/artifacts/${path}`, headers });
const remove = (path: string): Promise<Answer> =>
  gateway.send({ method: "DELETE", path: `${FILES}/artifacts/${path}` });
const list = async (path: string): Promise<readonly unknown[]> =>
  (await gateway.call("GET", `${FILES}/artifacts?path=${encodeURIComponent(path)}`)).json.files ?? [];

describe("files of a run", () => {
  test.each(["text/plain", "application/json", "application/octet-stream", "image/png", "text/html"])(
    "one of type %s comes back byte for byte, as an attachment",
    async (type) => {
      const bytes = randomBytes(70_000);
      const answer = await put(`${root}/types/a.bin`, bytes, { "content-type": type });
      expect([answer.status, answer.text]).toEqual([200, ""]);
      const { status, bytes: got, headers } = await read(`${root}/types/a.bin`);
      expect([status, got.equals(bytes), headers["content-length"]]).toEqual([200, true, "70000"]);
      expect(headers).toMatchObject({
        "content-type": "application/octet-stream",
        "content-disposition": "attachment",
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
        etag: `"sha256:${createHash("sha256").update(bytes).digest("hex")}"`,
      });
    },
  );

  test("are listed by folder, with their sizes", async () => {
    const id = await newRun();
    const top = `${experiment}/${id}/artifacts`;
    for (const [name, body] of [
      ["b.txt", "bb"],
      ["a/c.txt", ""],
      ["a/d/e.txt", "e"],
    ] as const)
      await put(`${top}/${name}`, body);
    const folder = { path: "a", is_dir: true };
    expect(await list(top)).toEqual([folder, { path: "b.txt", is_dir: false, file_size: 2 }]);
    expect(await list(`${top}/a`)).toEqual([
      { path: "c.txt", is_dir: false, file_size: 0 },
      { path: "d", is_dir: true },
    ]);
    expect(await list(`${top}/b.txt`)).toEqual([]);
    const { json } = await gateway.call("GET", `${API}/artifacts/list?run_id=${id}&path=a`);
    expect(json).toEqual({
      root_uri: `mlflow-artifacts:/${top}`,
      files: [
        { path: "a/c.txt", is_dir: false, file_size: 0 },
        { path: "a/d", is_dir: true },
      ],
    });
    expect((await remove(`${top}/a`)).json).toEqual({});
    expect(await list(top)).toHaveLength(1);
    expect((await remove(`${top}/`)).status).toBe(200);
    expect(await list(top)).toEqual([]);
  });

  test("an upload that breaks off leaves no file", async () => {
    const path = `${FILES}/artifacts/${root}/broken/off.bin`;
    for (const sent of [0, 64 * 1024, 640 * 1024]) {
      const socket = connect(gateway.port, "127.0.0.1");
      const head = `PUT ${path} HTTP/1.1\r\nHost: ${gateway.host}\r\nContent-Length: 1000000\r\n\r\n`;
      await new Promise<void>((resolve) =>
        socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(sent)]), () => resolve()),
      );
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.destroy();
      });
      expect(await list(`${root}/broken`)).toEqual([]);
    }
    expect((await put(`${root}/broken/off.bin`, "whole")).status).toBe(200);
  });

  test.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=0-99999999999", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=5-4", 416, undefined, "bytes */10"],
    ["bytes=10-", 416, undefined, "bytes */10"],
    ["bytes=-0", 416, undefined, "bytes */10"],
    [`bytes=${"0-1,".repeat(1_000)}0-1`, 416, undefined, "bytes */10"],
    ["bytes= 1 - 2 ", 206, "12", "bytes 1-2/10"],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("the range %.30s is answered with %i", async (range, status, text, contentRange) => {
    await put(`${root}/range.txt`, "0123456789");
    const answer = await read(`${root}/range.txt`, { range });
    expect([answer.status, answer.headers["content-range"]]).toEqual([status, contentRange]);
    if (text !== undefined) expect(answer.text).toBe(text);
    else expect(answer.json.error_code).toBe("BAD_REQUEST");
  });

  test("a range with thousands of spaces is looked through once", async () => {
    await put(`${root}/spaces.txt`, "0123456789");
    const beganMs = performance.now();
    for (let i = 0; i < 20; i++)
      expect((await read(`${root}/spaces.txt`, { range: `bytes=${" ".repeat(15_000)}x` })).status).toBe(416);
    // In all ways to divide the spaces it would be some ten seconds.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  test("a HEAD tells what a GET would", async () => {
    await put(`${root}/head.txt`, "0123456789");
    const { status, headers, bytes } = await gateway.send({
      method: "HEAD",
      path: `${FILES}/artifacts/${root}/head.txt`,
    });
    expect([status, headers["content-length"], bytes.length]).toEqual([200, "10", 0]);
  });

  test.each([
    ["a file that is not there", "GET", `${root}/none.txt`, 404],
    ["a folder as a file", "GET", `${root}/types`, 404],
    ["a file of a run that does not exist", "GET", `${experiment}/none/artifacts/x`, 404],
    ["writing to a run that does not exist", "PUT", `${experiment}/none/artifacts/x`, 404],
    ["writing to a model version", "PUT", "registered-models/m/1/x", 400],
    ["removing of a model version", "DELETE", "registered-models/m/1/x", 400],
    ["removing everything", "DELETE", "", 400],
    ["a verb that is none", "PATCH", `${root}/x`, 405],
  ])("%s is refused", async (_what, method, path, status) => {
    const answer = await gateway.send({
      method,
      path: `${FILES}/artifacts/${path}`,
      ...(method === "PUT" && { body: "x" }),
    });
    expect([answer.status, typeof answer.json.error_code]).toEqual([status, "string"]);
  });
});

/** Spellings of names that are none, as they stand in the address. */
const BAD_PATHS: readonly string[] = [
  "../etc/passwd",
  "a/../../b",
  "./../x",
  "./x",
  "/etc/passwd",
  "//etc//passwd",
  "a//b",
  "..%5c..%5cx",
  "C:%5cx",
  "C:/x",
  "%5c%5c?%5cC:%5cx",
  "%5c%5chost%5cshare",
  "%2e%2e%2fx",
  "%2e%2e/x",
  "a%2f..%2f..%2fx",
  "%252e%252e%252fx",
  "%25252e%25252e%25252fx",
  `%${"25".repeat(10)}2e%${"25".repeat(10)}2e%2fx`,
  "a%00.png",
  "a%01",
  "a%1f",
  "a%7f",
  "a%0a",
  "%c0%ae%c0%ae/x",
  "%ed%a0%80",
  "%ff",
  "%",
  "%zz",
  "%ef%bc%8e%ef%bc%8e%ef%bc%8fx",
  "a%e2%80%aeb",
  "a%e2%80%8bb",
  ".",
  "..",
  "a/.",
  "a/..",
  "a/",
  "%20a",
  "a%20",
  "a".repeat(1_025),
  Array.from({ length: 300 }, () => "a").join("/"),
];

describe("names that are none are refused, whatever is asked of them", () => {
  test.each(BAD_PATHS)("%.60s", async (bad) => {
    const path = `${root}/${bad}`;
    const before = await list(root);
    const answers = [await put(path, "x"), await read(path), await remove(path)];
    for (const answer of answers) {
      expect([400, 404]).toContain(answer.status);
      expect(["INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"]).toContain(answer.json.error_code);
    }
    expect(answers[0]?.status).toBe(400);
    const listed = await gateway.send({ path: `${FILES}/artifacts?path=${encodeURIComponent(`${root}/`)}${bad}` });
    expect([200, 400, 404]).toContain(listed.status);
    expect(listed.json.files ?? []).toEqual([]);
    expect(await list(root)).toEqual(before);
  });

  test("two spellings of one name are one file", async () => {
    await put(`${root}/twins/${encodeURIComponent("é".normalize("NFC"))}`, "one");
    await put(`${root}/twins/${encodeURIComponent("é".normalize("NFD"))}`, "two");
    await put(`${root}/twins%2F${encodeURIComponent("é")}`, "three");
    expect(await list(`${root}/twins`)).toEqual([{ path: "é", is_dir: false, file_size: 5 }]);
  });

  test("a file does not stand where a folder is, nor a folder where a file is", async () => {
    await put(`${root}/tree/a/b`, "x");
    expect((await put(`${root}/tree/a`, "x")).status).toBe(400);
    expect((await put(`${root}/tree/a/b/c`, "x")).status).toBe(400);
    expect(await list(`${root}/tree`)).toEqual([{ path: "a", is_dir: true }]);
  });
});

describe("an upload in parts", () => {
  const begin = (path: string, num_parts: unknown, folder = root): Promise<Answer> =>
    gateway.call("POST", `${FILES}/mpu/create/${folder}`, { path, num_parts });
  const send = (url: string, body: Body): Promise<Answer> =>
    gateway.send({ method: "PUT", path: url.slice(gateway.url.length), body });
  const end = (what: string, body: unknown, folder = root): Promise<Answer> =>
    gateway.call("POST", `${FILES}/mpu/${what}/${folder}`, body);

  async function sent(name: string, pieces: readonly Body[]) {
    const { upload_id, credentials } = (await begin(`sets/data/${name}`, pieces.length)).json;
    const parts = [];
    for (const [i, { url, part_number }] of credentials.entries()) {
      const { status, headers } = await send(url, pieces[i] ?? "");
      expect(status).toBe(200);
      parts.push({ part_number, etag: headers.etag, url });
    }
    return { path: `sets/data/${name}`, upload_id, parts };
  }

  test("is put together in order, and its parts are gone", async () => {
    const pieces = [randomBytes(1_500_000), randomBytes(1_500_000), randomBytes(7)];
    const upload = await sent("large.bin", pieces);
    expect((await read(`${root}/large.bin`)).status).toBe(404);
    const answer = await end("complete", { ...upload, parts: upload.parts.toReversed() });
    expect([answer.status, answer.json]).toEqual([200, {}]);
    expect((await read(`${root}/large.bin`)).bytes.equals(Buffer.concat(pieces))).toBe(true);
    expect(await list(`.mlflow-uploads/${upload.upload_id}`)).toEqual([]);
  });

  test("a part that is sent again takes the place of the first", async () => {
    const { upload_id, credentials } = (await begin("again.txt", 1)).json;
    await send(credentials[0].url, "first");
    const { headers } = await send(credentials[0].url, "second");
    const parts = [{ part_number: 1, etag: headers.etag, url: "" }];
    expect((await end("complete", { path: "again.txt", upload_id, parts })).status).toBe(200);
    expect((await read(`${root}/again.txt`)).text).toBe("second");
  });

  test("that is given up leaves nothing behind", async () => {
    const { path, upload_id, parts } = await sent("gone.txt", ["a", "b"]);
    expect((await end("abort", { path, upload_id })).json).toEqual({});
    expect((await end("complete", { path, upload_id, parts })).status).toBe(400);
    expect(await list(`.mlflow-uploads/${upload_id}`)).toEqual([]);
  });

  test("is refused where a part is missing, is another one, or was not sent", async () => {
    const upload = await sent("refused.txt", ["a", "b"]);
    const [first, second] = upload.parts;
    for (const parts of [
      [],
      [first],
      [first, first],
      [first, { ...second, etag: first?.etag }],
      [first, second, { ...second, part_number: 3 }],
    ]) {
      const answer = await end("complete", { ...upload, parts });
      expect([answer.status, answer.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    }
    expect((await end("complete", { ...upload, upload_id: "../../x" })).status).toBe(400);
    expect((await read(`${root}/refused.txt`)).status).toBe(404);
  });

  test.each([
    ["no parts", "x.txt", 0],
    ["a million parts", "x.txt", 1_000_000],
    ["no name", "a/", 1],
    ["a name that leads up", "a/..", 1],
  ])("is not begun with %s", async (_what, path, parts) => {
    expect((await begin(path, parts)).status).toBe(400);
  });
});

test("the address of a file to read in parts is its own", async () => {
  await put(`${root}/presigned.txt`, "0123456789");
  const { json } = await gateway.call("GET", `${FILES}/presigned/${root}/presigned.txt`);
  expect(json).toEqual({ url: `${gateway.url}${FILES}/artifacts/${root}/presigned.txt`, headers: {}, file_size: 10 });
});

test("behind a proxy that speaks TLS the addresses are those of the proxy, by what the operator says of the host", async () => {
  const proxied = await gatewayForTests({ hosts: ["https://ml.example.com", "inner:8080"] });
  const made = await proxied.call("POST", "/api/2.0/mlflow/runs/create", {});
  const folder = made.json.run.info.artifact_uri.slice("mlflow-artifacts:/".length);
  const asked = async (host: string): Promise<string> => {
    const headers = { host, "content-type": "application/json", "x-forwarded-proto": "gopher" };
    const path = `${FILES}/mpu/create/${folder}`;
    const sent = await proxied.send({
      method: "POST",
      path,
      headers,
      body: JSON.stringify({ path: "x.bin", num_parts: 1 }),
    });
    return sent.status === 200 ? sent.json.credentials[0].url : String(sent.status);
  };
  expect(await asked("ML.example.com")).toMatch(
    /^https:\/\/ML\.example\.com\/api\/2\.0\/mlflow-artifacts\/mpu\/parts\//,
  );
  expect(await asked("inner:8080")).toMatch(/^http:\/\/inner:8080\//);
  expect(await asked(proxied.host)).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect(await asked("evil.example.com")).toBe("403");
});

test("nothing of all this was a bug", () => expect(gateway.bugs).toEqual([]));
