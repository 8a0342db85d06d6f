import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPrivacyKeys } from "./privacy-keys.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "privacy-keys-"));
  await mkdir(join(folder, "data"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secret = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
async function file(content: string, { mode = 0o600, name = "keys" } = {}): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}
const failure = (path: string): Promise<string> =>
  readPrivacyKeys(path, join(folder, "data")).then(
    () => "",
    (error: Error) => error.message,
  );

test("a key ring has a line for each version", async () => {
  const path = await file(`# made in 2026\n1 ${secret(1)}\n\n3 ${secret(3)}\n`);
  const ring = await readPrivacyKeys(path, join(folder, "data"));
  expect(ring.map((it) => [it.version, it.secret[0]])).toEqual([
    [1, 1],
    [3, 3],
  ]);
  expect(await readPrivacyKeys("", join(folder, "data"))).toEqual([]);
});

test.each([
  ["nothing in it", "", "has no key"],
  ["a short secret", `1 ${Buffer.alloc(16).toString("base64")}`, "16 bytes, at least 32"],
  ["versions that do not rise", `2 ${secret(1)}\n2 ${secret(2)}`, "line 2"],
  ["one secret twice", `1 ${secret(1)}\n2 ${secret(1)}`, "there already"],
  ["something else", "hunter2 is my password", "line 1"],
])("a key ring with %s is refused, and the message has nothing of it", async (_, content, what) => {
  const told = await failure(await file(content));
  expect(told).toContain(what);
  expect(told).toContain("THROUGHLINE_PRIVACY_KEYS");
  expect(told).not.toContain("hunter2");
  expect(told).not.toContain(secret(1));
});

test("a key ring is refused beside the data, also behind a link, and where everybody can read it", async () => {
  const within = await file(`1 ${secret(1)}`, { name: "data/keys" });
  expect(await failure(within)).toContain("lies in the data folder");
  await symlink(within, join(folder, "link"));
  expect(await failure(join(folder, "link"))).toContain("lies in the data folder");
  expect(await failure(await file(`1 ${secret(1)}`, { mode: 0o644 }))).toContain("everybody on this machine");
  expect(await failure(join(folder, "nowhere"))).toContain("there is no file");
});
