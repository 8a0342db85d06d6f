import { DomainError } from "@throughline/kernel";
import type { Change, Write } from "@throughline/store";
import { dataRetentionName } from "../names.ts";

/** How long a project's data versions are kept, as one change left it. */
export interface DataRetention {
  readonly project: string;
  /** How long a data version is needed after the next one was committed. Undefined: for ever. */
  readonly keepMs: number | undefined;
  /** From 1, dense. */
  readonly revision: number;
  readonly change: Change;
}

/** The rules of all projects, with every change of them. Of several writers that read the same revision exactly one succeeds. */
export interface DataRetentions {
  /** The rule of now, or the one of a time. */
  get(project: string, asOfMs?: number): Promise<DataRetention | undefined>;
  setting(next: Omit<DataRetention, "revision">, current: DataRetention | undefined): Promise<readonly Write[]>;
}

/** A rule on its way. */
export interface WantedRetention extends Omit<DataRetention, "revision"> {
  /** Undefined: any revision may be current. */
  readonly expected: number | undefined;
}

/** What becomes of it. The same rule again changes nothing. Fails with RETENTION_MOVED. */
export async function planRetention(retentions: DataRetentions, { expected, ...next }: WantedRetention) {
  const current = await retentions.get(next.project);
  const revision = current?.revision ?? 0;
  if (expected !== undefined && expected !== revision) throw retentionMoved(next.project, expected, revision);
  if (current && current.keepMs === next.keepMs) return { kept: current, writes: [] };
  return { kept: { ...next, revision: revision + 1 }, writes: await retentions.setting(next, current) };
}

/** Another revision is current than the caller believes. */
const retentionMoved = (project: string, expected: number, actual: number): DomainError =>
  new DomainError(
    "conflict",
    "RETENTION_MOVED",
    `${dataRetentionName.format({ project })} is at revision ${actual}, not ${expected}: somebody set it meanwhile. Look at it again, then decide.`,
    { metadata: { project, expected: String(expected), actual: String(actual) } },
  );
