/** How fast a model has been lately, and what follows from it for its batches and its queue. Milliseconds throughout. */
export interface Pacing {
  /** A run of so many rows took the model so long, while so many rows waited behind it. */
  ran(rows: number, ms: number, rowsBehind: number): void;
  /** A caller was let in who will wait so long. */
  came(patienceMs: number): void;
  /** What a run of so many rows will take. */
  runMs(rows: number): number;
  /** What so many rows will take on so many processes, in the batches that they are put into. */
  waitMs(rows: number, processes: number): number;
  /** Rows of different requests to put into one run. */
  batchRows(): number;
  /** How long a request may be held back so that others join its run: 0 unless a queue forms. */
  windowMs(): number;
}

/** What is wanted of the batches of a model. */
export interface BatchGoal {
  /** Most rows of different requests in one run. */
  readonly batchRowsMax: number;
  /** How soon answers should be there; undefined: nobody said. */
  readonly latencyObjectiveMs: number | undefined;
}

/** How much the latest run says about the next: the memory is of about five runs. */
const WEIGHT = 0.2;
/** The share of the objective that a request may be held back. */
const WINDOW_SHARE = 0.1;
/** The share of the objective, or of what callers will wait, that a run of several requests may take. */
const RUN_SHARE = 0.4;
/** The share of it that a run may take at most, where shorter runs would waste much. */
const LATEST_SHARE = 0.8;
/** What is taken for the objective of the window where there is none. */
const OBJECTIVE_MS = 50;
/** So many requests' rows a run on average, and a queue forms. */
const FORMING_ROWS = 4;

/** `goal` is asked each time: it changes with the deployments that have the model. */
export function pacing(goal: () => BatchGoal): Pacing {
  const cost = runCost();
  let rowsPerRun = 1;
  /** One by what callers will wait, on average: those in a hurry count for more. */
  let urgency = 0;

  const batchRows = (): number => {
    const { batchRowsMax, latencyObjectiveMs = Number.POSITIVE_INFINITY } = goal();
    const withinMs = Math.min(latencyObjectiveMs, 1 / urgency);
    // Short runs waste what every run costs: rather longer ones, as long as they are in time.
    const efficient = Math.min(cost.rowsToBeEfficient(), cost.rowsWithin(LATEST_SHARE * withinMs));
    return Math.max(1, Math.min(batchRowsMax, Math.max(efficient, cost.rowsWithin(RUN_SHARE * withinMs))));
  };
  return {
    ran(rows, ms, rowsBehind) {
      cost.learn(rows, ms);
      rowsPerRun += WEIGHT * (rows + rowsBehind - rowsPerRun);
    },
    came(ms) {
      const next = 1 / Math.max(ms, PATIENCE_MS_LEAST);
      urgency = urgency === 0 ? next : urgency + URGENCY_WEIGHT * (next - urgency);
    },
    runMs: cost.of,
    waitMs(rows, processes) {
      const size = batchRows();
      const full = Math.floor(rows / size);
      return (full * cost.of(size) + (rows % size > 0 ? cost.of(rows % size) : 0)) / Math.max(1, processes);
    },
    batchRows,
    windowMs: () => (rowsPerRun < FORMING_ROWS ? 0 : WINDOW_SHARE * (goal().latencyObjectiveMs ?? OBJECTIVE_MS)),
  };
}

/** How fast callers are forgotten. */
const URGENCY_WEIGHT = 0.05;
/** Nobody is in more of a hurry than this: a single caller must not make all batches small. */
const PATIENCE_MS_LEAST = 10;

/** The least share of what a row takes on average that is put down to the row itself. */
const LEAST_PER_ROW = 0.25;

/** What a run costs: a part for each run and a part for each row, by least squares over the latest runs. */
function runCost() {
  let [weight, rows, ms, rowsSquared, rowsMs] = [0, 0, 0, 0, 0];
  // Worked out with each run, since each request asks for them.
  let [perRun, perRow] = [0, 0];
  return {
    learn(count: number, took: number): void {
      const kept = 1 - WEIGHT;
      weight = kept * weight + 1;
      rows = kept * rows + count;
      ms = kept * ms + took;
      rowsSquared = kept * rowsSquared + count ** 2;
      rowsMs = kept * rowsMs + count * took;
      const spread = rowsSquared / weight - (rows / weight) ** 2;
      // Runs of one size alone do not tell the parts apart: then all is by the row.
      const slope = spread < 0.25 ? ms / rows : (rowsMs / weight - (rows * ms) / weight ** 2) / spread;
      // Noise must not make it all a matter of runs: then batches would grow without end.
      perRow = Math.min(Math.max(slope, LEAST_PER_ROW * (ms / rows)), ms / rows);
      perRun = ms / weight - (perRow * rows) / weight;
    },
    of: (count: number): number => perRun + perRow * count,
    /** The most rows that are done within so long; infinite if nothing is known. */
    rowsWithin: (most: number): number =>
      perRow === 0 ? Number.POSITIVE_INFINITY : Math.floor((most - perRun) / perRow),
    /** So many rows that no more than a fifth of a run is what every run costs. */
    rowsToBeEfficient: (): number => (perRow === 0 ? 1 : Math.ceil((4 * perRun) / perRow)),
  };
}
