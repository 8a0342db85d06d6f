import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOfBytes } from "@throughline/kernel";
import type { Signature } from "../domain/tensor.ts";
import type { ChildProgram } from "../host/child-program.ts";
import { withinRunTime } from "../host/lives.ts";
import {
  boundedLoad,
  type ModelProcess,
  ModelRefusal,
  ProcessDied,
  type ProcessLimits,
  startProcess,
} from "../host/model-process.ts";
import { startingRank } from "../host/process-priority.ts";
import { runRows } from "../host/row-independence.ts";

/** What became of a model: it was refused, it refused its inputs, it answered, or its process ended, and why. */
export type Verdict = "refused" | "inputs refused" | "answered" | "ended" | "deadline" | "memory" | "closed";

/** What became of one model. */
export interface Examined {
  readonly verdict: Verdict;
  /** What the process said when it refused. */
  readonly message?: string;
}

/**
 * Puts models into a process one after the other, as the router does, and tells what became of each. Unlike in the router a
 * process that refused a model gets the next one: that is 50 times as fast as a process for each.
 */
export interface Examiner {
  examine(model: Uint8Array): Promise<Examined>;
  /** How long it took after each death until another process had answered, in milliseconds. */
  readonly recoveriesMs: readonly number[];
  close(): Promise<void>;
}

export interface ExaminerOptions {
  /** An existing folder. */
  readonly dir: string;
  readonly program: ChildProgram;
  readonly limits: ProcessLimits & { readonly runMsMax: number };
}

export function examiner({ dir, program, limits }: ExaminerOptions): Examiner {
  let process: ModelProcess | undefined;
  let diedAt: number | undefined;
  const recoveriesMs: number[] = [];
  const file = join(dir, "examined.onnx");
  const answeredAgain = (): void => {
    if (diedAt !== undefined) recoveriesMs.push(performance.now() - diedAt);
    diedAt = undefined;
  };
  const verdictOn = async (at: ModelProcess, model: Uint8Array): Promise<Examined> => {
    let signature: Signature;
    try {
      const digest = digestOfBytes(model);
      signature = await boundedLoad(at, { modelFile: file, digest, providers: ["cpu"] }, limits);
      answeredAgain();
    } catch (error) {
      if (!(error instanceof ModelRefusal)) throw error;
      answeredAgain();
      return { verdict: "refused", message: error.message };
    }
    try {
      await withinRunTime(at, limits, () => runRows({ signature, inputWidth: 3, run: at.run }, [1]));
      return { verdict: "answered" };
    } catch (error) {
      if (error instanceof ModelRefusal) return { verdict: "inputs refused", message: error.message };
      throw error;
    }
  };
  return {
    recoveriesMs,
    async examine(model) {
      writeFileSync(file, model);
      process ??= startProcess({
        purpose: "examination",
        scratchDir: dir,
        program,
        limits,
        rank: await startingRank("usual"),
      });
      try {
        return await verdictOn(process, model);
      } catch (error) {
        process = undefined;
        if (!(error instanceof ProcessDied)) throw error;
        diedAt = performance.now();
        return { verdict: error.reason };
      }
    },
    async close() {
      process?.kill("closed");
      await process?.ended;
    },
  };
}
