import type { AggregateView } from "../join-plan.ts";
import { crowdedAggregate, sparseAggregate } from "./aggregate-sql.ts";
import type { BoundView } from "./bound-view.ts";
import { rankOf } from "./event-rank.ts";
import { cutsQuery } from "./events-sql.ts";
import { type Crowd, crowdQuery, crowdsQuery } from "./join-sql.ts";
import { bestLatest, crowdedLatest, sparseLatest } from "./latest-sql.ts";
import type { Pass } from "./passes.ts";
import type { Session } from "./session.ts";

/** Where a view is joined. */
export interface ViewPlace {
  /** The table that is filled. */
  readonly table: string;
  /** The columns k0.. of the spine. */
  readonly keys: readonly string[];
  /** How many rows each file of the view has, and the files whole and divided. */
  readonly rowCounts: readonly number[];
  readonly whole: Pass;
  readonly passes: readonly Pass[];
  /** Begins a step that reads some columns of so many rows, and counts as `share` of that. */
  readonly step: (pass: Pass, columns: readonly string[], share: number) => Promise<void>;
}

/** The spine rows of sparse or of crowded entities. */
interface CrowdCuts {
  readonly crowd: Crowd;
  readonly cuts: string;
}

/** Which sorts of entities the spine has, and their cut-offs: as a table of their own when there are both. */
async function crowdsOf(session: Session, bound: BoundView, { table, keys }: ViewPlace): Promise<readonly CrowdCuts[]> {
  const cuts = cutsQuery(bound, keys);
  const [hasSparse, hasCrowded] = await session.one(crowdsQuery(bound, cuts));
  if (!hasSparse || !hasCrowded) return [{ crowd: hasCrowded ? "crowded" : "sparse", cuts }];
  const both: CrowdCuts[] = [];
  for (const crowd of ["sparse", "crowded"] as const) {
    const name = `${crowd}_${table}`;
    await session.run(`CREATE TEMP TABLE ${name} AS ${crowdQuery(bound, cuts, crowd)}`);
    both.push({ crowd, cuts: `SELECT * FROM ${name}` });
  }
  return both;
}

/** The columns by which it is decided which events enter. */
const decisiveColumns = ({ keys, eventTime, knowledgeTime }: BoundView): readonly string[] => [
  ...keys.map((it) => it.view.name),
  eventTime.name,
  knowledgeTime.name,
];

/**
 * Fills the table of a latest view: row, e and kt (times of the event that enters), f and n (where it stands).
 *
 * Events of crowded entities are sorted, pass by pass, so that the memory suffices whatever their number.
 */
export async function joinLatest(session: Session, bound: BoundView, place: ViewPlace): Promise<void> {
  const { table, whole, passes, rowCounts, step } = place;
  const crowds = await crowdsOf(session, bound, place);
  const rank = await rankOf(session, bound, rowCounts);
  const into = (name: string, isFirst: boolean): string =>
    isFirst ? `CREATE TEMP TABLE ${name} AS` : `INSERT INTO ${name} BY NAME`;
  for (const [i, { crowd, cuts }] of crowds.entries()) {
    const share = 1 / crowds.length;
    if (crowd === "sparse") {
      await step(whole, decisiveColumns(bound), share);
      await session.run(`${into(table, i === 0)} ${sparseLatest(bound, { cuts, pass: whole, rank })}`);
      continue;
    }
    const found = `found_${table}`;
    for (const [n, pass] of passes.entries()) {
      await step(pass, decisiveColumns(bound), share);
      await session.run(`${into(found, n === 0)} ${crowdedLatest(bound, { cuts, pass, rank })}`);
    }
    await session.run(`${into(table, i === 0)} ${bestLatest(found, rank)}`);
    await session.run(`DROP TABLE ${found}`);
  }
}

/** Fills the table of an aggregate view: row, e and kt (latest times of what entered), c0.. (values). */
export async function joinAggregate(
  session: Session,
  bound: BoundView<AggregateView>,
  place: ViewPlace,
): Promise<void> {
  const crowds = await crowdsOf(session, bound, place);
  for (const [i, { crowd, cuts }] of crowds.entries()) {
    const columns = [...decisiveColumns(bound), ...bound.inputs.flatMap((it) => it?.name ?? [])];
    await place.step(place.whole, columns, 1 / crowds.length);
    const found = (crowd === "sparse" ? sparseAggregate : crowdedAggregate)(bound, cuts);
    const into = i === 0 ? `CREATE TEMP TABLE ${place.table} AS` : `INSERT INTO ${place.table} BY NAME`;
    await session.run(`${into} ${found}`);
  }
}
