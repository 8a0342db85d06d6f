import type { BoundService } from "../feature-service.ts";
import type { DataChange, DataHistory } from "./data-history.ts";
import type { ExaminedRows } from "./examined-rows.ts";
import type { ComparedFeature } from "./joined-rows.ts";
import type { CauseKind } from "./skew-report.ts";

/** Why one value differs. */
export interface CellCause {
  readonly kind: CauseKind;
  /** The commit that made the difference; undefined if it is not known which, or none did. */
  readonly change?: DataChange;
}

/** What is known of the examined rows. */
export interface Finding {
  readonly examined: ExaminedRows;
  readonly features: readonly ComparedFeature[];
  readonly history: DataHistory;
  /** What was served, and what was joined. */
  readonly served: BoundService;
  readonly joined: BoundService;
  /** The data version that was joined. */
  readonly dataVersion: number;
}

/** One value that differs: a row and a feature, by their places. */
interface Cell {
  readonly row: number;
  readonly feature: number;
}

/** Causes by row and feature; nothing where the values are the same. */
export type Causes = readonly (readonly (CellCause | undefined)[])[];

/**
 * Finds why values differ by joining the rows as they would have been joined otherwise: with the definition that was served, and on the
 * data as it was when they were served, and at the changes since. What gives the served value tells the cause.
 */
export async function findCauses(finding: Finding): Promise<Causes> {
  const { examined, features } = finding;
  const found: (CellCause | undefined)[][] = examined.rows.map(() => []);
  const say = (cells: readonly Cell[], cause: CellCause): void => {
    for (const { row, feature } of cells) (found[row] as (CellCause | undefined)[])[feature] = cause;
  };
  let left: readonly Cell[] = examined.rows.flatMap((it, row) =>
    features.flatMap((_, feature) => (it.served[feature] === it.joined[feature] ? [] : [{ row, feature }])),
  );
  if (finding.served.service.version !== finding.joined.service.version) {
    const { same, other } = await split(finding, finding.dataVersion, left);
    say(same, { kind: "VIEW_CHANGED" });
    left = other;
  }
  const byVersion = new Map<number, Cell[]>();
  for (const cell of left) {
    const version = await finding.history.versionAt(examined.rows[cell.row]?.timeMs ?? 0);
    byVersion.set(version, [...(byVersion.get(version) ?? []), cell]);
  }
  for (const [version, cells] of byVersion) await sinceServed(finding, { version, cells, say });
  return found;
}

/** The cells whose served value a join at a data version gives, with the definition that was served; and the others. */
async function split(
  { examined, served }: Finding,
  dataVersion: number,
  cells: readonly Cell[],
): Promise<{ readonly same: readonly Cell[]; readonly other: readonly Cell[]; readonly isKnown: boolean }> {
  const values = cells.length === 0 ? [] : await examined.joinedAt(served, dataVersion);
  if (values === undefined) return { same: [], other: cells, isKnown: false };
  const isSame = ({ row, feature }: Cell) => values[row]?.[feature] === examined.rows[row]?.served[feature];
  return { same: cells.filter(isSame), other: cells.filter((it) => !isSame(it)), isKnown: true };
}

/** Cells of rows that were served while one data version was the newest. */
interface Group {
  readonly version: number;
  readonly cells: readonly Cell[];
  readonly say: (cells: readonly Cell[], cause: CellCause) => void;
}

async function sinceServed(finding: Finding, { version, cells, say }: Group): Promise<void> {
  const { dataVersion, history } = finding;
  if (version > dataVersion) {
    const { same, other } = await split(finding, version, cells);
    say(same, { kind: "OLDER_DATA" });
    say(other, { kind: "UNKNOWN" });
    return;
  }
  const { same, other } = await split(finding, version, cells);
  for (const { sources, cells: ofSource } of bySources(finding, same)) {
    const { oldest, isAll } = await history.changes(sources, version, dataVersion);
    const last = oldest.at(-1);
    // Of more changes than are told the last ones are not among them: what is still as served there differs by one of those.
    const told = isAll || !last ? ofSource : (await split(finding, last.dataVersion, ofSource)).other;
    say(ofSource, { kind: "UNKNOWN" });
    await attribute(finding, { changes: oldest, cells: told, say });
  }
  for (const { sources, cells: ofSource } of bySources(finding, other)) {
    const since = await history.changes(sources, version, dataVersion);
    // Who was forgotten is in no data version any more, so that what was served cannot be joined again.
    const forgetting = since.oldest.find((it) => it.kind === "forget");
    const earlier = await notOnline(finding, { version, cells: ofSource, say, sources });
    const lost = earlier.filter(({ row, feature }) => finding.examined.rows[row]?.joined[feature] === NOTHING);
    say(earlier, { kind: "UNKNOWN" });
    if (forgetting) say(lost, { kind: "TAKEN_BACK", change: forgetting });
  }
}

interface OfSources {
  readonly sources: readonly string[];
  readonly cells: readonly Cell[];
}

/** Cells by the sources that their values come from: one for a feature of a view, and those of all inputs for one on demand. */
function bySources({ served, features }: Finding, cells: readonly Cell[]): readonly OfSources[] {
  const sources = new Map(served.views.map(({ view }) => [view.id, [view.source]]));
  for (const { id, views } of served.onDemandViews)
    sources.set(id, [...new Set(views.flatMap((it) => sources.get(it.view) ?? []))]);
  const of = ({ feature }: Cell): readonly string[] => sources.get(features[feature]?.view ?? "") ?? [];
  return [...Map.groupBy(cells, (it) => of(it).join(" "))].map(([, some]) => ({
    sources: of(some[0] as Cell),
    cells: some,
  }));
}

/** Canonical bytes of a missing value. */
const NOTHING = "\u0000";

/** Changes since cells were served, which were as served before the first and are not after the last. */
interface Since {
  readonly changes: readonly DataChange[];
  readonly cells: readonly Cell[];
  readonly say: Group["say"];
}

/** Finds for each cell a change that made the difference, by halving. */
async function attribute(finding: Finding, { changes, cells, say }: Since): Promise<void> {
  const [change] = changes;
  if (cells.length === 0) return;
  if (changes.length <= 1 || change === undefined) {
    const kind = change === undefined ? "UNKNOWN" : kindOf(change);
    say(cells, { kind, ...(change && { change }) });
    return;
  }
  const middle = Math.floor(changes.length / 2);
  const before = changes[middle - 1] as DataChange;
  const { same, other, isKnown } = await split(finding, before.dataVersion, cells);
  if (!isKnown) {
    // Enough was joined: what is sure is whether rows came in or only went out.
    const kind = changes.every((it) => it.removes) ? "TAKEN_BACK" : "LATE_DATA";
    say(cells, { kind });
    return;
  }
  await attribute(finding, { changes: changes.slice(middle), cells: same, say });
  await attribute(finding, { changes: changes.slice(0, middle), cells: other, say });
}

const kindOf = ({ removes }: DataChange): CauseKind => (removes ? "TAKEN_BACK" : "LATE_DATA");

/**
 * Cells that are as served on data before the last commits, which were not online yet: what is loaded is online only once it was
 * materialised. Gives those that are not.
 */
async function notOnline(
  finding: Finding,
  { version, cells, say, sources }: Group & { readonly sources: readonly string[] },
): Promise<readonly Cell[]> {
  let left = cells;
  for (const change of await finding.history.last(sources, version)) {
    if (left.length === 0) break;
    const { same, other } = await split(finding, change.dataVersion - 1, left);
    say(same, { kind: "NOT_ONLINE", change });
    left = other;
  }
  return left;
}
