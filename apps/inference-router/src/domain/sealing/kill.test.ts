import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { wholeLines } from "../../testing-lines.ts";
import { openSealing } from "../../testing-sealing.ts";
import { sealer } from "./sealer.ts";

const dir = mkdtempSync(join(tmpdir(), "throughline-sealing-kill-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const D = "projects/p/deployments/d";
const script = fileURLToPath(new URL("../../testing-sealer.ts", import.meta.url));

/** Runs the process until it has said so many steps, and kills it. Gives the ids it acknowledged, and its time. */
async function killedAfter(steps: number, startMs: number) {
  const child = spawn(process.execPath, ["--no-warnings", script, dir, String(startMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ids: string[] = [];
  const problems: string[] = [];
  let nowMs = startMs;
  let said = 0;
  for await (const line of wholeLines(child.stdout)) {
    const [what, value = ""] = line.split(" ");
    if (what === "id") ids.push(value);
    if (what === "time") nowMs = Number(value);
    if (what === "problem") problems.push(line);
    if (what === "step" && ++said === steps) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { ids, problems, nowMs };
}

test("a process that is killed at any step of sealing leaves every prediction for exactly one row", async () => {
  const given: string[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  for (const steps of [2, 3, 5, 12]) {
    const killed = await killedAfter(steps, nowMs);
    expect(killed.problems).toEqual([]);
    given.push(...killed.ids);
    nowMs = killed.nowMs + 60_000;
  }
  const clock = { now: () => nowMs };
  const { blobs, tables, log, sealed, file, close } = await openSealing(dir, clock);
  const problems: unknown[] = [];
  const sealing = sealer({
    log,
    tables,
    clock,
    sealed,
    file,
    lookMs: 1e9,
    localMs: 2 * 3_600_000,
    lineage: () => [],
    onProblem: (_, error) => problems.push(error),
  });
  nowMs += 9 * 3_600_000;
  await sealing.look();
  expect(problems).toEqual([]);
  // What was appended and not yet acknowledged may be there too.
  const there = (await Array.fromAsync(log.forwards(D))).map((it) => it.id);
  expect(given.filter((it) => !there.includes(it))).toEqual([]);
  const hours = (await sealed.list(D, { limit: 1_000 })).items.toReversed();
  const rows: unknown[] = [];
  for (const { digest } of hours) {
    const inputs = digest === "" ? undefined : { p: [await blobs.localFile(digest)] };
    if (inputs)
      rows.push(...(await tables.query({ sql: "SELECT prediction FROM p", inputs, rowsMax: 1_000 })).rows.flat());
  }
  expect(rows).toEqual(there.map((id) => `${D}/predictions/${id}`));
  expect(log.parts(D).filter((it) => !it.isMoved && it.bytes > 0)).toEqual([]);
  await sealing.close();
  await close();
});
