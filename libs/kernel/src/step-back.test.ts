import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { stepBack } from "./step-back.ts";

const PATIENCE = { timeout: 120_000, interval: 20 };

/** The niceness of each thread of a process. */
const ranksOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`).map((it) => {
    const [, rest = ""] = readFileSync(`/proc/${pid}/task/${it}/stat`, "utf8").split(") ");
    return Number(rest.split(" ")[16]);
  });

test.runIf(process.platform === "linux")(
  "a process that steps back does so with all threads that it begins",
  async () => {
    const script =
      'new (require("node:worker_threads").Worker)("setInterval(() => {}, 1000)", { eval: true }).once("online", () => console.log("begun"))';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      stepBack(child.pid);
      let said = "";
      child.stdout.on("data", (it) => {
        said += it;
      });
      await expect.poll(() => said, PATIENCE).toContain("begun");
      const ranks = ranksOf(child.pid ?? 0);
      expect(ranks.length).toBeGreaterThan(1);
      expect(new Set(ranks)).toEqual(new Set([Math.min(19, getPriority() + 10)]));
    } finally {
      child.kill("SIGKILL");
    }
  },
);

test("a process that is gone, or never began, is left alone", () => {
  stepBack(undefined);
  stepBack(2 ** 30);
});
