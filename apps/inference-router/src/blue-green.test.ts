import { readFileSync } from "node:fs";
import { valueToProto } from "@throughline/rpc";
import { expect, test } from "vitest";
import { platform } from "./testing-platform.ts";

/** Processes that this one started for a model. */
function processesOf(digest: string): readonly string[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(digest);
    } catch {
      return false;
    }
  });
}

test.runIf(process.platform === "linux")(
  "the release that stays loaded without a share takes over at once, again and again, under load and in the same process",
  async () => {
    const on = await platform();
    // A release that nothing needs is unloaded after 50 ms.
    const router = await on.start();
    const [blueModel, greenModel] = [await on.model("answers_a"), await on.model("answers_b")];
    const [blue, green] = [on.registry.release(blueModel), on.registry.release(greenModel)];
    const deployment = "projects/default/deployments/blue-green";
    const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };
    on.registry.deploy(deployment, { [blue]: 10_000 });
    await router.serving(deployment, [blue]);
    on.registry.deploy(deployment, { [blue]: 10_000, [green]: 0 });
    await router.serving(deployment, [blue, green]);
    const atWork = [blueModel, greenModel].map(processesOf);
    expect(atWork.map((it) => it.length)).toEqual([1, 1]);

    const answers: { release: string; score: number }[][] = [[], [], [], []];
    let isOver = false;
    const callers = answers.map(async (own) => {
      while (!isOver) own.push(await router.inference.predict({ deployment, entity }));
    });
    const [rounds, stickyKeys] = [10, ["a", "b", "c"]];
    const expected = [blue];
    for (let i = 0; i < rounds; i++) {
      const [to, from] = i % 2 === 0 ? [green, blue] : [blue, green];
      expected.push(to);
      // States that differ in something else come between: neither release is one "of before" any more.
      for (const stickyKey of stickyKeys) on.registry.deploy(deployment, { [to]: 10_000, [from]: 0 }, stickyKey);
      const before = answers.map((it) => it.length);
      const isTaken = () => answers.every((it, at) => it.length > (before[at] ?? 0) + 1 && it.at(-1)?.release === to);
      while (!isTaken()) await new Promise((resolve) => setTimeout(resolve, 1));
      // Longer than what nobody needs stays loaded.
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect([blueModel, greenModel].map(processesOf)).toEqual(atWork);
    }
    isOver = true;
    await Promise.all(callers);
    for (const own of answers) {
      expect(own.filter((it) => it.score !== (it.release === blue ? 0.25 : 0.75))).toEqual([]);
      const turns = own.map((it) => it.release).filter((it, i, all) => it !== all[i - 1]);
      expect(turns).toEqual(expected);
    }
    expect(on.problems).toEqual([]);
    // Once a state names it no more, and another one came in between, it goes.
    on.registry.deploy(deployment, { [blue]: 10_000 });
    await router.serving(deployment, [blue]);
    const other = on.registry.release(await on.model("logistic3"), { output: "probabilities", column: 1 });
    on.registry.deploy(deployment, { [other]: 10_000 });
    await expect.poll(() => processesOf(greenModel), { timeout: 120_000, interval: 10 }).toEqual([]);
  },
);
