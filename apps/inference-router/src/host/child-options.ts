import type { Digest } from "@throughline/kernel";

/** What a model's process is told when it starts. */
export interface ChildOptions {
  /** What the process is for, so that it can be told among others in a list of processes. */
  readonly purpose: string;
  /** The process ends when this is no longer its parent. */
  readonly parentPid: number;
  /** JavaScript of the thread that looks whether the parent is still there. */
  readonly watchProgram: string;
}

/** What a model's process is told to load. */
export interface LoadOptions {
  /** Absolute path of the model. The process checks the digest of what it reads. */
  readonly modelFile: string;
  readonly digest: Digest;
  /** Execution providers by preference; the runtime takes the first one that can run a node. */
  readonly providers: readonly ExecutionProvider[];
}

/** What may run a model's nodes, by the runtime's names. */
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

export const EXECUTION_PROVIDERS = ["cpu", "cuda", "tensorrt", "webgpu", "dml", "coreml"] as const;
