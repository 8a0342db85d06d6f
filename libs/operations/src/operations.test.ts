import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DomainError,
  digestOfBytes,
  isDomainError,
  pageTokens,
  systemClock,
  timeOrderedIds,
} from "@throughline/kernel";
import { openStore, type Store } from "@throughline/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasEnded, type Operation, type OperationRun } from "./operation.ts";
import { type Operations, openOperations } from "./operations.ts";

let folder: string;
let store: Store;
let operations: Operations;

const open = () =>
  openOperations({
    store,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    pageTokens: pageTokens(Buffer.alloc(32)),
    service: "feature-store",
    runningMax: 3,
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "operations-"));
  store = await openStore(`sqlite://${folder}/metadata.db`);
  operations = await open();
});

afterEach(async () => {
  await operations.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const answer = { typeUrl: "type.googleapis.com/x.Y", value: Buffer.from([1, 2, 3]) };

const start = (work: (run: OperationRun) => Promise<typeof answer>, requestId = "") =>
  operations.start({
    project: "p",
    kind: "Test",
    target: "projects/p/things/t",
    requestId,
    requestDigest: digestOfBytes(requestId.split("/")[0] ?? ""),
    work,
  });

const untilAborted = ({ signal }: OperationRun): Promise<typeof answer> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function ended(name: string): Promise<Operation> {
  for await (const operation of operations.watch(name, new AbortController().signal)) {
    if (hasEnded(operation)) return operation;
  }
  throw new Error("the watch ended before the operation");
}

describe("an operation", () => {
  test("ends with the response of its work, which is readable after a restart", async () => {
    const { name, state } = await start(async () => answer);
    expect(state).toBe("running");
    expect(name).toMatch(/^projects\/p\/operations\/feature-store\.[0-9a-z]{26}$/);
    expect(await ended(name)).toMatchObject({ state: "succeeded", progress: 1, response: answer });
    operations = await open();
    expect(await operations.get(name)).toMatchObject({ state: "succeeded", response: answer });
  });

  test("ends with the reason of a failure, and hides the text of a bug", async () => {
    const refused = await start(() => Promise.reject(new DomainError("exhausted", "TABLE_MEMORY_LIMIT", "too much")));
    expect((await ended(refused.name)).error).toMatchObject({ reason: "TABLE_MEMORY_LIMIT", message: "too much" });
    const bug = await start(() => Promise.reject(new TypeError("secret")));
    expect((await ended(bug.name)).error).toEqual({ reason: "INTERNAL", message: "internal error", metadata: {} });
  });

  test("tells its progress, which never goes back", async () => {
    const seen = new Map<string, number>();
    const { name } = await start(async ({ progress }) => {
      for (const message of ["0.5", "0.25", "0.75"]) {
        progress(Number(message), message);
        await expect.poll(() => seen.has(message)).toBe(true);
      }
      return answer;
    });
    for await (const it of operations.watch(name, new AbortController().signal)) seen.set(it.message, it.progress);
    expect([...seen.values()].filter((it) => it > 0)).toEqual([0.5, 0.5, 0.75, 1]);
  });

  test("tells how much of what happens now is done, of what is counted", async () => {
    const work = { unit: "rows", done: 300, total: 1_000, perSecond: 150, leftMs: 4_667 };
    const seen = new Map<string, Operation>();
    const { name } = await start(async ({ progress }) => {
      progress(0.2, "loading", work);
      await expect.poll(() => seen.get("loading")?.work).toEqual(work);
      progress(0.3, "sorting");
      await expect.poll(() => seen.has("sorting")).toBe(true);
      progress(0.4, "writing", { unit: "rows", done: 0, total: 7 });
      await expect.poll(() => seen.has("writing")).toBe(true);
      return answer;
    });
    for await (const it of operations.watch(name, new AbortController().signal)) seen.set(it.message, it);
    expect(seen.get("sorting")?.work).toBeUndefined();
    expect(seen.get("writing")?.work).toEqual({ unit: "rows", done: 0, total: 7 });
    expect((await operations.get(name)).work).toBeUndefined();
  });

  test("ends as cancelled on request, and cancelling again changes nothing", async () => {
    const { name } = await start(untilAborted);
    expect(await operations.cancel(name)).toMatchObject({
      state: "cancelled",
      error: { reason: "OPERATION_CANCELLED" },
    });
    expect(await operations.cancel(name)).toMatchObject({ state: "cancelled" });
  });

  test("that a process did not finish is failed when the service starts again", async () => {
    const { name } = await start(untilAborted);
    const restarted = await open();
    expect(await restarted.get(name)).toMatchObject({ state: "failed", error: { reason: "OPERATION_INTERRUPTED" } });
  });
});

describe("work that can be resumed", () => {
  const begin = (target: Operations) =>
    target.start({
      project: "p",
      kind: "Long",
      target: "",
      requestId: "",
      requestDigest: digestOfBytes(""),
      resumeFrom: { at: "row 7" },
      work: untilAborted,
    });

  test("goes on under its name after the process is gone, once, and other kinds stay as they are", async () => {
    const { name } = await begin(operations);
    const restarted = await open();
    expect(await restarted.get(name)).toMatchObject({ state: "running" });
    const resumed: unknown[] = [];
    const work = async (from: unknown) => {
      resumed.push(from);
      return answer;
    };
    await restarted.resume("Other", work);
    await restarted.resume("Long", work);
    await expect.poll(() => restarted.get(name)).toMatchObject({ state: "succeeded", response: answer });
    await restarted.resume("Long", work);
    expect(resumed).toEqual([{ at: "row 7" }]);
  });

  test("stays open when the service stops, and can be cancelled after it was taken up", async () => {
    const { name } = await begin(operations);
    await operations.close();
    operations = await open();
    expect(await operations.get(name)).toMatchObject({ state: "running" });
    await operations.resume("Long", (_, run) => untilAborted(run));
    expect(await operations.cancel(name)).toMatchObject({ state: "cancelled" });
  });
});

test("an operation whose end cannot be written ends as soon as the storage works again", async () => {
  let failures = 1;
  const failing: Store = {
    ...store,
    collection(definition) {
      const collection = store.collection(definition);
      const replace: typeof collection.replace = async (...call) => {
        if (JSON.stringify(call[2]).includes("succeeded") && failures-- > 0) throw new Error("the disk is full");
        return collection.replace(...call);
      };
      return { ...collection, replace };
    },
  };
  const own = await openOperations({
    store: failing,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    service: "validation",
    pageTokens: pageTokens(Buffer.alloc(32)),
  });
  const { name } = await own.start({
    project: "p",
    kind: "Test",
    target: "projects/p/things/t",
    requestId: "",
    requestDigest: digestOfBytes(""),
    work: async () => answer,
  });
  for await (const operation of own.watch(name, AbortSignal.timeout(120_000)))
    if (hasEnded(operation)) expect(operation.state).toBe("succeeded");
  expect(hasEnded(await own.get(name))).toBe(true);
  expect(failures).toBeLessThan(1);
  await own.close();
});

describe("a request id", () => {
  test("starts its work once, however many ask at the same time", async () => {
    let runs = 0;
    const calls = Array.from({ length: 10 }, () =>
      start(async () => {
        runs += 1;
        return answer;
      }, "same"),
    );
    const names = new Set((await Promise.all(calls)).map((it) => it.name));
    await ended([...names][0] ?? "");
    expect([names.size, runs]).toEqual([1, 1]);
  });

  test("is refused for another request", async () => {
    const request = { project: "p", kind: "Test", target: "", requestId: "id", work: async () => answer };
    await operations.start({ ...request, requestDigest: digestOfBytes("a") });
    const again = operations.start({ ...request, requestDigest: digestOfBytes("b") });
    await expect(again).rejects.toSatisfy((error) => isDomainError(error, "REQUEST_ID_REUSED"));
  });
});

test("more operations than may run at once are refused", async () => {
  for (let i = 0; i < 3; i++) await start(untilAborted);
  await expect(start(untilAborted)).rejects.toSatisfy((error) => isDomainError(error, "TOO_MANY_OPERATIONS"));
});

test("operations are listed newest first, page by page", async () => {
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    names.unshift((await start(async () => answer)).name);
    await ended(names[0] ?? "");
  }
  const first = await operations.list("p", { size: 3, token: "" });
  const second = await operations.list("p", { size: 3, token: first.nextPageToken });
  expect([...first.items, ...second.items].map((it) => it.name).sort()).toEqual([...names].sort());
  expect(second.nextPageToken).toBe("");
  expect((await operations.list("q", { size: 3, token: "" })).items).toEqual([]);
});
