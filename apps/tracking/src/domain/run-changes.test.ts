import { expect, test } from "vitest";
import { runChanges } from "./run-changes.ts";
import { turns } from "./turns.ts";

const RUN = { project: "p", id: "r" };
const FOREVER_MS = 2 ** 30;

test("a change between two looks is not missed", async () => {
  const changes = runChanges();
  const watch = changes.watch(RUN);
  changes.tell(RUN);
  changes.tell(RUN);
  await watch.change(FOREVER_MS, new AbortController().signal);
  const next = watch.change(FOREVER_MS, new AbortController().signal);
  changes.tell(RUN);
  await next;
  watch.end();
});

test("a watch hears of its run alone, and looks again in the end", async () => {
  const changes = runChanges();
  const watch = changes.watch(RUN);
  changes.tell({ project: "q", id: "r" });
  await watch.change(1, new AbortController().signal);
  watch.end();
  changes.tell(RUN);
});

test("an aborted watch fails with the reason, before and while it waits", async () => {
  const watch = runChanges().watch(RUN);
  const stop = new AbortController();
  const waiting = watch.change(FOREVER_MS, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(watch.change(FOREVER_MS, stop.signal)).rejects.toThrow("enough");
  watch.end();
});

test("work on one thing goes in turn, also behind work that fails, and work on others at the same time", async () => {
  const inTurn = turns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inTurn("a", async () => {
    await gate.promise;
    log.push("a1");
    throw new Error("failed");
  });
  const second = inTurn("a", async () => void log.push("a2"));
  await inTurn("b", async () => void log.push("b"));
  gate.resolve();
  await expect(first).rejects.toThrow("failed");
  await second;
  expect(log).toEqual(["b", "a1", "a2"]);
});
