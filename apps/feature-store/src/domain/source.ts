import { type Digest, digestOfJson } from "@throughline/kernel";
import type { PrivacyPolicy } from "@throughline/privacy";
import { problems, refuseTwins } from "./problems.ts";
import type { Column } from "./value-type.ts";

/** How the knowledge time of a row is found. */
export type KnowledgeTime =
  | { readonly kind: "column"; readonly column: string }
  | { readonly kind: "delay"; readonly delayNs: bigint };

/** How rows come: files of one format, pushes (with files for the past), or values with each request that are never kept. */
export type SourceKind = "parquet" | "csv" | "request" | "push" | "stream";

/**
 * What the author of a source says. Description, owner and tags change in place; columns may be added, which makes the next version;
 * nothing else ever changes.
 */
export interface SourceDefinition {
  /** Undefined: files of both formats, and pushes. */
  readonly kind?: SourceKind;
  readonly columns: readonly Column[];
  readonly eventTimeColumn: string;
  readonly knowledgeTime: KnowledgeTime;
  /** True leaves rows without times out and counts them, false refuses the load. */
  readonly skipRowsWithoutTime: boolean;
  readonly description: string;
  readonly owner?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What the author of a source says, and of the people in it. Undefined: the privacy policy stays what it is. */
export interface WantedSource extends SourceDefinition {
  readonly privacyPolicy?: PrivacyPolicy;
}

/** Where rows come from, and how many came so far. */
export interface Source extends SourceDefinition {
  readonly project: string;
  readonly id: string;
  readonly digest: Digest;
  readonly createTimeMs: number;
  /** How many of the columns each version has, first to last. Undefined: there is one version, with all of them. */
  readonly columnCounts?: readonly number[];
  readonly rowCount: number;
  /** The data version that the newest segment made; 0 while there is none. */
  readonly dataVersion: number;
  /** Names the online values that are right. Undefined until the first revert: those that are named by their layout alone. */
  readonly generation?: string;
  /** The data version that made it so. */
  readonly generationSince?: number;
  /** Names the online values that lie over them, of what the last revert touched. Undefined if there are none. */
  readonly overlay?: string;
  /** How often values that lay over them were written into them since. */
  readonly generationFolds?: number;
  /** Over all rows. Undefined if there is none, or if it came before these times were kept. */
  readonly newestEventNs?: bigint | undefined;
  readonly newestKnowledgeNs?: bigint | undefined;
}

/** The number of a source's version, from 1. */
export const sourceVersion = ({ columnCounts }: Pick<Source, "columnCounts">): number => columnCounts?.length ?? 1;

/** What a file of a source remembers of its columns. */
export interface WrittenColumns {
  /** The version of the source whose columns it has. Undefined: the first. */
  readonly sourceVersion?: number;
}

/** The columns that a file of a source lacks, since the source got them later: in all of its rows they are missing. */
export const lackedColumns = (
  { columns, columnCounts }: Pick<Source, "columns" | "columnCounts">,
  { sourceVersion: written = 1 }: WrittenColumns,
): readonly Column[] => (columnCounts ? columns.slice(columnCounts[written - 1] ?? columns.length) : []);

/** How rows come into a source of a kind: files of a format, or pushes, calls or streams. */
export function takes(kind: SourceKind): readonly ("parquet" | "csv" | "push")[] {
  if (kind === "request") return [];
  return kind === "push" || kind === "stream" ? ["parquet", "csv", "push"] : [kind];
}

/** Columns of every segment that the platform adds behind the source's own. No column of a source starts so. */
export const SEGMENT_COLUMNS = {
  eventTime: "__event_time",
  knowledgeTime: "__knowledge_time",
  rowNumber: "__row_number",
} as const;

/** Fails with INVALID_FIELD and everything that is wrong. */
export function checkSource(source: SourceDefinition): void {
  const found = problems();
  const { columns, eventTimeColumn, knowledgeTime } = source;
  const pathAt = (i: number): string => `source.columns[${i}].name`;
  refuseTwins(
    found,
    columns.map((it) => it.name),
    pathAt,
  );
  columns.forEach(({ name }, i) => {
    if (name.startsWith("__")) found.add(pathAt(i), `"${name}" starts with __, which is kept for the platform`);
  });
  const checkTime = (name: string, path: string): void => {
    const column = columns.find((it) => it.name === name);
    if (!column) found.add(path, `the source has no column "${name}"`);
    else if (column.type !== "timestamp") found.add(path, `"${name}" is of type ${column.type}, not timestamp`);
  };
  if (source.kind === "request") {
    if (eventTimeColumn !== "") found.add("source.event_time_column", "values that come with a request have no times");
    found.throwIfAny();
    return;
  }
  checkTime(eventTimeColumn, "source.event_time_column");
  if (knowledgeTime.kind === "column") checkTime(knowledgeTime.column, "source.knowledge_time_column");
  else if (knowledgeTime.delayNs < 0n) found.add("source.knowledge_delay", "nothing is known before it happens");
  found.throwIfAny();
}

/** SHA-256 of the canonical definition. */
export const sourceDigest = (source: SourceDefinition): Digest =>
  digestOfJson({
    columns: source.columns.map(({ name, type, description }) => ({ name, type, description })),
    eventTimeColumn: source.eventTimeColumn,
    knowledgeTime:
      source.knowledgeTime.kind === "column"
        ? { column: source.knowledgeTime.column }
        : { delayNs: String(source.knowledgeTime.delayNs) },
    skipRowsWithoutTime: source.skipRowsWithoutTime,
    description: source.description,
    ...(source.kind !== undefined && { kind: source.kind }),
  });
