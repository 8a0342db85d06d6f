import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { unlessMissing } from "../content.ts";
import type { LoggedVersion } from "./logged-version.ts";
import { ended, type FeatureServices, outcomeOf } from "./services.ts";

/** Tells files in between that an ended process left and that are there once the services are open. */
export async function checkFolders(
  { place: { dir }, openedMs }: FeatureServices,
  isSwept: boolean,
): Promise<readonly string[]> {
  const left = async (folder: string): Promise<readonly string[]> => {
    const names = await readdir(join(dir, folder)).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const made = (await stat(join(dir, folder, name)).catch(() => undefined))?.birthtimeMs;
        return made !== undefined && made < openedMs - CLOCK_MS ? [`${folder}/${name} was left behind`] : [];
      }),
    );
    return found.flat();
  };
  const always = ["online/scratch", "tables"];
  const swept = ["blobs/tmp", "blob-cache/spool", "blob-cache/cache/tmp"];
  return (await Promise.all([...always, ...(isSwept ? swept : [])].map(left))).flat();
}

/** Files are stamped by a clock that ticks in milliseconds. */
const CLOCK_MS = 20;

interface Bytes {
  readonly versions: readonly LoggedVersion[];
  readonly isSwept: boolean;
  readonly isWhole: boolean;
}

/** All that the log names is stored and known to the thread; after a sweep nothing else is but uploads. */
export async function checkBytes(
  services: FeatureServices,
  { versions, isSwept, isWhole }: Bytes,
): Promise<readonly string[]> {
  if (isSwept) {
    // The first one condemns, and the second erases: there is no time of grace here.
    for (const _ of [1, 2]) await sweepStorage(services);
  }
  const needed = new Set(versions.flatMap((it) => it.digests));
  const stored = new Set(await storedDigests(services));
  const problems = [...needed].filter((it) => !stored.has(it)).map((it) => `the file ${it} is named, and not stored`);
  if (isSwept)
    for (const digest of stored)
      if (!needed.has(digest) && !(await isUpload(services, digest)))
        problems.push(`nothing names ${digest}, and sweeps do not find it`);
  if (isWhole) for (const digest of needed) problems.push(...(await unknownToThread(services, digest)));
  return problems;
}

/** Whose server is slow to answer is asked to sweep again: the sweep itself says so, and what it did stays done. */
async function sweepStorage({ storage, parent, storageOperations }: FeatureServices): Promise<void> {
  for (let left = SWEEPS_MAX; ; left--) {
    const { operation } = await storage.sweepStorage({ parent });
    const last = await ended({ operations: storageOperations }, operation);
    if (last?.state === OperationState.SUCCEEDED) return;
    if (left === 0 || !SERVER_REASONS.has(last?.error?.reason ?? "")) throw new Error(outcomeOf(last));
  }
}

const SWEEPS_MAX = 3;
const SERVER_REASONS: ReadonlySet<string> = new Set(["WRITE_OUTCOME_UNKNOWN", "STORAGE_UNAVAILABLE"]);

const PAGE = 1_000;

async function storedDigests({ blobs }: FeatureServices): Promise<readonly string[]> {
  const digests: string[] = [];
  for (let page = await blobs.list({ limit: PAGE }); ; ) {
    digests.push(...page.map((it) => it.digest));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return digests;
    page = await blobs.list({ limit: PAGE, after: last.digest });
  }
}

const artifactOf = async ({ artifacts, parent }: FeatureServices, digest: string) =>
  (await unlessMissing(artifacts.getArtifact({ name: `${parent}/artifacts/${digest}` })))?.artifact;

const isUpload = async (services: FeatureServices, digest: string): Promise<boolean> =>
  (await artifactOf(services, digest))?.kind === ArtifactKind.FILE;

const THREAD_MS_MAX = 60_000;

/** What was committed is delivered to the thread, however often the process ended before. */
async function unknownToThread(services: FeatureServices, digest: string): Promise<readonly string[]> {
  for (const end = Date.now() + THREAD_MS_MAX; Date.now() < end; await delay(50))
    if (await artifactOf(services, digest)) return [];
  return [`the thread does not know the file ${digest}`];
}
