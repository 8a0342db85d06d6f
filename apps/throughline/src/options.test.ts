import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@throughline/kernel";
import { expect, onTestFinished, test } from "vitest";
import { type PlatformFlags, platformSettings } from "./options.ts";
import { checkAddress, freePorts } from "./ports.ts";

const FLAGS: PlatformFlags = {
  http: "127.0.0.1:8080",
  grpc: "127.0.0.1:9090",
  data: "data",
  host: [],
  logCalls: false,
};

test("everything is kept in the data folder unless told otherwise", () => {
  const { dataDir, store, blobs } = platformSettings(FLAGS);
  expect([store, blobs]).toEqual([`sqlite://${join(dataDir, "metadata.db")}`, `file://${join(dataDir, "blobs")}`]);
  const given = { store: "mongodb://127.0.0.1/throughline", blobs: "s3://a:b@127.0.0.1:9000/bucket" };
  expect(platformSettings({ ...FLAGS, ...given })).toMatchObject(given);
});

test.each([{ http: "0.0.0.0:8080" }, { grpc: "0.0.0.0:9090" }, { grpc: "192.0.2.1:9090" }])(
  "%o is refused while nobody is asked who they are",
  (flags) => {
    expect(() => platformSettings({ ...FLAGS, ...flags })).toThrow(ConfigError);
    expect(() => platformSettings({ ...FLAGS, ...flags })).toThrow(/no tokens are configured/);
    const dir = mkdtempSync(join(tmpdir(), "throughline-options-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const tokens = join(dir, "tokens.json");
    writeFileSync(tokens, JSON.stringify([{ actor: "ada", role: "ADMIN", tokenSha256: "0".repeat(64) }]));
    expect(platformSettings({ ...FLAGS, ...flags, tokens }).tokens).toHaveLength(1);
  },
);

test.each([
  [{ http: "8080" }, "--http 8080: expected host:port"],
  [{ store: "mysql://host/database" }, "--store is not of the form sqlite:///path"],
  [{ blobs: "s3:bucket" }, "--blobs is not of the form file:///folder"],
  [{ tokens: "/nowhere/tokens.json" }, "--tokens /nowhere/tokens.json: "],
])("%o is refused in words that name the flag", (flags, words) => {
  expect(() => platformSettings({ ...FLAGS, ...flags })).toThrow(words);
});

test("an address that is taken is told by its flag, and a free one stays free", async () => {
  const [port = 0, other] = await freePorts(2);
  expect(other).not.toBe(port);
  const address = { host: "127.0.0.1", port };
  await checkAddress("--http", address);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  await expect(checkAddress("--http", address)).rejects.toThrow(
    `--http 127.0.0.1:${port}: another program listens there`,
  );
});
