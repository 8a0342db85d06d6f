import { type Digest, digestOfJson } from "@throughline/kernel";
import {
  type AnonymityDemand,
  type Column,
  type ColumnClass,
  type PrivacyReport,
  type Treatment,
  treatmentFor,
} from "@throughline/privacy";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { BoundService } from "../feature-service.ts";
import type { Run } from "../load-source.ts";
import type { ScratchFiles } from "../scratch.ts";
import { carryRows, nothingToCarry } from "./carry-rows.ts";
import { type CarryingPlan, policyDigests } from "./carrying.ts";

/** What was done to the columns of a training set that are about people. */
export interface SetPrivacy {
  readonly purpose: string;
  readonly policies: CarryingPlan["applied"];
  readonly columns: readonly TreatedColumn[];
  /** 0: no key was used. */
  readonly keyVersion: number;
  /** Merkle root over the joined features, before any treatment. */
  readonly joinedDigest: Digest;
  readonly suppressedRows: number;
  /** Undefined: the policies demand nothing. */
  readonly report?: PrivacyReport;
  readonly demand?: AnonymityDemand;
}

/** One column that a rule names. */
export interface TreatedColumn {
  readonly column: string;
  readonly class: ColumnClass;
  readonly treatment: Treatment["kind"];
  readonly suppressedCells: number;
}

/** What a set is known by, besides its rows. */
export const privacyIdentity = ({ purpose, policies, keyVersion, joinedDigest }: SetPrivacy) => ({
  purpose,
  keyVersion,
  joinedDigest,
  policies: policies.map(({ source, version, digest }) => ({ source, version, digest })),
});

/** Joined rows, on their way into a training set. */
export interface Joined {
  /** Undefined: nothing is said of the columns. */
  readonly plan: CarryingPlan | undefined;
  readonly table: Pick<WrittenTable, "path" | "columns" | "rowCount" | "byteCount" | "fileDigest">;
  readonly bound: BoundService;
  readonly spineDigest: Digest;
  readonly scratch: ScratchFiles;
  readonly run: Run;
}

/** Rows as they go into the file of a training set. */
export interface Carried {
  readonly table: Joined["table"];
  /** Merkle root over the features that are left, in the service's order. */
  readonly digest: Digest;
  readonly privacy: SetPrivacy | undefined;
}

/**
 * Treats joined rows as their plan says, and digests what comes of it. `tables` computes digests, `local` reads and writes rows.
 * Fails as `carryRows` does.
 */
export async function carryJoined(
  { tables, local }: { readonly tables: TableEngine; readonly local: TableEngine },
  joined: Joined,
): Promise<Carried> {
  const { plan, table, bound, run } = joined;
  const features = bound.features.map((it) => it.name);
  const digestOf = async (of: Joined["table"]): Promise<Digest> => {
    const columns = features.filter((name) => of.columns.some((it) => it.name === name));
    if (columns.length === 0) throw nothingToCarry(plan?.purpose ?? "");
    return (await tables.rowsIdentity({ segments: [of.path], columns }, { signal: run.signal })).merkleRoot;
  };
  const joinedDigest = await digestOf(table);
  if (!plan) return { table, digest: joinedDigest, privacy: undefined };
  if (plan.isAsJoined && plan.policy.demand === undefined)
    return { table, digest: joinedDigest, privacy: privacyOf(plan, { joinedDigest, suppressedRows: 0 }) };
  const seed = digestOfJson([
    joinedDigest,
    joined.spineDigest,
    bound.service.digest,
    ...Object.entries(policyDigests(plan)).flat(),
  ]);
  const { table: carried, ...rest } = await carryRows(local, { ...joined, plan, joined: table, seed });
  return { table: carried, digest: await digestOf(carried), privacy: privacyOf(plan, { ...rest, joinedDigest }) };
}

interface Done {
  readonly joinedDigest: Digest;
  readonly suppressedRows: number;
  readonly suppressedCells?: ReadonlyMap<string, number>;
  readonly report?: PrivacyReport | undefined;
}

function privacyOf(plan: CarryingPlan, done: Done): SetPrivacy {
  const { purpose, policy, applied: policies, ruled, keyVersion } = plan;
  const { joinedDigest, suppressedRows, suppressedCells, report } = done;
  return {
    purpose,
    policies,
    keyVersion,
    joinedDigest,
    suppressedRows,
    columns: ruled.map((column) => ({
      column,
      class: policy.columns.find((it) => it.column === column)?.class ?? "none",
      treatment: treatmentFor(policy, column, purpose)?.kind ?? "keep",
      suppressedCells: suppressedCells?.get(column) ?? 0,
    })),
    ...(report && { report }),
    ...(policy.demand && { demand: policy.demand }),
  };
}

/** The columns of the joined rows: those of the spine, then the features of views, and what is computed of both. */
export const joinedColumns = (
  spine: readonly { readonly name: string; readonly type: Column["type"] | undefined }[],
  { features }: BoundService,
): readonly Column[] => [
  ...spine.flatMap(({ name, type }) => (type ? [{ name, type }] : [])),
  ...features.flatMap(({ name, ...it }) =>
    it.from === "request" ? [] : [{ name, type: it.from === "view" ? it.feature.type : it.type }],
  ),
];
