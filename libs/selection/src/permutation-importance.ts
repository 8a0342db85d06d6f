import { digestOfJson, invalidField } from "@throughline/kernel";
import { type Interval, momentsOf, normalInterval, sampleVariance, seededRandom } from "@throughline/stats";
import { type DataColumn, rowCount, shuffleStart, takeRows } from "./column.ts";

/** Predicts for every row. The columns come in their order; the model does not change between calls. */
export type Predict = (columns: readonly DataColumn[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** The loss of a prediction for the row at a position: squared error, log loss or whatever the model is judged by. Less is better. */
export type Loss = (prediction: number, row: number) => number;

/** What is measured. */
export interface ImportanceTask {
  /** Rows that the model was not trained on. */
  readonly columns: readonly DataColumn[];
  readonly predict: Predict;
  readonly loss: Loss;
  /**
   * Columns that are shuffled together. Features that say the same hide each other if they are shuffled one by one: each looks
   * unimportant, as the model reads the other. Default: each by itself.
   */
  readonly groups?: readonly (readonly string[])[];
  /** How often each group is shuffled. Default 10. */
  readonly repeats?: number;
  readonly seed: number;
}

/** How much worse a model gets without what a group of columns tells. */
export interface Importance {
  readonly columns: readonly string[];
  /**
   * The mean rise of the loss over rows and repeats, with its 95% interval over rows: what other rows of the same kind would
   * show. Rows are taken as independent; each counts with its own rise and with those of the rows that got its values (a
   * U-statistic, Hoeffding 1948). With few repeats it is too wide rather than too narrow.
   */
  readonly rise: Interval;
  /** The mean rise of each repeat: how much of the scatter is the shuffling's. */
  readonly repeats: readonly number[];
}

const REPEATS = 10;
const PREDICTIONS_MAX = 100_000;

/**
 * Permutation importance (Breiman 2001, doi:10.1023/A:1010933404324; Fisher, Rudin and Dominici 2019, arXiv:1801.01489), in the order of
 * the groups. The shuffles of a group depend on the seed and its columns alone, not on what else is measured.
 *
 * @throws DomainError invalid IMPORTANCE_TASK if a group names no column, or for more than 100,000 calls of `predict`.
 */
export async function permutationImportances(task: ImportanceTask): Promise<readonly Importance[]> {
  const { columns, seed, repeats = REPEATS } = task;
  const groups = task.groups ?? columns.map((it) => [it.name]);
  checkTask(groups, columns, repeats);
  const base = await lossesOf(task, columns);
  const found: Importance[] = [];
  for (const group of groups) {
    const random = seededRandom(seedOf(seed, group));
    const orders = Array.from({ length: repeats }, () => {
      const order = Uint32Array.from({ length: base.length }, (_, i) => i);
      shuffleStart(order, order.length, random);
      return order;
    });
    found.push(await importanceUnder(task, { group, orders, base }));
  }
  return found;
}

function checkTask(groups: readonly (readonly string[])[], columns: readonly DataColumn[], repeats: number): void {
  const names = new Set(columns.map((it) => it.name));
  const unknown = groups.flat().find((it) => !names.has(it));
  if (unknown !== undefined) throw invalidField("groups", `${unknown} is no column of the data`, "IMPORTANCE_TASK");
  const calls = groups.length * repeats;
  if (!(repeats >= 1) || calls > PREDICTIONS_MAX)
    throw invalidField("repeats", `${calls} predictions, from 1 to ${PREDICTIONS_MAX} are possible`, "IMPORTANCE_TASK");
}

const seedOf = (seed: number, group: readonly string[]): number =>
  Number.parseInt(digestOfJson([seed, ...group]).slice("sha256:".length, "sha256:".length + 8), 16);

/** One group under given orders of the rows: each repeat takes the values of the group from the rows that its order names. */
export async function importanceUnder(
  task: Pick<ImportanceTask, "columns" | "predict" | "loss">,
  { group, orders, base }: { group: readonly string[]; orders: readonly ArrayLike<number>[]; base: Float64Array },
): Promise<Importance> {
  // What a row does to the mean: by its own rise, and by the rises of the rows that got its values.
  const influence = new Float64Array(base.length);
  const repeats: number[] = [];
  for (const order of orders) {
    const shuffled = task.columns.map((it) => (group.includes(it.name) ? takeRows(it, order) : it));
    const losses = await lossesOf(task, shuffled);
    let sum = 0;
    for (const [row, loss] of losses.entries()) {
      const rise = loss - (base[row] ?? 0);
      sum += rise;
      for (const at of [row, order[row] ?? 0]) influence[at] = (influence[at] ?? 0) + rise / orders.length;
    }
    repeats.push(sum / base.length);
  }
  const estimate = repeats.reduce((sum, it) => sum + it, 0) / repeats.length;
  return { columns: group, rise: normalInterval(estimate, errorOfMean(influence)), repeats };
}

/** The standard error of the mean of independent values; 0 for fewer than two. */
function errorOfMean(values: Float64Array): number {
  const moments = momentsOf(values);
  return moments.count > 1 ? Math.sqrt(sampleVariance(moments) / moments.count) : 0;
}

/** The mean of independent values with its 95% interval; without width for fewer than two. */
export const meanInterval = (values: Float64Array): Interval =>
  normalInterval(momentsOf(values).mean, errorOfMean(values));

/** The loss of each row. */
export async function lossesOf(
  { predict, loss }: Pick<ImportanceTask, "predict" | "loss">,
  columns: readonly DataColumn[],
): Promise<Float64Array> {
  const predictions = await predict(columns);
  const rows = columns[0] ? rowCount(columns[0]) : 0;
  if (predictions.length !== rows)
    throw invalidField("predict", `it gave ${predictions.length} predictions for ${rows} rows`, "IMPORTANCE_TASK");
  return Float64Array.from({ length: rows }, (_, row) => loss(predictions[row] ?? Number.NaN, row));
}
