/**
 * Transforms and their ONNX operators over a million hard rows: `npm run bench -- bit-equality [ROWS]`.
 *
 * Every kind of step with all its options, learned ten times from other rows (five times hard ones, five times mild ones), so that
 * constants differ too. Fails at the first difference. Also tells how fast both are.
 */
import { applyTransforms, checkTransforms, learnConstants, readyTransforms } from "../src/index.ts";
import { EVERY_STEP } from "./every-step.ts";
import { hardRows, mildRows } from "./hard-rows.ts";
import { differences, feedsOf, openedTransforms } from "./runtime.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const TRAININGS = 10;
const TRAINING_ROWS = 5_000;
const CHUNK = 10_000;
/** Batches of all these sizes, one after the other: kernels of the runtime do the last elements of a vector in another way. */
const BATCHES = [1_000, 1, 7, 32, 333];

const transforms = checkTransforms(EVERY_STEP);
const spent = { learn: 0, apply: 0, runtime: 0 };
let compared = 0;
let elements = 0;

async function timed<T>(what: keyof typeof spent, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  spent[what] += performance.now() - start;
  return result;
}

for (let training = 0; training < TRAININGS; training++) {
  const learnedFrom = (training % 2 === 0 ? hardRows : mildRows)(TRAINING_ROWS, 1_000 + training);
  const ready = readyTransforms(
    transforms,
    await timed("learn", () => learnConstants(transforms, () => [learnedFrom])),
  );
  const session = await openedTransforms(ready);
  const names = new Map(ready.outputs.map((it) => [it.name, it.elementNames()]));
  const end = Math.round((rows * (training + 1)) / TRAININGS);
  for (let chunk = 0; compared < end; chunk++) {
    const count = Math.min(CHUNK, end - compared);
    const seed = training * 1_000_000 + chunk;
    const columns = (chunk % 3 === 2 ? mildRows : hardRows)(count, seed);
    const ours = await timed("apply", () => applyTransforms(ready, columns));
    for (let from = 0, i = 0; from < count; i++) {
      const to = Math.min(count, from + (BATCHES[i % BATCHES.length] ?? 1));
      const feeds = feedsOf(session, columns, [from, to]);
      const theirs = await timed("runtime", () => session.run(feeds));
      for (const [name, own] of ours) {
        const other = theirs[name];
        if (other === undefined) throw new Error(`the runtime gives no ${name}`);
        const found = differences(own, other, names.get(name) ?? [], from);
        if (found.length > 0) throw new Error(`training ${training}, seed ${seed}:\n${found.join("\n")}`);
        elements += other.data.length;
      }
      from = to;
    }
    compared += count;
  }
  console.log(`${compared} rows, ${elements} elements, no difference`);
}

const { operations, needed } = readyTransforms(
  transforms,
  await learnConstants(transforms, () => [hardRows(TRAINING_ROWS, 0)]),
);
const perRow = (ms: number, count: number): string => `${((ms * 1_000) / count).toFixed(1)} µs`;
console.log(`${EVERY_STEP.steps.length} steps, ${needed.length} of ${operations.length} operations`);
console.log(`learning, ${transforms.passes} passes: ${perRow(spent.learn, TRAININGS * TRAINING_ROWS)} a row`);
console.log(`TypeScript: ${perRow(spent.apply, compared)} a row; runtime: ${perRow(spent.runtime, compared)} a row`);
