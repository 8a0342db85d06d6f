import { setTimeout as delay } from "node:timers/promises";
import { canonicalRowBytes, type Digest, DomainError, type FeatureValue, type NewId } from "@throughline/kernel";
import { everyPseudonym, type KeyRing, ringOf } from "@throughline/privacy";
import type { Catalog } from "../catalog.ts";
import type { Entity } from "../entity.ts";
import type { Run } from "../load-source.ts";
import { privacyKeysMissing } from "../privacy/carrying.ts";
import type { Source } from "../source.ts";
import type { StoredFiles } from "../stored-files.ts";
import { type AffectedDeps, type AffectedFound, findAffected } from "./affected.ts";
import { forgetInSource, type InSourceDeps } from "./forget-in-source.ts";
import type { Forgetting } from "./forgetting.ts";
import { rowMatch, sourcesOf, unreadSources, viewsOfOthers } from "./matching.ts";
import { remainingOf, type Unknown } from "./remaining.ts";

/** What forgetting needs. */
export interface ForgetDeps extends InSourceDeps, AffectedDeps {
  readonly catalog: Pick<Catalog, "views" | "services" | "sources">;
  readonly privacyKeys: KeyRing;
  readonly newId: NewId;
  readonly storedFiles: Pick<StoredFiles, "kept" | "remove">;
  /** Resolves when the thread has everything that was committed. */
  readonly settleLineage: () => Promise<unknown>;
  source(project: string, id: string): Promise<Source>;
}

/** Who is to be forgotten. */
export interface ForgetRequest {
  readonly entity: Entity;
  /** In the order of the entity's keys, none of them null. */
  readonly key: readonly FeatureValue[];
  readonly actor: string;
  readonly reason: string;
}

/**
 * What stands for an entity in records, under every version of the key, newest last. Nobody comes from it to the key values, or
 * can try any, without the secret. Fails with PRIVACY_KEYS_MISSING.
 */
export function subjectsOf(ring: KeyRing, { project, id }: Entity, key: readonly FeatureValue[]): readonly string[] {
  if (ring.length === 0) throw privacyKeysMissing();
  const value = canonicalRowBytes(key).toString("base64");
  return everyPseudonym(ringOf(ring, project), { purpose: "forget", domain: id }, value);
}

/**
 * Forgets an entity: takes its rows out of every file that any data version reads, and out of the online values, removes the
 * files of before, and finds who had used them. Every step is durable by itself and is found done when it is asked for again: so
 * whatever ends the process, asking again goes on. Nothing is done before everything is.
 */
export async function forgetEntity(deps: ForgetDeps, request: ForgetRequest, run: Run): Promise<Forgetting> {
  const { entity, key } = request;
  let forgetting = await begun(deps, request);
  const sources = [...(await sourcesOf(deps.catalog, entity))];
  for (const [i, [id, columns]] of sources.entries()) {
    const source = await deps.source(entity.project, id);
    const progress: Run["progress"] = (share, message) =>
      run.progress((0.8 * (i + share)) / sources.length, `source ${i + 1} of ${sources.length}: ${message}`);
    const match = rowMatch(columns, key);
    forgetting = await inTurn(deps, source, () =>
      forgetInSource(deps, { source, match, forgetting, run: { signal: run.signal, progress } }),
    );
  }
  run.progress(0.8, "finding who had used the rows");
  await deps.settleLineage();
  const files = new Set<Digest>();
  for await (const it of deps.forgettings.files(entity.project, forgetting.id)) files.add(it.digest);
  const found = await findAffected(deps, { forgetting, key, files, signal: run.signal });
  run.progress(0.95, "removing files");
  await removeForgotten(deps, forgetting);
  const unread = await unreadSources(deps.catalog, entity, new Set(sources.map(([id]) => id)));
  const withRows = forgetting.sources.filter((it) => it.rowCount > 0).map((it) => it.source);
  const others = await viewsOfOthers(deps.catalog, entity, new Set(withRows));
  return ended(deps, forgetting, { ...found, unreadSources: unread, viewsOfOthers: others });
}

/** The record that is under way for the entity, or a new one. */
async function begun(deps: ForgetDeps, { entity, key, actor, reason }: ForgetRequest): Promise<Forgetting> {
  const { project, id } = entity;
  const subjects = subjectsOf(deps.privacyKeys, entity, key);
  const made: Forgetting = {
    project,
    id: deps.newId(),
    entity: id,
    subject: subjects.at(-1) ?? "",
    state: "running",
    actor,
    reason,
    createTimeMs: deps.clock.now(),
    sources: [],
    affected: [],
    isAffectedTruncated: false,
    unaffectedTrainingSets: 0,
    loadedDigests: [],
    remaining: [],
  };
  const work = async () => {
    const running = await deps.forgettings.running(project, id, subjects);
    if (running) return { writes: [], response: running };
    return { writes: deps.forgettings.beginning(made), response: made };
  };
  const identity = { requestId: "", method: "Forget.begin", principal: project, requestDigest: "" };
  return deps.once({ identity, subject: `${project}/forgettings`, work });
}

/** Reverts and forgettings of a source go one after the other: each computes online values anew from what the one before left. */
function inTurn({ once }: ForgetDeps, { project, id }: Source, work: () => Promise<Forgetting>): Promise<Forgetting> {
  const identity = { requestId: "", method: "Forget", principal: project, requestDigest: "" };
  const subject = `${project}/sources/${id}/revert`;
  return once({ identity, subject, work: async () => ({ writes: [], response: await work() }) });
}

/** Removes the files of before that nothing else refers to. */
async function removeForgotten(
  { forgettings, storedFiles }: Pick<ForgetDeps, "forgettings" | "storedFiles">,
  { project, id }: Pick<Forgetting, "project" | "id">,
): Promise<void> {
  for await (const it of forgettings.files(project, id)) {
    if (it.isSettled) continue;
    for (let left = REMOVALS_MAX; !(await storedFiles.remove(it.digest)); left--) {
      if (left === 0) throw beingStored(it.digest);
      await delay(REMOVAL_PAUSE_MS);
    }
    await forgettings.settle(it);
  }
}

/** How often it is tried to remove a file that somebody is just storing again. */
const REMOVALS_MAX = 100;
const REMOVAL_PAUSE_MS = 50;

const beingStored = (digest: string): DomainError =>
  new DomainError(
    "unavailable",
    "FILE_BEING_STORED",
    `The file ${digest} had forgotten rows, and somebody is just storing the same bytes again. Ask again in some minutes.`,
    { metadata: { digest } },
  );

/** Everything is done: it is acknowledged from now on. */
async function ended(
  deps: ForgetDeps,
  named: Forgetting,
  { arePredictionsUnknown, unreadSources: unread, viewsOfOthers: others, ...found }: AffectedFound & Unknown,
): Promise<Forgetting> {
  const { project, id } = named;
  const done = (it: Forgetting): Forgetting => ({
    ...it,
    ...found,
    state: "done",
    endTimeMs: deps.clock.now(),
    remaining: remainingOf(
      { ...it, ...found },
      { arePredictionsUnknown, unreadSources: unread, viewsOfOthers: others },
    ),
  });
  const work = async () => {
    const { forgetting, writes } = await deps.forgettings.changing(named, done);
    return { writes, response: forgetting };
  };
  const identity = { requestId: "", method: "Forget.end", principal: project, requestDigest: "" };
  return deps.once({ identity, subject: `${project}/forgettings/${id}`, work });
}
