import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

/** A process that says when it is up and when it stops; its stop ends as told. */
async function started(stop: string) {
  const program = `
    import { onceSignalled } from ${JSON.stringify(join(import.meta.dirname, "run-service.ts"))};
    onceSignalled(() => { process.stdout.write("stops\\n"); return ${stop}; });
    setInterval(() => {}, 1_000);
    process.stdout.write("up\\n");
  `;
  const child = spawn(process.execPath, ["--conditions=development", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return { child, ended };
}

test("a signal stops a process", async () => {
  const { child, ended } = await started("Promise.resolve()");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("a stop that fails is a failure", async () => {
  const { child, ended } = await started("Promise.reject(new Error('no'))");
  child.kill("SIGINT");
  expect(await ended).toEqual([1, null]);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "a second signal, %s, ends a process whose stop does not end",
  async (signal) => {
    const { child, ended } = await started("new Promise(() => {})");
    child.kill("SIGTERM");
    await once(child.stdout, "data");
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
  },
);
