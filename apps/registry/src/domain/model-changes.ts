import { notFound } from "@throughline/kernel";
import type { ListPage, PageRequest } from "./change.ts";
import { changeLog, type Fields, logSource } from "./change-log.ts";
import type { FieldChange } from "./model.ts";
import type { ModelHead } from "./model-head.ts";
import type { ModelRecord, VersionRecord } from "./model-store.ts";
import type { VersionReading } from "./model-versions.ts";
import { parseVersionName, versionNumber } from "./names.ts";

const prefixed = (prefix: string, entries: Readonly<Record<string, string | number>>): Fields =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${prefix}.${key}`, String(value)]));

const modelFields = ({ displayName, description, tags }: ModelRecord): Fields => ({
  display_name: displayName,
  description,
  ...prefixed("tags", tags),
});

const aliasFields = ({ aliases }: ModelHead): Fields => prefixed("aliases", aliases);

const versionFields = ({ description, tags, stage, approvals }: VersionRecord): Fields => ({
  stage,
  description,
  ...prefixed("tags", tags),
  ...prefixed(
    "approvals",
    Object.fromEntries(
      approvals.map((it) => [
        it.actor,
        `${it.approved ? "for" : "against"}${it.reason === "" ? "" : `: ${it.reason}`}`,
      ]),
    ),
  ),
});

/**
 * Every change of a model's texts, tags and aliases, newest first, those before its deletion included. Fails with
 * NOT_FOUND if it never was.
 */
export async function listModelChanges(
  { models, heads }: VersionReading,
  name: string,
  page: PageRequest,
): Promise<ListPage<FieldChange>> {
  if ((await models.history(name, { limit: 1 })).items.length === 0) throw notFound(name);
  const texts = logSource((it) => models.history(name, it), modelFields);
  const aliases = logSource((it) => heads.history(name, it), aliasFields);
  return changeLog([texts, aliases], page);
}

/** Every change of what is said of a version, newest first, its deletion included. Fails with NOT_FOUND if it never was. */
export async function listVersionChanges(
  { versions }: VersionReading,
  name: string,
  page: PageRequest,
): Promise<ListPage<FieldChange>> {
  const { selector } = parseVersionName(name, "name");
  if (versionNumber(selector) === undefined || (await versions.history(name, { limit: 1 })).items.length === 0)
    throw notFound(name);
  return changeLog([logSource((it) => versions.history(name, it), versionFields)], page);
}
