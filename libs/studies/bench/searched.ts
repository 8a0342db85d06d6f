import type { Steps } from "@throughline/kernel";
import { type Params, type Sampler, suggest, type Trial } from "../src/index.ts";
import type { Task } from "./tasks.ts";

/** Trials of one worker, one after the other. A task with a second value is maximised in it. */
export function searched(
  task: Task & { readonly second?: (params: Params) => number },
  { sampler, seed, count }: { readonly sampler: Sampler; readonly seed: number; readonly count: number },
): readonly Trial[] {
  const past: Trial[] = [];
  const { space, value, second } = task;
  const directions = second === undefined ? (["MINIMIZE"] as const) : (["MINIMIZE", "MAXIMIZE"] as const);
  for (let number = 0; number < count; number++) {
    const suggestion = wholly(suggest(sampler, { problem: { space, directions, seed }, number, past }));
    if (suggestion === undefined) break;
    const { params, generation } = suggestion;
    const values = second === undefined ? [value(params)] : [value(params), second(params)];
    past.push({ number, state: "COMPLETE", params, values, reports: [], generation });
  }
  return past;
}

/** All steps at once. */
export function wholly<R>(work: Steps<R>): R {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
