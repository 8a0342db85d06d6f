import { type Clock, invalidField, notFound, type Page } from "@throughline/kernel";
import type { Change, RequestIdentity, Write } from "@throughline/store";
import type { Catalog, PageRequest } from "./catalog.ts";
import { dataVersionUnknown, tagMoved } from "./errors.ts";
import { dataTagName } from "./names.ts";
import type { Once } from "./once.ts";
import type { SegmentLog } from "./segment.ts";

/** A name for a data version, as one change left it. */
export interface DataTag {
  readonly project: string;
  readonly tag: string;
  /** 0: the change removed it. */
  readonly dataVersion: number;
  readonly change: Change;
  /** Number of the change, from 1. */
  readonly revision: number;
}

/**
 * The tags of all projects with every change of them. Laws, checked by `testDataTags`:
 * - Of several writers that read the same change exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 * - `get` as of a time gives what the newest change not after it left.
 */
export interface DataTags {
  /** A tag that was removed names 0; undefined if it never was. */
  get(project: string, tag: string, asOfMs?: number): Promise<DataTag | undefined>;
  /** Those that name something, by tag. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<DataTag>>;
  /** Newest first. Fails with BAD_PAGE_TOKEN. */
  changes(project: string, tag: string, page: PageRequest): Promise<Page<DataTag>>;
  /** The tags of each data version, for those that have any. At most 1,000 tags are looked at. */
  naming(project: string, dataVersions: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>;
  setting(tag: Omit<DataTag, "revision">, current: DataTag | undefined): Promise<readonly Write[]>;
}

/** What a tag is to name from now on. */
export interface TagMove {
  readonly project: string;
  readonly tag: string;
  /** 0 removes it. */
  readonly dataVersion: number;
  /** What it must name now; 0: nothing. Undefined: not checked. */
  readonly expected: number | undefined;
  readonly actor: string;
  readonly reason: string;
  readonly identity: RequestIdentity;
}

/** What tags need. */
export interface TagDeps {
  readonly tags: DataTags;
  readonly segments: Pick<SegmentLog, "newestVersion" | "files">;
  readonly catalog: { readonly sources: Pick<Catalog["sources"], "list"> };
  readonly clock: Clock;
  readonly once: Once;
}

/**
 * Lets a tag name a data version, or removes it. What it names already changes nothing. Fails with TAG_MOVED,
 * DATA_VERSION_UNKNOWN and DATA_VERSION_EXPIRED, and with INVALID_FIELD for a name that stands for something else.
 */
export function setTag(deps: TagDeps, move: TagMove): Promise<DataTag> {
  const { project, tag, dataVersion, expected, actor, reason, identity } = move;
  if (tag === "latest" || tag === "newest") throw invalidField("tag", `"${tag}" always is the newest data version`);
  const work = async () => {
    const current = await deps.tags.get(project, tag);
    const named = current?.dataVersion ?? 0;
    if (expected !== undefined && expected !== named) throw tagMoved(tag, expected, named);
    const newest = await deps.segments.newestVersion(project);
    if (dataVersion > newest) throw dataVersionUnknown(dataVersion, newest);
    if (current && named === dataVersion) return { writes: [], response: current };
    if (dataVersion > 0) await checkKept(deps, project, dataVersion);
    const change = { actor, reason, timeMs: deps.clock.now() };
    const next = { project, tag, dataVersion, change };
    const writes = await deps.tags.setting(next, current);
    return { writes, response: { ...next, revision: (current?.revision ?? 0) + 1 } };
  };
  return deps.once({ identity, subject: `${project}/tags/${tag}`, work });
}

/** Looks at the files of every source. Fails with DATA_VERSION_EXPIRED. */
async function checkKept({ catalog, segments }: TagDeps, project: string, dataVersion: number): Promise<void> {
  let token = "";
  do {
    const page = await catalog.sources.list(project, { size: 0, token });
    for (const { id } of page.items) await segments.files(project, id, dataVersion);
    token = page.nextPageToken;
  } while (token !== "");
}

/**
 * The data version that a text names: a number, a tag, or the newest one for an empty text. Fails with
 * DATA_VERSION_UNKNOWN for a number that was not reached, and with NOT_FOUND for a tag that names nothing.
 */
export async function namedVersion(
  { tags, segments }: { readonly tags: DataTags; readonly segments: Pick<SegmentLog, "newestVersion"> },
  project: string,
  text: string,
): Promise<number> {
  const newest = await segments.newestVersion(project);
  if (text === "" || text === "latest" || text === "newest") return newest;
  if (/^[0-9]+$/.test(text)) {
    if (Number(text) > newest) throw dataVersionUnknown(Number(text), newest);
    return Number(text);
  }
  const found = await tags.get(project, text);
  if (!found || found.dataVersion === 0) throw notFound(dataTagName.format({ project, tag: text }));
  return found.dataVersion;
}
