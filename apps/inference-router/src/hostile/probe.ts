import type { LoadedModel } from "../domain/model-host.ts";
import { elementAt, fp32Row } from "../domain/tensor.ts";

/** Asks an honest model all the time, and looks at how long it takes. */
export interface Probe {
  /** Milliseconds of each answer since the last call. Fails if one of them was wrong or no answer. */
  taken(): readonly number[];
  stop(): Promise<void>;
}

/** Asks the model `answers_a`, whose answer is 0.25 whatever it is asked, every `everyMs`. */
export function probeOf(model: LoadedModel, everyMs: number): Probe {
  let latencies: number[] = [];
  let failure: unknown;
  const underWay = new Set<Promise<void>>();
  const ask = async (dueAt: number): Promise<void> => {
    const [output] = await model.run({ tensors: [fp32Row("input", [1, 1, 1])], outputs: ["score"] });
    const score = output ? elementAt(output, 0) : Number.NaN;
    if (score !== 0.25) throw new Error(`the honest model answered ${score}`);
    latencies.push(performance.now() - dueAt);
  };
  let dueAt = performance.now();
  const timer = setInterval(() => {
    // A turn of the event loop that came late asks for those that it missed, which have waited since.
    for (; dueAt <= performance.now(); dueAt += everyMs) {
      const work = ask(dueAt).catch((error: unknown) => {
        failure ??= error;
      });
      underWay.add(work);
      void work.then(() => underWay.delete(work));
    }
  }, everyMs);
  return {
    taken() {
      if (failure) throw failure;
      const taken = latencies;
      latencies = [];
      return taken;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      if (failure) throw failure;
    },
  };
}
