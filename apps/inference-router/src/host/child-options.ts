import type { Digest } from "@throughline/kernel";

/** What a model's process is told when it starts. */
export interface ChildOptions {
  /** Absolute path of the model. The process checks the digest of what it reads. */
  readonly modelFile: string;
  readonly digest: Digest;
  /** The process ends when this is no longer its parent. */
  readonly parentPid: number;
}
