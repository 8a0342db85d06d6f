import { parentPort, workerData } from "node:worker_threads";
import { fixture } from "../testing-services.ts";
import { numberedMutant } from "./mutants.ts";
import { type Numbered, type SweepOptions, type Swept, sweep } from "./sweep.ts";

/** What a thread is to examine: every beginning of a model, or so many mutants. */
export type SweepTask =
  | { readonly kind: "beginnings" }
  | { readonly kind: "mutants"; readonly from: number; readonly count: number; readonly seed: number };

/** What a thread is told. */
export interface SweepData {
  readonly task: SweepTask;
  readonly options: Omit<SweepOptions, "progress">;
}

/** What a thread tells. */
export type SweepMessage =
  | { readonly kind: "progress"; readonly done: number; readonly below: number }
  | { readonly kind: "done"; readonly swept: Swept };

/** Making mutants takes as much as examining them: in a thread of its own it holds up no answer of the honest model. */
const { task, options } = workerData as SweepData;
const tell = (message: SweepMessage): void => parentPort?.postMessage(message);
const progress = (done: number, below: number): void => tell({ kind: "progress", done, below });
tell({ kind: "done", swept: await sweep(modelsOf(task), { ...options, progress }) });

function modelsOf(of: SweepTask): Numbered {
  if (of.kind === "beginnings") {
    const whole = fixture("logistic3");
    return { from: 0, count: whole.byteLength, model: (end) => whole.subarray(0, end) };
  }
  const originals = ["logistic3", "echo", "endless_loop", "giant_allocation", "rows_interact"].map(fixture);
  return { from: of.from, count: of.count, model: (number) => numberedMutant(originals, of.seed, number) };
}
