import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const OTHER_PLATFORM = process.platform === "win32" ? "linux" : "win32";
const LOCK = {
  packages: {
    "": { name: "small" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/a-binary-here": { version: "1.0.0", optional: true, os: [process.platform], cpu: [process.arch] },
    "node_modules/a-binary-there": { version: "1.0.0", optional: true, os: [OTHER_PLATFORM], cpu: [process.arch] },
    "node_modules/an-extra": { version: "1.0.0", optional: true },
  },
};
const INSTALLED = ["a", "a-binary-here"];

/** A small checkout around the real set-up script; npm and npx are programs of the test, first in PATH. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "throughline-setup-"));
  for (const folder of ["scripts", "tools", "apps/throughline/bin"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ["setup.mjs", "alone.mjs"])
    copyFileSync(join(import.meta.dirname, file), join(root, "scripts", file));
  writeFileSync(join(root, "package.json"), JSON.stringify({ devDependencies: { node: "26.0.0" } }));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(LOCK));
  writeFileSync(
    join(root, "apps/throughline/bin/throughline.mjs"),
    "#!/usr/bin/env node\nconsole.log(JSON.stringify(process.argv.slice(2)));",
    { mode: 0o755 },
  );
  writeFileSync(join(root, "whole.json"), JSON.stringify(lockOf(INSTALLED)));
  tool("npm", "echo 11.0.0");
  tool("npx", `echo "$@" >> "${root}/npx.log"; ${INSTALL}`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What `npm ci` would do to the small checkout. */
const INSTALL = `cd "$PWD_OF_TEST" && rm -rf node_modules && mkdir -p node_modules/.bin node_modules/a node_modules/a-binary-here \
  && ln -s "${process.execPath}" node_modules/.bin/node && cp whole.json node_modules/.package-lock.json`;

function tool(name: string, line: string): void {
  writeFileSync(join(root, "tools", name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(root, "tools", name), 0o755);
}

const lockOf = (names: readonly string[]) => ({
  packages: Object.fromEntries(names.map((it) => [`node_modules/${it}`, { version: "1.0.0" }])),
});

function installed(names: readonly string[], lock: object = lockOf(names)): void {
  for (const name of [".bin", ...names]) mkdirSync(join(root, "node_modules", name), { recursive: true });
  symlinkSync(process.execPath, join(root, "node_modules/.bin/node"));
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify(lock));
}

const environment = () => ({
  ...process.env,
  // What runs the tests may ask for colours, which would then stand in what the command prints.
  FORCE_COLOR: "0",
  PWD_OF_TEST: root,
  PATH: [join(root, "tools"), process.env["PATH"]].join(delimiter),
});

const start = (...args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(root, "scripts/setup.mjs"), ...args], {
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });

function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => (texts.stdout += text));
  child.stderr?.on("data", (text) => (texts.stderr += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...texts })));
}

const setup = (...args: readonly string[]) => ended(start(...args));
const installs = (): number => readFileSync(join(root, "npx.log"), "utf8").trim().split("\n").length;

describe("with everything installed, set-up", () => {
  beforeEach(() => installed(INSTALLED));

  test("runs node by its path, hands on arguments and exit code, and says nothing itself", async () => {
    const result = await setup("node", "-e", "console.log(process.argv.slice(1)); process.exit(7)", "--", "a b", "--c");
    expect(result).toEqual({ code: 7, stdout: "[ 'a b', '--c' ]\n", stderr: "" });
  });

  test("runs throughline, and other commands with our own programs first in PATH", async () => {
    expect(await setup("throughline", "status", "--json")).toMatchObject({ code: 0, stdout: '["status","--json"]\n' });
    expect((await setup("sh", "-c", "command -v node")).stdout).toBe(`${join(root, "node_modules/.bin/node")}\n`);
  });

  test("hands on a signal once, waits, and ends as the command ends", async () => {
    const code =
      "let n = 0; process.on('SIGTERM', () => { n += 1; setTimeout(() => process.exit(40 + n), 200); }); setInterval(() => {}, 1000); console.log('up')";
    const child = start("node", "-e", code);
    const end = ended(child);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGTERM");
    child.kill("SIGTERM");
    expect((await end).code).toBe(41);
  });

  test("ends the command when whoever started it is gone", async () => {
    const code = "setInterval(() => {}, 1000); console.log(process.pid)";
    const starter = `const { spawn } = require("node:child_process");
      const setup = ${JSON.stringify([join(root, "scripts/setup.mjs"), "node", "-e", code])};
      spawn(process.execPath, setup, { stdio: ["ignore", "inherit", "ignore"] });`;
    const shell = spawn(process.execPath, ["-e", starter], { env: environment(), stdio: ["ignore", "pipe", "ignore"] });
    const pid = Number(await new Promise((resolve) => shell.stdout.once("data", resolve)));
    shell.kill("SIGKILL");
    const isAlive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isAlive).toBe(false);
  });

  test("reports a command that was killed as a shell would", async () => {
    const result = await setup("node", "-e", "process.kill(process.pid, 'SIGKILL')");
    expect(result.code).toBe(137);
    expect(result.stderr).toContain("was killed (SIGKILL)");
  });

  test("says which command cannot be started", async () => {
    expect(await setup("no-such-command")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^no-such-command cannot/),
    });
    expect(await setup()).toMatchObject({ code: 1, stderr: expect.stringContaining("Say what to run") });
  });
});

describe("set-up builds the console", () => {
  beforeEach(() => {
    installed(INSTALLED);
    for (const folder of ["apps/console", "node_modules/vite/bin"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "apps/console/index.html"), "<!doctype html>");
  });

  /** What stands for Vite; its folder is the console's. */
  const builder = (lines: string) =>
    writeFileSync(
      join(root, "node_modules/vite/bin/vite.js"),
      `const fs = require("node:fs"); fs.appendFileSync("../../builds.log", "built\\n"); ${lines}`,
    );
  const BUILD = `setTimeout(() => { fs.mkdirSync("dist", { recursive: true }); fs.writeFileSync("dist/index.html", ""); }, 1_000);`;
  const builds = (): number => readFileSync(join(root, "builds.log"), "utf8").trim().split("\n").length;

  test("once, when two commands are started together, and again when its sources changed", async () => {
    builder(BUILD);
    const both = await Promise.all([setup("node", "-p", "1"), setup("node", "-p", "2")]);
    expect(both.map((it) => it.stdout)).toEqual(["1\n", "2\n"]);
    expect(builds()).toBe(1);
    expect(await setup("node", "-p", "3")).toEqual({ code: 0, stdout: "3\n", stderr: "" });
    writeFileSync(join(root, "apps/console/index.html"), "<!doctype html><title>new</title>");
    expect(await setup("throughline", "up")).toMatchObject({ code: 0, stderr: "Building the console.\n" });
    expect(builds()).toBe(2);
  });

  test("and does not run the platform without it", async () => {
    builder("process.exit(1);");
    expect(await setup("throughline", "up")).toMatchObject({ code: 1, stdout: "" });
    expect(await setup("node", "-p", "1")).toMatchObject({ code: 0, stdout: "1\n" });
  });
});

describe("set-up installs under the pinned Node", () => {
  test.each<readonly [string, () => void]>([
    ["nothing is installed", () => {}],
    [
      "npm was interrupted",
      () => {
        installed(INSTALLED);
        rmSync(join(root, "node_modules/.package-lock.json"));
      },
    ],
    ["another Node left out the binary for this platform", () => installed(["a"])],
    [
      "a folder went missing",
      () => {
        installed(INSTALLED);
        rmSync(join(root, "node_modules/a"), { recursive: true });
      },
    ],
    [
      "the lock file asks for another version",
      () => installed(INSTALLED, { packages: { "node_modules/a": { version: "0.9.0" } } }),
    ],
    [
      "the pinned Node went missing",
      () => {
        installed(INSTALLED);
        rmSync(join(root, "node_modules/.bin/node"));
      },
    ],
  ])("when %s, and then runs the command", async (_, arrange) => {
    arrange();
    const result = await setup("node", "-p", "'ran'");
    expect(result).toMatchObject({
      code: 0,
      stdout: "ran\n",
      stderr: expect.stringContaining("Installing the packages"),
    });
    expect(readFileSync(join(root, "npx.log"), "utf8")).toMatch(/^-y -p node@26\.0\.0 -c cd '.*' && npm ci\n$/);
    expect(await setup("node", "-p", "1")).toEqual({ code: 0, stdout: "1\n", stderr: "" });
  });

  test("once, when two commands are started together", async () => {
    tool("npx", `echo "$@" >> "${root}/npx.log"; sleep 1; ${INSTALL}`);
    const both = await Promise.all([setup("node", "-p", "1"), setup("node", "-p", "2")]);
    expect(both.map((it) => it.stdout)).toEqual(["1\n", "2\n"]);
    expect(installs()).toBe(1);
  });

  test("although a command that was killed had begun to", async () => {
    mkdirSync(join(root, ".cache"));
    writeFileSync(join(root, ".cache/setup.lock"), "999999999");
    expect(await setup("node", "-p", "1")).toMatchObject({ code: 0, stdout: "1\n" });
  });

  test("and says in plain words what stands in the way", async () => {
    tool("npx", "exit 3");
    expect(await setup("node", "-p", "1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("failed with code 3"),
    });
    tool("npx", `${INSTALL} && rm -r node_modules/a`);
    expect((await setup("node", "-p", "1")).stderr).toContain("The installation ended, but node_modules/a is missing");
    rmSync(join(root, "node_modules"), { recursive: true });
    tool("npm", "echo 9.8.1");
    expect(await setup("node", "-p", "1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("This machine has npm 9.8.1"),
    });
  });
});
