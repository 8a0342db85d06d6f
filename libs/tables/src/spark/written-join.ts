import { invariant } from "@throughline/kernel";
import type { BoundView } from "../engine/bound-view.ts";
import { spineColumns } from "../engine/join-sql.ts";
import type { AggregateView, LatestView, WindowView } from "../join-plan.ts";
import { aggregateOnSpark } from "./aggregate-sql.ts";
import type { BoundFiles } from "./bound-join.ts";
import { openRows } from "./file-rows.ts";
import { latestOnSpark, type ViewKeys } from "./join-sql.ts";
import type { SparkSession } from "./session.ts";
import type { SparkCall } from "./spark-call.ts";
import { windowEventsOnSpark } from "./window-sql.ts";

/** Where Spark writes what: local paths of folders that are not there yet. */
export interface JoinFolders {
  readonly joined: string;
  /** For the events of the view of this number, if it is of kind `window`. */
  readonly events: (index: number) => string;
}

/** Views that Spark joins by itself. */
export const isJoinedOnSpark = ({ view }: BoundView): boolean => view.kind !== "window";

/**
 * Runs a join. The joined rows are in spine order: r (number of the row), o0.. (outputs of the join, but for those of window views), m0.. (true where
 * a view has an event) and l0.. (where it has a later one). Of window views, the events that can enter a window are written in their order.
 */
export async function writeJoin(call: SparkCall, join: BoundFiles, folders: JoinFolders): Promise<void> {
  await using session = await call.open();
  const windows = join.views.flatMap((view, i) => (isJoinedOnSpark(view) ? [] : [{ view, i }]));
  const phase = (step: number): void => {
    const steps = 1 + windows.length;
    session.phase((SPARK_SHARE * step) / steps, (SPARK_SHARE * (step + 1)) / steps);
  };
  phase(0);
  const keys = spineColumns(join);
  const named = await openTables(session, { join, keys, files: call.files });
  const keysOf = (view: BoundView, i: number): ViewKeys => ({
    events: `events${i}`,
    spineKeys: view.keys.map((it) => `k${keys.indexOf(it.spine.name)}`),
  });
  const views = join.views.flatMap((view, i) =>
    isJoinedOnSpark(view) ? [`view${i} AS (${viewOnSpark(view, keysOf(view, i))})`] : [],
  );
  await session.write(
    `WITH ${[...named, ...views].join(", ")} ${joinedQuery(join)}`,
    call.files.exchanged(folders.joined),
  );
  for (const [step, { view, i }] of windows.entries()) {
    phase(1 + step);
    const events = windowEventsOnSpark(view as BoundView<WindowView>, keysOf(view, i));
    await session.write(`WITH ${named.join(", ")} ${events}`, call.files.exchanged(folders.events(i)));
  }
}

/** The share of a join that is done when Spark has done its part. */
export const SPARK_SHARE = 0.8;

interface Tables {
  readonly join: BoundFiles;
  readonly keys: readonly string[];
  readonly files: SparkCall["files"];
}

/** SQL of the spine (r, cut, k0.., p0..) and of the events of each view (r, e, kt, j0.., c0..), as members of a WITH. */
async function openTables(session: SparkSession, { join, keys, files }: Tables): Promise<readonly string[]> {
  const keyTypes = new Map(join.views.flatMap((view) => view.keys.map((it) => [it.spine.name, it.spine])));
  const spine = [
    { column: join.cutoff, as: "cut" },
    ...keys.flatMap((name, i) => {
      const column = keyTypes.get(name);
      return column ? [{ column, as: `k${i}`, isKey: true }] : [];
    }),
    ...join.passthrough.map((column, i) => ({ column, as: `p${i}` })),
  ];
  const tables = [
    { name: "spine", shape: join.spine, columns: spine },
    ...join.views.map((view, i) => {
      const shape = join.viewFiles[i];
      invariant(shape, "every view has its files");
      return { name: `events${i}`, shape, columns: eventColumns(view) };
    }),
  ];
  const opened = tables.map(async (it) => `${it.name} AS (${await openRows(session, it, files)})`);
  return Promise.all(opened);
}

const eventColumns = (view: BoundView) => [
  ...view.keys.map((it, i) => ({ column: it.view, as: `j${i}`, isKey: true })),
  { column: view.eventTime, as: "e" },
  { column: view.knowledgeTime, as: "kt" },
  ...view.inputs.flatMap((column, i) => (column ? [{ column, as: `c${i}` }] : [])),
];

const viewOnSpark = (bound: BoundView, keys: ViewKeys): string =>
  bound.view.kind === "latest"
    ? latestOnSpark(bound as BoundView<LatestView>, keys)
    : aggregateOnSpark(bound as BoundView<AggregateView>, keys);

function joinedQuery(join: BoundFiles): string {
  const joined = join.views.flatMap((view, v) => (isJoinedOnSpark(view) ? [{ view, v }] : []));
  const values = [
    ...join.passthrough.map((_, i) => `s.p${i}`),
    ...joined.flatMap(({ view, v }) => view.outputs.map((_, i) => `v${v}.c${i}`)),
  ];
  const columns = [
    "s.r AS r",
    ...values.map((it, i) => `${it} AS o${i}`),
    ...joined.flatMap(({ v }) => [
      `v${v}.e IS NOT NULL AS m${v}`,
      `COALESCE(v${v}.e > s.cut OR v${v}.kt > s.cut, FALSE) AS l${v}`,
    ]),
  ];
  const views = joined.map(({ v }) => `LEFT JOIN view${v} v${v} ON v${v}.r = s.r`);
  return `SELECT ${columns.join(", ")} FROM spine s ${views.join(" ")} ORDER BY s.r`;
}
