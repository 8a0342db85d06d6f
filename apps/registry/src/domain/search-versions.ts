import {
  type Dialect,
  type Expression,
  type Lookup,
  MODEL_VERSIONS,
  parseFilter,
  parseOrderBy,
} from "@throughline/search";
import type { ListPage, PageRequest } from "./change.ts";
import type { ModelVersion } from "./model.ts";
import { aliasesByVersion, type ModelHead } from "./model-head.ts";
import type { StoredVersion, VersionRecord } from "./model-store.ts";
import { assembled, type VersionReading } from "./model-versions.ts";
import { hintOf, textsOf } from "./search-hints.ts";
import type { Search } from "./search-models.ts";
import { firstValue, searchPage } from "./search-page.ts";

const DIALECT: Dialect = {
  ...MODEL_VERSIONS,
  attributes: { ...MODEL_VERSIONS.attributes, aliases: "text" },
  synonyms: { ...MODEL_VERSIONS.synonyms, stage: "current_stage" },
  entities: ["tag"],
};

/** A version with what a filter may ask of it. */
interface Candidate {
  readonly stored: StoredVersion;
  readonly displayName: string;
  readonly aliases: readonly string[];
}

/** What is known of a model while its versions are searched. */
interface Parent {
  readonly displayName: string;
  readonly head: ModelHead;
  readonly aliases: ReadonlyMap<number, readonly string[]>;
}

/** Versions that a filter holds for, last changed first unless another order is given. Fails as filters and orders do. */
export async function searchVersions(
  deps: VersionReading,
  { project, filter, orderBy, asOfMs }: Search,
  page: PageRequest,
): Promise<ListPage<ModelVersion>> {
  const expression = parseFilter(filter, DIALECT);
  const keys = parseOrderBy(orderBy.length === 0 ? ["last_updated_timestamp DESC"] : orderBy, DIALECT);
  const [first] = keys;
  const ordered =
    asOfMs === undefined &&
    first?.field.entity === "attribute" &&
    first.field.key === "last_updated_timestamp" &&
    first.direction === "desc";
  const from = ordered ? firstValue(page.after) : undefined;
  const hint = await hintFor(deps, project, expression);
  const where = typeof from === "number" ? { and: [hint, { field: "updateTimeMs", lte: from } as const] } : hint;
  const parents = new Map<string, Parent | undefined>();
  const found = await searchPage<Candidate>(
    {
      ...(expression && { expression }),
      keys,
      ordered,
      lookup,
      async read(position) {
        const read = await (asOfMs === undefined
          ? deps.versions.scan(project, where, position)
          : deps.versions.listAsOf(`${project}/models/`, asOfMs, position));
        await learn(deps, { parents, asOfMs }, read.items);
        return { ...read, items: read.items.flatMap((it) => candidate(it, parents.get(it.record.model))) };
      },
    },
    page,
  );
  const heads = new Map([...parents].flatMap(([model, it]) => (it ? [[model, it.head] as const] : [])));
  const stored = found.items.map((it) => it.stored);
  return { ...found, items: await assembled(deps, stored, heads) };
}

async function hintFor({ models }: VersionReading, project: string, expression: Expression | undefined) {
  const byTitle = new Map<string | number, string>();
  for (const title of new Set(textsOf(expression, "name"))) {
    const model = await models.named(project, title);
    if (model !== undefined) byTitle.set(title, model);
  }
  return hintOf<VersionRecord>(expression, ({ entity, key }) => {
    if (entity === "tag") return { path: ["tags", key] };
    if (entity !== "attribute") return undefined;
    if (key === "name") return { path: "model", stored: (title) => byTitle.get(title) };
    if (key === "run_id") return { path: "run", stored: (id) => `${project}/runs/${id}` };
    if (key === "current_stage") return { path: "stage" };
    if (key === "source_path") return { path: "sourceUri" };
    return key === "version_number" ? { path: "version" } : undefined;
  });
}

/** Learns of the models of versions what is not known yet. Those that are gone are undefined. */
async function learn(
  { models, heads }: VersionReading,
  { parents, asOfMs }: { readonly parents: Map<string, Parent | undefined>; readonly asOfMs: number | undefined },
  versions: readonly StoredVersion[],
): Promise<void> {
  const unknown = [...new Set(versions.map((it) => it.record.model))].filter((it) => !parents.has(it));
  const [stored, known] = await Promise.all([models.getMany(unknown, asOfMs), heads.getMany(unknown, asOfMs)]);
  for (const [i, name] of unknown.entries()) {
    const head = known[i]?.record;
    const displayName = stored[i]?.record.displayName;
    parents.set(
      name,
      head && displayName !== undefined ? { displayName, head, aliases: aliasesByVersion(head) } : undefined,
    );
  }
}

/** None for a version that went with its model. */
function candidate(stored: StoredVersion, parent: Parent | undefined): readonly Candidate[] {
  const { version } = stored.record;
  if (!parent || version < parent.head.first) return [];
  return [{ stored, displayName: parent.displayName, aliases: parent.aliases.get(version) ?? [] }];
}

const given = (text: string): string | undefined => (text === "" ? undefined : text);

const lookup =
  ({ stored: { record, change }, displayName, aliases }: Candidate): Lookup =>
  ({ entity, key }) => {
    if (entity === "tag") return Object.hasOwn(record.tags, key) ? record.tags[key] : undefined;
    switch (key) {
      case "name":
        return displayName;
      case "version_number":
        return record.version;
      case "run_id":
        return given(record.run.split("/").at(-1) ?? "");
      case "source_path":
        return given(record.sourceUri);
      case "description":
        return given(record.description);
      case "current_stage":
        return record.stage;
      case "status":
        return "READY";
      case "user_id":
        return record.author;
      case "creation_timestamp":
        return record.createTimeMs;
      case "last_updated_timestamp":
        return change.timeMs;
      case "aliases":
        return aliases;
      default:
        return undefined;
    }
  };
