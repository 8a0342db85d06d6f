import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@throughline/kernel";
import { afterAll, expect, test } from "vitest";
import type { Webhook } from "../domain/webhook-store.ts";
import { secretBox } from "./secret-box.ts";
import { webhookSender } from "./sender.ts";

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const received: Received[] = [];
const server = createServer((request, response) => void answer(request, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  received.push({ path: request.url ?? "", headers: request.headers, body });
  if (request.url === "/away") response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
  else if (request.url === "/endless") {
    response.writeHead(200);
    const more = (): void => {
      if (response.destroyed) return;
      response.write("x".repeat(65_536));
      setImmediate(more);
    };
    more();
  } else if (request.url !== "/silent") response.writeHead(201).end("thanks");
}

const webhook = (url: string, secret = ""): Webhook => ({
  name: "projects/p/webhooks/w",
  project: "projects/p",
  displayName: "w",
  description: "",
  url,
  events: ["model_version_tag.set"],
  active: true,
  secret,
  createTimeMs: 0,
  updateTimeMs: 0,
});
const told = {
  deliveryId: "d1",
  event: "model_version_tag.set",
  data: { name: "m", version: "1" },
  timeMs: 0,
} as const;

/** A sender for which names mean what `resolve` says. */
const senderFor = (resolve: (name: string) => readonly string[], allowed = "", timeoutMs = 60_000) =>
  webhookSender(systemClock, {
    allowedHosts: allowed === "" ? [] : [{ host: allowed, port }],
    resolve: async (name) => resolve(name),
    timeoutMs,
    answerBytesMax: 4_096,
  });
const local = senderFor(() => ["127.0.0.1"], "hook.example");
const at = (path: string): string => `http://hook.example:${port}${path}`;

test("an event is told as MLflow tells it, and signed so that a receiver of MLflow can check it", async () => {
  const secret = local.seal("top secret");
  const { status, body } = await local.send({ ...told, webhook: webhook(at("/x?y=1"), secret) });
  expect([status, body]).toEqual([201, "thanks"]);
  const got = received.at(-1);
  expect(got?.path).toBe("/x?y=1");
  expect(JSON.parse(got?.body ?? "")).toEqual({
    entity: "model_version_tag",
    action: "set",
    timestamp: "1970-01-01T00:00:00.000000+00:00",
    data: { name: "m", version: "1" },
  });
  const time = got?.headers["x-mlflow-timestamp"];
  expect(time).toMatch(/^\d{10}$/);
  expect(got?.headers["x-mlflow-delivery-id"]).toBe("d1");
  const mac = createHmac("sha256", "top secret").update(`d1.${time}.${got?.body}`).digest("base64");
  expect(got?.headers["x-mlflow-signature"]).toBe(`v1,${mac}`);
  await local.send({ ...told, webhook: webhook(at("/x")) });
  expect(received.at(-1)?.headers["x-mlflow-signature"]).toBeUndefined();
});

test("an answer that leads elsewhere is an answer, and is not followed", async () => {
  expect(await local.send({ ...told, webhook: webhook(at("/away")) })).toMatchObject({ status: 302 });
  expect(received.map((it) => it.path)).not.toContain("/elsewhere");
});

test("an answer without end is cut, and one that does not come is not waited for", async () => {
  const { status, body } = await local.send({ ...told, webhook: webhook(at("/endless")) });
  expect([status, body.length]).toEqual([200, 4_096]);
  const hasty = senderFor(() => ["127.0.0.1"], "hook.example", 500);
  await expect(hasty.send({ ...told, webhook: webhook(at("/silent")) })).rejects.toThrow("within 500 ms");
});

test.each([
  ["a private address", ["10.0.0.1"]],
  ["a private address among public ones", ["1.1.1.1", "127.0.0.1"]],
  ["a mapped address", ["::ffff:169.254.169.254"]],
])("a name with %s is refused when it is given, and when it comes to mean that later", async (_, addresses) => {
  let meaning: readonly string[] = ["1.1.1.1"];
  const sender = senderFor(() => meaning);
  const url = "https://hook.example/";
  expect(await sender.problemOf(url)).toBeUndefined();
  meaning = addresses;
  expect(await sender.problemOf(url)).toContain("not a public one");
  await expect(sender.send({ ...told, webhook: webhook(url) })).rejects.toThrow("not a public one");
});

test("the connection is made to the addresses that were checked, whatever the name means a moment later", async () => {
  const meanings = [["127.0.0.1"], ["127.0.0.2"]];
  const sender = senderFor(() => meanings.shift() ?? [], "hook.example");
  const before = received.length;
  await sender.send({ ...told, webhook: webhook(at("/pinned")) });
  expect([received.length - before, meanings.length]).toEqual([1, 1]);
});

test("a name without an address may be given, and is told of when it is used", async () => {
  const sender = senderFor(() => []);
  expect(await sender.problemOf("https://hook.example/")).toBeUndefined();
  await expect(sender.send({ ...told, webhook: webhook("https://hook.example/") })).rejects.toThrow("has no address");
});

test("secrets are encrypted under a key, and stay readable if the key came later", () => {
  const [box, none] = [secretBox(new Uint8Array(32).fill(7)), secretBox(undefined)];
  const sealed = box.seal("top secret");
  expect(sealed).not.toContain("secret");
  expect(sealed).not.toBe(box.seal("top secret"));
  expect(box.open(sealed)).toBe("top secret");
  expect(box.open(none.seal("old"))).toBe("old");
  expect([box.seal(""), box.open("")]).toEqual(["", ""]);
  expect(() => none.open(sealed)).toThrow("no key is configured");
  expect(() => secretBox(new Uint8Array(32)).open(sealed)).toThrow();
});
