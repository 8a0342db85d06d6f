import { join } from "node:path";
import type { LogEvent } from "@throughline/telemetry";
import { beforeAll, describe, expect, test } from "vitest";
import { consoleFiles } from "./console-files.ts";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests();
});

describe("the console's files", () => {
  test("are read at the start, which the log tells", () => {
    const told: LogEvent[] = [];
    consoleFiles(join(import.meta.dirname, "nothing-there"), { info: (event) => told.push(event) });
    expect(told).toMatchObject([{ event: "console read", files: 0 }]);
  });

  test("are served with their type, and cached by what their names promise", async () => {
    const script = await gateway.send({ path: "/assets/app-1a2b.js" });
    expect([script.status, script.text]).toEqual([200, "export {};"]);
    expect(script.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    });
    const page = await gateway.send({ path: "/index.html" });
    expect(page.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
    const known = await gateway.send({ path: "/index.html", headers: { "if-none-match": String(page.headers.etag) } });
    expect([known.status, known.bytes.byteLength]).toEqual([304, 0]);
  });

  test.each(["/", "/p/fraud/runs", "/p/fraud/models/a.b.c", "/p/fraud/operations/feature-store.01J", "/p/x?y=/../z"])(
    "the page %s is the console, which finds its way by the address",
    async (path) => {
      const { status, text, headers } = await gateway.send({ path });
      expect([status, text.includes("<title>console</title>")]).toEqual([200, true]);
      expect(headers["content-security-policy"]).toMatch(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
      );
      expect(headers["content-security-policy"]).not.toContain("unsafe");
    },
  );

  test.each([
    "/assets/missing.js",
    "/assets/missing",
    "/assets/",
    "/missing.css",
    "/assets/..%2findex.html",
    "/Index.html",
  ])("%s is missing, and is not answered with the page", async (path) => {
    const { status, headers, text } = await gateway.send({ path });
    expect([status, text]).toEqual([404, "not found\n"]);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
  });

  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%252e%252e%252fsecret.txt",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "//secret.txt",
    "/./../secret.txt",
    "/assets/..;/..;/secret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/secret.txt%00.html",
    "/index.html/../../secret.txt",
    "/index.html%00",
    "/\u002e\u002e/\u002e\u002e/etc/passwd",
  ])("%s leads to nothing outside of them", async (path) => {
    const { status, text } = await gateway.send({ path });
    expect(text).not.toContain("outside");
    expect(text).not.toContain("root:");
    expect(status === 404 || text.includes("<title>console</title>")).toBe(true);
  });

  test("a HEAD tells what a GET would", async () => {
    const got = await gateway.send({ path: "/" });
    const head = await gateway.send({ method: "HEAD", path: "/" });
    const { date: _now, ...headers } = head.headers;
    expect([head.status, head.bytes.byteLength]).toEqual([200, 0]);
    expect(got.headers).toMatchObject(headers);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is refused, on files and on pages", async (method) => {
    for (const path of ["/", "/index.html", "/p/x", "/missing.js"])
      expect((await gateway.send({ method, path })).status).toBe(405);
  });
});
