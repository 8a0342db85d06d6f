import { isDomainError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { nodeWithoutInputs } from "./errors.ts";
import { gather } from "./inputs.ts";
import { scoresOutput } from "./output.ts";
import { type GraphRunOptions, type GraphStep, type NodeScope, Refusal, runGraph } from "./run.ts";

const step = (name: string, run: GraphStep["run"], more: Partial<GraphStep> = {}): GraphStep => ({
  name,
  kind: "model",
  isSoft: false,
  run,
  ...more,
});
const gives = (name: string, score: number, more: Partial<GraphStep> = {}) =>
  step(name, async () => scoresOutput([score]), more);
const fails = (name: string, more: Partial<GraphStep> = {}) =>
  step(name, () => Promise.reject(nodeWithoutInputs(name, ["anything"])), more);
const sums = (name: string, inputs: readonly string[], more: Partial<GraphStep> = {}) =>
  step(
    name,
    async (scope) => {
      const { parts } = await gather(scope, inputs);
      return scoresOutput([
        parts.reduce((sum, { output }) => sum + (output?.type === "scores" ? (output.scores[0] ?? 0) : 0), 0),
      ]);
    },
    more,
  );
/** A node that never gives anything, and tells when it is told to stop. */
const hangs = (name: string, stopped: string[], more: Partial<GraphStep> = {}) =>
  step(
    name,
    ({ call }: NodeScope) =>
      new Promise((_, reject) =>
        call.signal.addEventListener("abort", () => {
          stopped.push(name);
          reject(call.signal.reason);
        }),
      ),
    more,
  );

const run = (steps: readonly GraphStep[], output: string, options: Partial<GraphRunOptions> = {}) =>
  runGraph({
    steps: new Map(steps.map((it) => [it.name, it])),
    output,
    row: { columns: new Map(), entity: {}, asOfNs: 0n, seed: "", rowDigest: () => "" },
    call: { signal: new AbortController().signal, headers: new Headers() },
    ...options,
  });
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => "OK",
    (error: unknown) => (isDomainError(error) ? error.reason : String(error)),
  );

test("a node runs once, however many pull it, and not at all if none does", async () => {
  const ran: string[] = [];
  const noting = (name: string, score: number) =>
    step(name, async () => {
      ran.push(name);
      return scoresOutput([score]);
    });
  const steps = [
    noting("a", 1),
    noting("unused", 5),
    sums("b", ["a"]),
    sums("c", ["a", "b"]),
    sums("out", ["c", "a", "b"]),
  ];
  const { output, trace } = await run(steps, "out");
  expect(output).toEqual(scoresOutput([4]));
  expect(ran).toEqual(["a"]);
  expect(trace.path).toEqual(["a", "b", "c", "out"]);
});

test("inputs run at the same time: each of two may wait for the other to begin", async () => {
  const begun = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const waits = (name: "a" | "b", other: "a" | "b") =>
    step(name, async () => {
      begun[name].resolve();
      await begun[other].promise;
      return scoresOutput([1]);
    });
  expect((await run([waits("a", "b"), waits("b", "a"), sums("out", ["a", "b"])], "out")).output).toEqual(
    scoresOutput([2]),
  );
});

test("a hard failure ends the request with its own reason, and tells what is still at work to stop", async () => {
  const stopped: string[] = [];
  const steps = [hangs("slow", stopped), fails("broken"), sums("out", ["slow", "broken"])];
  expect(await reasonOf(run(steps, "out"))).toBe("NODE_WITHOUT_INPUTS");
  expect(stopped).toEqual(["slow"]);
});

test("a soft node that fails or is late is absent, and is told to stop", async () => {
  const stopped: string[] = [];
  const steps = [
    hangs("late", stopped, { isSoft: true, deadlineMs: 20 }),
    fails("broken", { isSoft: true }),
    gives("there", 3),
    sums("out", ["late", "there", "broken"]),
  ];
  const { output, trace } = await run(steps, "out");
  expect(output).toEqual(scoresOutput([3]));
  expect(trace).toMatchObject({
    path: ["there", "out"],
    absent: [
      { node: "broken", reason: "NODE_WITHOUT_INPUTS" },
      { node: "late", reason: "NODE_DEADLINE" },
    ],
  });
  expect(stopped).toEqual(["late"]);
});

test("a deadline holds for what the node pulls as well, and fails a hard node with its name", async () => {
  const stopped: string[] = [];
  const steps = [hangs("slow", stopped), sums("out", ["slow"], { deadlineMs: 20 })];
  const error = await run(steps, "out").catch((it: unknown) => it);
  expect(error).toMatchObject({ reason: "NODE_DEADLINE", metadata: { node: "out" } });
  expect(stopped).toEqual(["slow"]);
});

test("when the caller leaves everything stops, and soft nodes do not hide it", async () => {
  const caller = new AbortController();
  const stopped: string[] = [];
  const steps = [hangs("slow", stopped, { isSoft: true }), sums("out", ["slow"])];
  const call = { signal: caller.signal, headers: new Headers() };
  const answer = run(steps, "out", { call }).catch((it: unknown) => it);
  caller.abort(new Error("gone"));
  expect(String(await answer)).toBe("Error: gone");
  expect(stopped).toEqual(["slow"]);
});

test("a refusal is an answer, which no soft node absorbs", async () => {
  const gate = step("gate", async (scope) => {
    scope.judge({ score: 9, limit: 4, isOutlier: true });
    throw new Refusal("gate");
  });
  const { output, trace } = await run([gate, gives("a", 1), sums("out", ["gate", "a"], { isSoft: true })], "out");
  expect(output).toBeUndefined();
  expect(trace).toMatchObject({
    isRefused: true,
    path: ["gate"],
    verdicts: [{ node: "gate", score: 9 }],
  });
});

test("a mirror finds the outputs that the answer had", async () => {
  let runs = 0;
  const counted = step("a", async () => {
    runs += 1;
    return scoresOutput([runs]);
  });
  const out = step("out", async (scope) => {
    scope.mirror(["mirror"]);
    return (await scope.pull("a")) ?? scoresOutput([]);
  });
  const steps = [counted, out, sums("mirror", ["a", "a"])];
  const { mirrors, settled } = await run(steps, "out");
  expect(mirrors).toEqual(["mirror"]);
  expect((await run(steps, "mirror", { settled })).output).toEqual(scoresOutput([2]));
  expect(runs).toBe(1);
});
