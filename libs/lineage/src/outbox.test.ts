import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfBytes } from "@throughline/kernel";
import { openSqliteStore, type Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { retryDelayMs } from "./delivery.ts";
import { lineageOutbox } from "./outbox.ts";
import { type LineageRecord, recordDigest } from "./record.ts";

const record = (id: string, timeMs = 1_000): LineageRecord => ({
  execution: { id, project: "projects/p", kind: "RUN", resource: "projects/p/runs/r", actor: "ada", timeMs },
  artifacts: [],
  events: [{ digest: digestOfBytes(id), type: "INPUT", role: "training" }],
});

for (const database of everyDatabase()) {
  describe(`lineageOutbox() on ${database.name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await database.empty();
    });

    test("a record is sent in the background once its batch is durable", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const { promise, resolve } = Promise.withResolvers<LineageRecord>();
      const delivery = outbox.deliver(async (it) => resolve(it));
      await store.batch(outbox.writes(record("e1")));
      expect(await promise).toEqual(record("e1"));
      await delivery.close();
    });

    test("a record whose batch failed is never sent", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const work = store.collection<{ readonly done: boolean }>({ name: "test_work", indexes: [] });
      await work.insert("w", { done: true });
      const batch = [...outbox.writes(record("e1")), work.writes.insert("w", { done: true })];
      await expect(store.batch(batch)).rejects.toMatchObject({ reason: "ALREADY_EXISTS" });
      const sent: string[] = [];
      const delivery = outbox.deliver(async (it) => void sent.push(it.execution.id));
      await delivery.flush();
      expect(sent).toEqual([]);
      await delivery.close();
    });

    test("records are sent in the order of their writes, even when the clock goes back", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const ids = Array.from({ length: 250 }, (_, i) => `e${i}`);
      for (const [i, id] of ids.entries()) await store.batch(outbox.writes(record(id, 10_000 - (i % 7))));
      const sent: string[] = [];
      const delivery = outbox.deliver(async (it) => void sent.push(it.execution.id));
      await delivery.flush();
      expect(sent).toEqual(ids);
      await delivery.close();
    });

    test("what could not be delivered waits for the next process", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      await store.batch([...outbox.writes(record("e1")), ...outbox.writes(record("e2"))]);
      const failing = outbox.deliver(async () => {
        throw new Error("tracking is away");
      });
      await expect(failing.flush()).rejects.toThrow("tracking is away");
      await failing.close();

      const sent: string[] = [];
      const delivery = lineageOutbox(store, { name: "test" }).deliver(async (it) => void sent.push(it.execution.id));
      await delivery.flush();
      await delivery.flush();
      expect(sent).toEqual(["e1", "e2"]);
      await delivery.close();
    });

    test("a record that is refused again and again is overtaken, and delivered when it is accepted", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      await store.batch(["e1", "e2", "e3"].flatMap((id) => outbox.writes(record(id))));
      const sent: string[] = [];
      let accepts = false;
      const delivery = outbox.deliver(async ({ execution }) => {
        if (execution.id === "e1" && !accepts) throw new Error("refused");
        sent.push(execution.id);
      });
      for (let i = 0; i < 5; i++) await expect(delivery.flush()).rejects.toThrow("refused");
      expect(sent).toEqual(["e2", "e3"]);
      accepts = true;
      await delivery.flush();
      expect(sent).toEqual(["e2", "e3", "e1"]);
      await delivery.close();
    });

    /** A sender that can send several at once, and tells how it was asked. */
    const grouping = (refused: ReadonlySet<string>) => {
      const calls: string[][] = [];
      const accepted: string[] = [];
      const take = async (records: readonly LineageRecord[]) => {
        calls.push(records.map((it) => it.execution.id));
        const bad = records.find((it) => refused.has(it.execution.id));
        if (bad) throw new Error(`refused ${bad.execution.id}`);
        accepted.push(...records.map((it) => it.execution.id));
      };
      const send = Object.assign(async (it: LineageRecord) => take([it]), { together: take });
      return { calls, accepted, send };
    };

    test("records of one project that wait together are sent in one call, as many as it may hold", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const other = { ...record("q1"), execution: { ...record("q1").execution, project: "projects/q" } };
      const event = { digest: digestOfBytes("e"), type: "INPUT" as const, role: "" };
      const large = { ...record("e4"), events: Array.from({ length: 399 }, () => event) };
      for (const it of [record("e1"), record("e2"), other, record("e3"), large, record("e5")])
        await store.batch(outbox.writes(it));
      const { calls, send } = grouping(new Set());
      const delivery = outbox.deliver(send);
      await delivery.flush();
      await delivery.flush();
      expect(calls).toEqual([["e1", "e2"], ["q1"], ["e3", "e4"], ["e5"]]);
      await delivery.close();
    });

    test("where one of several is refused the others arrive, in order and each once", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      await store.batch(["e1", "e2", "e3"].flatMap((id) => outbox.writes(record(id))));
      const refused = new Set(["e2"]);
      const { calls, accepted, send } = grouping(refused);
      const delivery = outbox.deliver(send);
      await expect(delivery.flush()).rejects.toThrow("refused e2");
      expect(calls.slice(0, 3)).toEqual([["e1", "e2", "e3"], ["e1"], ["e2"]]);
      expect(accepted).toEqual(["e1"]);
      refused.clear();
      await delivery.flush();
      expect(accepted).toEqual(["e1", "e2", "e3"]);
      await delivery.close();
    });

    test("records go on being delivered while others are written without a pause", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const { calls, send } = grouping(new Set());
      const delivery = outbox.deliver(send);
      for (let i = 0; calls.length < 3; i++) await store.batch(outbox.writes(record(`e${i}`)));
      await delivery.close();
      const ids = calls.flat();
      expect(ids).toEqual(ids.map((_, i) => `e${i}`));
    });

    test("a record that no receiver would take is refused before it is written", () => {
      const outbox = lineageOutbox(store, { name: "test" });
      const event = { digest: digestOfBytes("e"), type: "INPUT" as const, role: "" };
      const large = { ...record("e1"), events: Array.from({ length: 1_001 }, () => event) };
      expect(() => outbox.writes(large)).toThrow(expect.objectContaining({ reason: "LINEAGE_TOO_LARGE" }));
    });

    test("the same execution written twice is one record", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      await store.batch(outbox.writes(record("e1")));
      await store.batch(outbox.writes(record("e1")));
      const sent: string[] = [];
      const delivery = outbox.deliver(async (it) => void sent.push(it.execution.id));
      await delivery.flush();
      expect(sent).toEqual(["e1"]);
      await delivery.close();
    });

    test("closing ends a send that does not answer, through its signal", async () => {
      const outbox = lineageOutbox(store, { name: "test" });
      await store.batch(outbox.writes(record("e1")));
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const delivery = outbox.deliver(async (_, signal) => {
        resolve();
        await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      });
      await started;
      await delivery.close();
      const sent: string[] = [];
      const next = lineageOutbox(store, { name: "test" }).deliver(async (it) => void sent.push(it.execution.id));
      await next.flush();
      expect(sent).toEqual(["e1"]);
      await next.close();
    });
  });
}

test("a process that is killed after sending, before it knows, sends again and loses nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lineage-"));
  const path = join(folder, "outbox.db");
  const log = join(folder, "sent.log");
  const program = `
    import { appendFileSync } from "node:fs";
    const { openSqliteStore } = await import(${JSON.stringify(import.meta.resolve("@throughline/store"))});
    const { lineageOutbox } = await import(${JSON.stringify(new URL("./outbox.ts", import.meta.url).href)});
    const store = openSqliteStore(${JSON.stringify(path)});
    const outbox = lineageOutbox(store, { name: "test" });
    const records = ${JSON.stringify([record("e1"), record("e2"), record("e3")])};
    await store.batch(records.flatMap((it) => outbox.writes(it)));
    const delivery = outbox.deliver(async ({ execution }) => {
      appendFileSync(${JSON.stringify(log)}, execution.id + " ");
      if (execution.id === "e2") process.kill(process.pid, "SIGKILL");
    });
    await delivery.flush();
  `;
  const child = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  expect([child.signal, child.stderr]).toEqual(["SIGKILL", ""]);
  expect(readFileSync(log, "utf8")).toBe("e1 e2 ");

  const store = openSqliteStore(path);
  const sent: string[] = [];
  const delivery = lineageOutbox(store, { name: "test" }).deliver(async (it) => void sent.push(it.execution.id));
  await delivery.flush();
  expect(sent).toEqual(["e2", "e3"]);
  await delivery.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

test("the pause after failures doubles up to half a minute", () => {
  expect([1, 2, 3, 9, 10, 1_000].map(retryDelayMs)).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
});

describe("recordDigest()", () => {
  const one = digestOfBytes("1");
  const two = digestOfBytes("2");
  const base = record("e1");
  const edges = [
    { digest: one, type: "INPUT" as const, role: "a" },
    { digest: two, type: "INPUT" as const, role: "b" },
  ];

  test("the order and repetition of edges do not matter", () => {
    const digests = [edges, edges.toReversed(), [...edges, ...edges]].map((events) =>
      recordDigest({ ...base, events }),
    );
    expect(new Set(digests).size).toBe(1);
  });

  test("everything that a record tells matters", () => {
    const others: LineageRecord[] = [
      { ...base, events: edges },
      { ...base, execution: { ...base.execution, actor: "bob" } },
      { ...base, execution: { ...base.execution, timeMs: 1_001 } },
      { ...base, artifacts: [{ digest: one, kind: "FILE", resource: "", sizeBytes: 1, mediaType: "" }] },
    ];
    expect(new Set([base, ...others].map(recordDigest)).size).toBe(5);
  });
});
