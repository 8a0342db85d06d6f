import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";

/** A process that does as told, and stays until something ends it. */
async function started(work: string) {
  const program = `
    import { pbkdf2 } from "node:crypto";
    import { endAtUncaught, onceSignalled } from ${JSON.stringify(join(import.meta.dirname, "process-end.ts"))};
    setInterval(() => {}, 1_000);
    ${work}
    process.stdout.write("up\\n");
  `;
  const child = spawn(process.execPath, ["--conditions=development", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [ended, log] = [once(child, "exit"), text(child.stderr)];
  await once(child.stdout, "data");
  return { child, ended, log };
}

describe("onceSignalled()", () => {
  const stopping = (stop: string) =>
    started(`onceSignalled(() => { process.stdout.write("stops\\n"); return ${stop}; });`);

  test("a signal stops a process", async () => {
    const { child, ended } = await stopping("Promise.resolve()");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });

  test("a stop that fails says why, and is a failure", async () => {
    const { child, ended, log } = await stopping("Promise.reject(new Error('no'))");
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(JSON.parse(await log)).toMatchObject({
      level: "error",
      event: "stop failed",
      cause: expect.stringContaining("no"),
    });
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "a second signal, %s, ends a process whose stop does not end",
    async (signal) => {
      const { child, ended } = await stopping("new Promise(() => {})");
      child.kill("SIGTERM");
      await once(child.stdout, "data");
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
    },
  );
});

describe("endAtUncaught()", () => {
  /** For hours a thread does what `process.exit` would wait for. */
  const THREAD = 'pbkdf2("a", "b", 2_000_000_000, 64, "sha512", () => {});';

  test.each([
    ["an error that is thrown", "throw new Error('lost');"],
    ["a promise that nobody waits for", "void Promise.reject(new Error('lost'));"],
  ])("%s ends a process whose threads are at work, and is in the log", async (_, failure) => {
    const { ended, log } = await started(`endAtUncaught(); ${THREAD} setTimeout(() => { ${failure} }, 50);`);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(JSON.parse(await log)).toMatchObject({ level: "error", event: "uncaught" });
    expect(await log).toContain("Error: lost");
  });
});
