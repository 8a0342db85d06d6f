/** How many there were, and how long they took together. */
export interface TimeTotal {
  readonly count: number;
  readonly ns: number;
}

/** One run of a model, for one request or for several. */
export interface ModelExecution {
  /** Rows of all requests in it. */
  readonly rows: number;
  /** Putting the inputs together, and carrying them to the model's process and the outputs back. */
  readonly inputNs: number;
  /** The model itself. */
  readonly inferNs: number;
  /** Handing the outputs to their requests. */
  readonly outputNs: number;
}

/** The runs of batches of one size. */
export interface BatchStatistics {
  readonly rows: number;
  readonly input: TimeTotal;
  readonly infer: TimeTotal;
  readonly output: TimeTotal;
}

/**
 * What came through one handle of a model since it was loaded. Holders of the same model are counted apart; a run that
 * several of them share counts as a run of each.
 */
export interface ModelStatistics {
  /** When the last answer was given; 0 if there was none. */
  readonly lastMs: number;
  /** Rows answered. */
  readonly rows: number;
  /** Runs of the model: fewer than requests where it ran for several at once. */
  readonly executions: number;
  /** Requests, from their arrival until their answer. */
  readonly success: TimeTotal;
  readonly fail: TimeTotal;
  /** Requests, from their arrival until their run began. */
  readonly queue: TimeTotal;
  /** What the runs of the answered requests took: each request counts its run whole. */
  readonly input: TimeTotal;
  readonly infer: TimeTotal;
  readonly output: TimeTotal;
  /** Answers from a cache, and those that it did not have. */
  readonly cacheHit: TimeTotal;
  readonly cacheMiss: TimeTotal;
  /** By ascending rows. */
  readonly batches: readonly BatchStatistics[];
}

/** Counts for one handle. */
export interface StatisticsCounter {
  /**
   * Counts one request around its work. The work is given what to tell about its run: the same object for all requests
   * of one run, and how long this request waited for it.
   */
  request<T>(rows: number, work: (tell: RunTold) => Promise<T>): Promise<T>;
  /** Counts one look into a cache, and what it took until its answer was there. */
  cache(isHit: boolean, ns: number): void;
  read(): ModelStatistics;
}

/** Told once a request, when its run has ended well. */
export type RunTold = (execution: ModelExecution, queueNs: number) => void;

/** Sizes of batches that are counted each by itself; larger ones are counted with the largest of them. */
const BATCH_SIZES_MAX = 1_024;

/** Starts at nothing. `now` gives milliseconds since the epoch. */
export function statisticsCounter(now: () => number): StatisticsCounter {
  const [success, fail, queue, input, infer, output] = [total(), total(), total(), total(), total(), total()];
  const [cacheHit, cacheMiss] = [total(), total()];
  const batches = new Map<number, ReturnType<typeof batchTotals>>();
  let [lastMs, rows, executions] = [0, 0, 0];
  let lastExecution: ModelExecution | undefined;

  const told: RunTold = (execution, queueNs) => {
    queue.add(queueNs);
    input.add(execution.inputNs);
    infer.add(execution.inferNs);
    output.add(execution.outputNs);
    // Requests of one run are told of it one right after the other.
    if (execution === lastExecution) return;
    lastExecution = execution;
    executions += 1;
    const size = Math.min(execution.rows, BATCH_SIZES_MAX);
    const batch = batches.get(size) ?? batchTotals();
    batches.set(size, batch);
    batch.add(execution);
  };
  return {
    async request(count, work) {
      const startedAt = performance.now();
      try {
        const answer = await work(told);
        success.add((performance.now() - startedAt) * 1e6);
        rows += count;
        lastMs = now();
        return answer;
      } catch (error) {
        fail.add((performance.now() - startedAt) * 1e6);
        throw error;
      }
    },
    cache: (isHit, ns) => (isHit ? cacheHit : cacheMiss).add(ns),
    read: () => ({
      lastMs,
      rows,
      executions,
      success: success.read(),
      fail: fail.read(),
      queue: queue.read(),
      input: input.read(),
      infer: infer.read(),
      output: output.read(),
      cacheHit: cacheHit.read(),
      cacheMiss: cacheMiss.read(),
      batches: [...batches].sort(([a], [b]) => a - b).map(([size, it]) => ({ rows: size, ...it.read() })),
    }),
  };
}

/** Of a graph: its own requests and caches, and the runs of all of its models. */
export function graphStatistics(own: ModelStatistics, models: readonly ModelStatistics[]): ModelStatistics {
  const sum = (of: "queue" | "input" | "infer" | "output"): TimeTotal => sumOf(models.map((it) => it[of]));
  const sizes = [...new Set(models.flatMap((it) => it.batches.map((batch) => batch.rows)))].sort((a, b) => a - b);
  return {
    ...own,
    executions: models.reduce((count, it) => count + it.executions, 0),
    queue: sum("queue"),
    input: sum("input"),
    infer: sum("infer"),
    output: sum("output"),
    batches: sizes.map((rows) => {
      const all = models.flatMap((it) => it.batches.filter((batch) => batch.rows === rows));
      const [input, infer, output] = [all.map((it) => it.input), all.map((it) => it.infer), all.map((it) => it.output)];
      return { rows, input: sumOf(input), infer: sumOf(infer), output: sumOf(output) };
    }),
  };
}

const sumOf = (all: readonly TimeTotal[]): TimeTotal => ({
  count: all.reduce((sum, it) => sum + it.count, 0),
  ns: all.reduce((sum, it) => sum + it.ns, 0),
});

/** A total that grows in place: it is added to several times a request. */
function total() {
  let [count, ns] = [0, 0];
  return {
    add(more: number): void {
      count += 1;
      ns += more;
    },
    read: (): TimeTotal => ({ count, ns }),
  };
}

function batchTotals() {
  const [input, infer, output] = [total(), total(), total()];
  return {
    add({ inputNs, inferNs, outputNs }: ModelExecution): void {
      input.add(inputNs);
      infer.add(inferNs);
      output.add(outputNs);
    },
    read: () => ({ input: input.read(), infer: infer.read(), output: output.read() }),
  };
}
