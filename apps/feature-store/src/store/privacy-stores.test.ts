import { type Digest, digestOfBytes, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { Forgetting, ForgottenFile } from "../domain/forget/forgetting.ts";
import type { KeptPolicy } from "../domain/privacy/privacy-policy.ts";
import type { KeptReport } from "../domain/privacy/report.ts";
import { dataCollections, NEVER, versionId } from "./data-collections.ts";
import { forgettingStore } from "./forgetting-store.ts";
import { privacyPolicyStore } from "./privacy-policy-store.ts";
import { privacyReportStore } from "./privacy-report-store.ts";

const TOKENS = pageTokens(Buffer.from("a secret of the tests"));
const digest = (text: string): Digest => digestOfBytes(text);
const reasons = (settled: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
  settled.flatMap((it) => (it.status === "rejected" ? [(it.reason as { reason: string }).reason] : []));

for (const database of everyDatabase()) {
  describe(`privacy on ${database.name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await database.empty();
    });

    const policy = (unlisted: "carry" | "refuse", timeMs: number): Omit<KeptPolicy, "version"> => ({
      project: "p",
      source: "s",
      digest: digest(unlisted),
      policy: { columns: [], unlisted },
      change: { actor: "a", reason: unlisted, timeMs },
    });

    test("versions of a policy are dense, each with who set it, and one of several writers wins", async () => {
      const policies = privacyPolicyStore(store, TOKENS);
      await store.batch(await policies.setting(policy("carry", 10), undefined));
      const first = await policies.get({ project: "p", source: "s" });
      const writers = [policy("refuse", 20), policy("refuse", 21)].map(async (it) =>
        store.batch(await policies.setting(it, first)),
      );
      const settled = await Promise.allSettled(writers);
      expect(reasons(settled)).toEqual(["REVISION_CONFLICT"]);
      const { items } = await policies.versions({ project: "p", source: "s" }, { size: 10, token: "" });
      expect(items.map((it) => [it.version, it.change.reason])).toEqual([
        [2, "refuse"],
        [1, "carry"],
      ]);
      expect(await policies.version({ project: "p", source: "s" }, 1)).toEqual(first);
      expect(await policies.get({ project: "p", source: "s" }, 15)).toEqual(first);
      expect(await policies.get({ project: "p", source: "" })).toBeUndefined();
      expect(await policies.get({ project: "q", source: "s" })).toBeUndefined();
    });

    test("a report is kept once, and the newest is listed first", async () => {
      const reports = privacyReportStore(store, TOKENS);
      const report = (id: string, createTimeMs: number): KeptReport => ({
        project: "p",
        id,
        digest: digest(id),
        sizeBytes: 1,
        trainingSet: "t",
        trainingSetDigest: digest("t"),
        actor: "a",
        createTimeMs,
        report: {
          quasiIdentifiers: ["q"],
          anonymity: {
            rows: 0,
            classes: 0,
            k: Number.POSITIVE_INFINITY,
            uniqueRows: 0,
            classesBelow: 0,
            rowsBelow: 0,
            reidentificationRisk: Number.NaN,
          },
          diversity: [],
          closeness: [],
          unmet: [],
        },
      });
      await store.batch([...reports.adding(report("a", 1)), ...reports.adding(report("b", 2))]);
      expect(reasons(await Promise.allSettled([store.batch(reports.adding(report("a", 3)))]))).toEqual([
        "ALREADY_EXISTS",
      ]);
      expect((await reports.list("p", { size: 10, token: "" })).items.map((it) => it.id)).toEqual(["b", "a"]);
      expect(await reports.get("p", "a")).toEqual(report("a", 1));
      expect([await reports.isReferred(digest("a")), await reports.isReferred(digest("c"))]).toEqual([true, false]);
    });

    const forgetting = (id: string, more: Partial<Forgetting> = {}): Forgetting => ({
      project: "p",
      id,
      entity: "e",
      subject: `k1_${id}`,
      state: "running",
      actor: "a",
      reason: "r",
      createTimeMs: 1,
      sources: [],
      affected: [],
      isAffectedTruncated: false,
      unaffectedTrainingSets: 0,
      loadedDigests: [],
      remaining: [],
      ...more,
    });

    test("a forgetting is found while it runs, under each of its subjects, and not once it is done", async () => {
      const forgettings = forgettingStore(store, TOKENS);
      await store.batch(forgettings.beginning(forgetting("one")));
      const subjects = ["k2_one", "k1_one"];
      expect((await forgettings.running("p", "e", subjects))?.id).toBe("one");
      expect(await forgettings.running("p", "other", subjects)).toBeUndefined();
      const done = (it: Forgetting): Forgetting => ({ ...it, state: "done" });
      const one = { project: "p", id: "one" };
      const [a, b] = [await forgettings.changing(one, done), await forgettings.changing(one, (it) => it)];
      expect(a.forgetting).toEqual(forgetting("one", { state: "done" }));
      expect(reasons(await Promise.allSettled([store.batch(a.writes), store.batch(b.writes)]))).toEqual([
        "REVISION_CONFLICT",
      ]);
      await store.batch((await forgettings.changing(one, done)).writes);
      expect(await forgettings.running("p", "e", subjects)).toBeUndefined();
      expect((await forgettings.list("p", { size: 10, token: "" })).items.map((it) => it.state)).toEqual(["done"]);
    });

    const file = (text: string): ForgottenFile => ({
      project: "p",
      source: "s",
      forgetting: "one",
      digest: digest(text),
      replacement: digest(`${text}'`),
      removedRows: 1,
      tombstones: digest("t"),
      isSettled: false,
    });

    test("nothing is committed that was made of a file whose rows were forgotten meanwhile", async () => {
      const forgettings = forgettingStore(store, TOKENS);
      const made = (): Promise<unknown> => forgettings.unforgotten("p", [digest("x"), digest("y")]);
      // Also where nothing was ever forgotten: the first forgetting comes between.
      const before = await forgettings.unforgotten("p", [digest("x")]);
      await store.batch(await forgettings.forgetting("p", [file("x")]));
      expect(reasons(await Promise.allSettled([store.batch(before)]))).toHaveLength(1);
      expect(reasons(await Promise.allSettled([made()]))).toEqual(["DATA_FORGOTTEN"]);
      const other = await forgettings.unforgotten("p", [digest("y")]);
      await store.batch(await forgettings.forgetting("p", [file("y")]));
      expect(reasons(await Promise.allSettled([store.batch(other)]))).toEqual(["REVISION_CONFLICT"]);
      await store.batch(await forgettings.unforgotten("q", [digest("x")]));
      // The same bytes that were loaded again are new rows.
      const { segments } = dataCollections(store);
      const segment = { project: "p", source: "s", digest: digest("x"), sizeBytes: 1, rowCount: 1, skippedRowCount: 0 };
      const rest = { previousDataVersion: 0, eventTimeNs: undefined, loadedDigest: undefined, loadTimeMs: 1 };
      await segments.insert(versionId("p", 9), { ...segment, ...rest, dataVersion: 9, replacedIn: NEVER });
      await store.batch(await forgettings.unforgotten("p", [digest("x")]));
    });

    test("files of a forgetting stay known, and so do their tombstones", async () => {
      const forgettings = forgettingStore(store, TOKENS);
      await store.batch(await forgettings.forgetting("p", [file("x"), file("y")]));
      await forgettings.settle(file("x"));
      const found: ForgottenFile[] = [];
      for await (const it of forgettings.files("p", "one")) found.push(it);
      expect(new Map(found.map((it) => [it.digest, it.isSettled]))).toEqual(
        new Map([
          [digest("x"), true],
          [digest("y"), false],
        ]),
      );
      expect([await forgettings.isReferred(digest("t")), await forgettings.isReferred(digest("x"))]).toEqual([
        true,
        false,
      ]);
    });
  });
}
