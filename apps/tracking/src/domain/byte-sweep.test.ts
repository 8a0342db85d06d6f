import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { type Digest, digestOfBytes, pageTokens, timeOrderedIds } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openTracking } from "../open-tracking.ts";
import { settableClock } from "../testing-service.ts";
import { deleteArtifact, uploadArtifact } from "./artifacts.ts";
import { sweepBytes } from "./byte-sweep.ts";
import type { FileOwner } from "./file-tree.ts";
import { deletedPath, filePutter } from "./files.ts";

const GRACE_MS = 3_600_000;
const PROJECTS = ["p", "q"] as const;
const CONTENTS = ["a", "b"] as const;
const base = await mkdtemp(join(tmpdir(), "throughline-byte-sweep-"));
afterAll(() => rm(base, { recursive: true, force: true }));

type Step =
  | { readonly kind: "upload" | "half upload" | "delete artifact"; readonly project: string; readonly content: string }
  | { readonly kind: "put" | "remove"; readonly project: string; readonly content: string; readonly path: string }
  | { readonly kind: "look" | "commit" | "unrefer"; readonly content: string }
  | { readonly kind: "sweep" | "two sweeps" | "dry run" | "sweep without others" | "sweeps past the grace" }
  | { readonly kind: "broken sweep"; readonly calls: number }
  | { readonly kind: "wait"; readonly ms: number };

const project = fc.constantFrom(...PROJECTS);
const content = fc.constantFrom(...CONTENTS);
const path = fc.constantFrom("x", "y");
const kind = <K extends Step["kind"]>(...kinds: readonly K[]) => ({ kind: fc.constantFrom(...kinds) });
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        ...kind("upload", "half upload", "delete artifact", "delete artifact"),
        project,
        content,
      }),
    },
    { weight: 3, arbitrary: fc.record({ ...kind("put", "remove", "remove"), project, content, path }) },
    { weight: 4, arbitrary: fc.record({ ...kind("look", "look", "commit", "commit", "unrefer"), content }) },
    { weight: 4, arbitrary: fc.record(kind("sweep", "sweep", "two sweeps", "dry run", "sweep without others")) },
    { weight: 1, arbitrary: fc.record({ ...kind("broken sweep"), calls: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ ...kind("wait"), ms: fc.constantFrom(1_000, GRACE_MS / 2, GRACE_MS + 1) }) },
    { weight: 2, arbitrary: fc.record(kind("sweeps past the grace")) },
  ) as fc.Arbitrary<Step>,
  { minLength: 10, maxLength: 40, size: "max" },
);

const digestOf = (it: string): Digest => digestOfBytes(`content ${it}`);

for (const database of everyDatabase()) {
  describe(`sweeps of bytes on ${database.name}`, () => {
    test("no needed byte is ever lost, and every byte that was let go is gone after its time of grace", async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          const world = await openWorld(await database.empty());
          for (const [at, step] of given.entries()) {
            await world.act(step);
            await world.check(`${at}: ${JSON.stringify(step)}`);
          }
          await world.settle();
          await world.check("at the end");
          await world.checkNothingIsLeft();
        }),
        { numRuns: database.name === "sqlite" ? 20 : 5 },
      );
    });

    test("a purge gives back bytes, tells what it would do before, and keeps a record", async () => {
      const world = await openWorld(await database.empty());
      await world.act({ kind: "upload", project: "p", content: "a" });
      await world.act({ kind: "put", project: "p", content: "a", path: "x" });
      await world.act({ kind: "remove", project: "p", content: "a", path: "x" });
      const size = Buffer.byteLength("content a");
      expect(await world.sweep({ dryRun: true })).toMatchObject({ condemnedCount: 1, condemnedBytes: size });
      expect(await world.sweep({ dryRun: false })).toMatchObject({ condemnedCount: 1, condemnedBytes: size });
      expect(await world.sweep({ dryRun: false })).toMatchObject({
        waitingCount: 1,
        waitingBytes: size,
        erasedCount: 0,
      });
      world.clock.set(world.clock.now() + GRACE_MS);
      expect(await world.sweep({ dryRun: true })).toMatchObject({ erasedCount: 1, erasedBytes: size });
      expect(await world.sweep({ dryRun: false })).toMatchObject({ erasedCount: 1, erasedBytes: size });
      const { erasures } = await world.tracking.byteSweeps.erasures("p", { limit: 10 });
      expect(erasures).toMatchObject([{ digest: digestOf("a"), sizeBytes: size, letGoBy: "projects/p" }]);
      expect(await world.stored(digestOf("a"))).toBe(false);
    });

    test("bytes of an upload that broke off are found once they have been there for the time of grace", async () => {
      const world = await openWorld(await database.empty());
      await world.act({ kind: "half upload", project: "p", content: "a" });
      const size = Buffer.byteLength("content a");
      expect(await world.sweep({ dryRun: false })).toMatchObject({ condemnedCount: 0 });
      world.clock.set(world.clock.now() + GRACE_MS);
      expect(await world.sweep({ dryRun: true })).toMatchObject({ condemnedCount: 1, condemnedBytes: size });
      expect(await world.sweep({ dryRun: false })).toMatchObject({ condemnedCount: 1, condemnedBytes: size });
      world.clock.set(world.clock.now() + GRACE_MS);
      expect(await world.sweep({ dryRun: false })).toMatchObject({ erasedCount: 1, erasedBytes: size });
      expect(await world.stored(digestOf("a"))).toBe(false);
      expect(await world.sweep({ dryRun: false })).toEqual(await world.sweep({ dryRun: true }));
    });

    test("bytes that came again with an upload that broke off, while they were condemned, are found too", async () => {
      const world = await openWorld(await database.empty());
      await world.act({ kind: "half upload", project: "p", content: "a" });
      await world.act({ kind: "sweeps past the grace" });
      await world.act({ kind: "half upload", project: "p", content: "a" });
      await world.settle();
      await world.checkNothingIsLeft();
    });

    test("who has found bytes has the time of grace to commit that it needs them", async () => {
      const world = await openWorld(await database.empty());
      await world.act({ kind: "upload", project: "p", content: "a" });
      await world.act({ kind: "delete artifact", project: "p", content: "a" });
      await world.act({ kind: "look", content: "a" });
      for (let minute = 0; minute < 50; minute += 10) {
        await world.sweep({ dryRun: false });
        await world.act({ kind: "wait", ms: 600_000 });
        await world.check(`${minute} minutes`);
      }
      await world.act({ kind: "commit", content: "a" });
      await world.settle();
      await world.check("the commit");
      await world.act({ kind: "unrefer", content: "a" });
      await world.settle();
      await world.checkNothingIsLeft();
    });

    test("what is being condemned refuses new names, until it is uploaded again", async () => {
      const world = await openWorld(await database.empty());
      await world.act({ kind: "upload", project: "p", content: "a" });
      await world.act({ kind: "delete artifact", project: "p", content: "a" });
      await world.sweep({ dryRun: false });
      await expect(world.putFile("p", "a", "x")).rejects.toMatchObject({ reason: "ARTIFACT_UNKNOWN" });
      await world.act({ kind: "upload", project: "p", content: "a" });
      await world.putFile("p", "a", "x");
      await world.settle();
      expect(await world.stored(digestOf("a"))).toBe(true);
    });
  });
}

/** A tracking service with what others need beside it, and what must be true of both. */
async function openWorld(store: Store) {
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const blobs = await fileBlobStore(await mkdtemp(join(base, "blobs-")));
  const options = { store, blobs, clock, newId: timeOrderedIds(clock), pageTokens: pageTokens(new Uint8Array(32)) };
  const tracking = openTracking(options);
  const put = filePutter(tracking);
  /** What another service has committed, and what it has looked for and will commit. */
  const [referred, looked] = [new Set<string>(), new Map<string, number>()];
  /** Per project and content: whether it was uploaded since it was let go. */
  const claims = new Map<string, boolean>();
  const files = new Map<string, string>();
  const ownerOf = (project: string): FileOwner => ({ project, kind: "PROJECT", id: "" });
  const others = async (digests: readonly Digest[]) =>
    digests.filter((it) => [...referred].some((of) => digestOf(of) === it));
  const sweepWith = (part: Partial<{ blobs: BlobStore; others: typeof others }> = {}) => ({
    blobs,
    store: tracking.byteSweeps,
    others,
    clock,
    graceMs: GRACE_MS,
    ...part,
  });
  const sweep = ({ dryRun }: { readonly dryRun: boolean }) => sweepBytes(sweepWith(), { dryRun });
  const stored = async (digest: Digest) => {
    const [kept, condemned] = await Promise.all([blobs.list({ limit: 100 }), blobs.condemned({ limit: 100 })]);
    return [...kept, ...condemned].some((it) => it.digest === digest);
  };
  const isNeeded = (it: string): boolean =>
    referred.has(it) ||
    [...files.values()].includes(it) ||
    PROJECTS.some((project) => claims.get(`${project}/${it}`) === true) ||
    clock.now() - (looked.get(it) ?? 0) < GRACE_MS;
  const putFile = async (project: string, content: string, path: string) =>
    put(ownerOf(project), [{ path, digest: digestOf(content), mediaType: "" }]);
  const letGo = (project: string, content: string | undefined): void => {
    if (content !== undefined) claims.set(`${project}/${content}`, false);
  };

  const act = async (step: Step): Promise<void> => {
    // Two things never happen at the very same time: what is let go at the time of an upload stays.
    clock.set(clock.now() + 10);
    if (step.kind === "upload" || step.kind === "half upload") {
      const declared = { project: step.project, mediaType: "", kind: "FILE", isService: false } as const;
      const killed = async () => Promise.reject(new Error("the process was killed"));
      const whole = step.kind === "upload";
      const uploading = { ...tracking, ...(!whole && { commit: killed }) };
      const uploaded = uploadArtifact(uploading, declared, bytesOf(step.content));
      await (whole ? uploaded : expect(uploaded).rejects.toThrow("the process was killed"));
      if (whole) claims.set(`${step.project}/${step.content}`, true);
    }
    if (step.kind === "delete artifact") {
      const key = { project: step.project, digest: digestOf(step.content) };
      await deleteArtifact(tracking, key).then(
        () => letGo(step.project, step.content),
        (error: unknown) => expect(error).toMatchObject({ reason: "NOT_FOUND" }),
      );
    }
    if (step.kind === "put") {
      const at = `${step.project}/${step.path}`;
      const before = files.get(at);
      await putFile(step.project, step.content, step.path).then(
        () => {
          files.set(at, step.content);
          if (before !== step.content) letGo(step.project, before);
        },
        (error: unknown) => expect(error).toMatchObject({ reason: "ARTIFACT_UNKNOWN" }),
      );
    }
    if (step.kind === "remove") {
      await deletedPath(tracking, ownerOf(step.project), step.path);
      letGo(step.project, files.get(`${step.project}/${step.path}`));
      files.delete(`${step.project}/${step.path}`);
    }
    // Whoever finds bytes may commit that it needs them for some time after.
    if (step.kind === "look" && (await blobs.stat(digestOf(step.content)))) looked.set(step.content, clock.now());
    if (step.kind === "commit" && clock.now() - (looked.get(step.content) ?? 0) < GRACE_MS) referred.add(step.content);
    if (step.kind === "unrefer") {
      referred.delete(step.content);
      looked.delete(step.content);
    }
    if (step.kind === "sweep") await sweep({ dryRun: false });
    if (step.kind === "sweeps past the grace") {
      await sweep({ dryRun: false });
      clock.set(clock.now() + GRACE_MS + 1);
      await sweep({ dryRun: false });
    }
    if (step.kind === "dry run") await sweep({ dryRun: true });
    if (step.kind === "two sweeps") await Promise.all([sweep({ dryRun: false }), sweep({ dryRun: false })]);
    if (step.kind === "sweep without others") {
      const before = await Promise.all([blobs.list({ limit: 100 }), blobs.condemned({ limit: 100 })]);
      const away = async () => Promise.reject(new Error("a service is away"));
      await sweepBytes(sweepWith({ others: away }), { dryRun: false }).catch(() => {});
      const after = await Promise.all([blobs.list({ limit: 100 }), blobs.condemned({ limit: 100 })]);
      // What files and projects need may be taken back; nothing goes the other way.
      expect(after[0]).toEqual(expect.arrayContaining([...before[0]]));
    }
    if (step.kind === "broken sweep") await brokenSweep(step.calls);
    if (step.kind === "wait") clock.set(clock.now() + step.ms);
  };

  /** Ends at any of its calls, as a killed process does: what it knew is gone, and what it did stays. */
  const brokenSweep = async (calls: number): Promise<void> => {
    let left = calls;
    const breaking = <T extends object>(port: T): T =>
      new Proxy(port, {
        get(target, property) {
          const member = Reflect.get(target, property) as unknown;
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => {
            left -= 1;
            if (left <= 0) throw new Error("the process was killed");
            return member.apply(target, args) as unknown;
          };
        },
      });
    const broken = { ...sweepWith(), blobs: breaking(blobs), store: breaking(tracking.byteSweeps) };
    await Promise.resolve()
      .then(() => sweepBytes(broken, { dryRun: false }))
      .catch(() => {});
  };

  return {
    tracking,
    clock,
    sweep,
    stored,
    putFile,
    act,
    async check(when: string) {
      for (const it of CONTENTS) {
        const known = [...claims.keys()].some((key) => key.endsWith(`/${it}`)) || referred.has(it);
        if (known && isNeeded(it)) expect(await stored(digestOf(it)), `${it} after ${when}`).toBe(true);
      }
    },
    /** Sweeps and waits until nothing more can happen. */
    async settle() {
      looked.clear();
      for (let round = 0; round < 3; round++) {
        await sweep({ dryRun: false });
        clock.set(clock.now() + GRACE_MS + 1);
      }
      await sweep({ dryRun: false });
    },
    async checkNothingIsLeft() {
      for (const it of CONTENTS) {
        if (!isNeeded(it)) expect(await stored(digestOf(it)), `${it} at the end`).toBe(false);
        if (isNeeded(it)) expect((await blobs.stat(digestOf(it)))?.digest).toBe(digestOf(it));
      }
    },
  };
}

async function* bytesOf(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`content ${content}`);
}
