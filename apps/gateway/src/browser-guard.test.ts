import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests, reasonIn, sendTo } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests({ hosts: ["ml.example.com"] });
});

const CONNECT = "/throughline.tracking.v1.TrackingService/ListExperiments";

/** One path of every edge. */
const PATHS = [
  "/",
  "/index.html",
  "/assets/app-1a2b.js",
  "/livez",
  "/readyz?verbose",
  "/metrics",
  "/openapi.json",
  "/v1/projects/p/experiments",
  "/v2",
  "/v2/health/live",
  "/v2/models/m/infer",
  CONNECT,
  "/nothing/here",
] as const;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"] as const;

/** What a foreign page or a tricked browser may send. The status is the same on every path and for every method. */
const FOREIGN: readonly (readonly [string, (port: number) => Record<string, string>, number])[] = [
  ["another host", () => ({ host: "evil.com" }), 403],
  ["another host that resolves to this machine", (port) => ({ host: `evil.com:${port}` }), 403],
  ["the own host at another port", () => ({ host: "127.0.0.1:1" }), 403],
  ["the own host without its port", () => ({ host: "localhost" }), 403],
  ["a longer name of the own host", (port) => ({ host: `localhost.evil.com:${port}` }), 403],
  ["the own host as user information", (port) => ({ host: `127.0.0.1:${port}@evil.com` }), 403],
  ["another address of this machine", (port) => ({ host: `0.0.0.0:${port}` }), 403],
  ["a page of another site", () => ({ origin: "http://evil.com" }), 403],
  ["a page without an origin", () => ({ origin: "null" }), 403],
  ["a page with a longer name of the own host", (port) => ({ origin: `http://localhost.evil.com:${port}` }), 403],
  ["a page at another port of this machine", () => ({ origin: "http://localhost:1" }), 403],
  ["an empty origin", () => ({ origin: "" }), 403],
  ["another host that a proxy vouches for", () => ({ host: "evil.com", "x-forwarded-host": "127.0.0.1" }), 403],
];

describe("what is not for this gateway", () => {
  test.each(FOREIGN)("%s is refused on every path and for every method", async (_what, headersFor, status) => {
    const headers = headersFor(gateway.port);
    for (const path of PATHS) {
      const answer = await gateway.send({ path, headers });
      expect([path, answer.status, reasonIn(answer)]).toEqual([path, status, "FOREIGN_REQUEST"]);
    }
    for (const method of METHODS)
      expect([method, (await gateway.send({ method, path: "/v1/projects/p/experiments", headers })).status]).toEqual([
        method,
        status,
      ]);
  });

  test.each([
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "TEXT/PLAIN",
    " text/plain",
  ])("a write of type %j, which a page may send without asking, is refused on every path", async (type) => {
    for (const path of PATHS) {
      const answer = await gateway.send({ method: "POST", path, headers: { "content-type": type }, body: "{}" });
      expect([path, answer.status, reasonIn(answer)]).toEqual([path, 415, "CONTENT_TYPE_REFUSED"]);
    }
  });

  test("a WebSocket of another site is refused as any other request of it", async () => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": "eA==",
      "sec-websocket-version": "13",
    };
    for (const path of ["/", CONNECT])
      expect((await gateway.send({ path, headers: { ...headers, origin: "http://evil.com" } })).status).toBe(403);
  });

  test.each([
    ["an absolute target", (host: string) => `GET http://${host}/livez HTTP/1.1\r\nHost: ${host}\r\n`],
    ["an absolute target of another host", (host: string) => `GET http://evil.com/livez HTTP/1.1\r\nHost: ${host}\r\n`],
    ["no path", (host: string) => `OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n`],
    ["two hosts", (host: string) => `GET /livez HTTP/1.1\r\nHost: ${host}\r\nHost: evil.com\r\n`],
    [
      "two origins",
      (host: string) => `GET /livez HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nOrigin: http://evil.com\r\n`,
    ],
    [
      "two authorizations",
      (host: string) => `GET /livez HTTP/1.1\r\nHost: ${host}\r\nAuthorization: a\r\nauthorization: b\r\n`,
    ],
    ["bytes beyond ASCII in the path", (host: string) => `GET /livez\u00e9 HTTP/1.1\r\nHost: ${host}\r\n`],
    [
      "length and chunks",
      (host: string) => `POST /livez HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
    ],
    [
      "two lengths",
      (host: string) => `POST /livez HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n`,
    ],
    ["a bare line feed in a header", (host: string) => `GET /livez HTTP/1.1\r\nHost: ${host}\r\nX: a\nY: b\r\n`],
  ])("%s is answered with 400 and a closed connection or an error", async (_what, head) => {
    expect(await statusOf(head(gateway.host))).toBe(400);
  });

  test("headers of 100 KB, and 10,000 of them, are answered with 431", async () => {
    const start = `GET /livez HTTP/1.1\r\nHost: ${gateway.host}\r\n`;
    expect(await statusOf(`${start}X: ${"x".repeat(100_000)}\r\n`)).toBe(431);
    expect(await statusOf(start + Array.from({ length: 10_000 }, (_, i) => `x${i}: y\r\n`).join(""))).toBe(431);
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
  });

  test("no host at all, and an empty one, are refused", async () => {
    expect(await statusOf("GET /livez HTTP/1.1\r\n")).toBe(403);
    expect(await statusOf("GET /livez HTTP/1.1\r\nHost:\r\n")).toBe(403);
    expect(await statusOf("GET /livez HTTP/1.0\r\n")).toBe(403);
  });
});

describe("what is for this gateway", () => {
  test.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("the name %s of this machine is", async (name) => {
    const host = `${name}:${gateway.port}`;
    expect((await gateway.send({ path: "/livez", headers: { host, origin: `http://${host}` } })).status).toBe(200);
  });

  test("the operator's names are, over http and https", async () => {
    for (const origin of ["http://ml.example.com", "https://ml.example.com"])
      expect((await gateway.send({ path: "/livez", headers: { host: "ml.example.com", origin } })).status).toBe(200);
  });

  test("what a proxy says of the caller changes nothing", async () => {
    const headers = {
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-host": "evil.com",
      "x-forwarded-proto": "https",
      forwarded: "host=evil.com",
    };
    expect((await gateway.send({ path: "/livez", headers })).status).toBe(200);
  });

  test("every answer forbids sniffing and the pages of others", async () => {
    for (const path of PATHS) {
      const { headers } = await gateway.send({ path });
      expect([path, headers["x-content-type-options"], headers["cross-origin-resource-policy"]]).toEqual([
        path,
        "nosniff",
        "same-origin",
      ]);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

/** Sends a head as it is, and reads the status of the answer. */
function statusOf(head: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(gateway.port, "127.0.0.1", () => socket.write(`${head}Connection: close\r\n\r\n`, "latin1"));
    let text = "";
    socket.setEncoding("latin1").on("data", (piece: string) => {
      text += piece;
    });
    // A caller that still sends when it is refused may see a reset behind the answer.
    socket.on("error", () => {});
    socket.once("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
  });
}

test("the guard of one port is not that of another", async () => {
  const other = await gatewayForTests();
  expect((await sendTo(other.port, { path: "/livez", headers: { host: gateway.host } })).status).toBe(403);
});
