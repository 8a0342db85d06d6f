/** How the models of a deployment are run: see the contract. Settings that nobody gave are left out. */
export interface ExecutionSettings {
  readonly latencyObjectiveMs?: number;
  readonly instances?: number;
  readonly priority?: Priority;
  readonly batchRowsMax?: number;
}

/** Whose requests come first. */
export type Priority = "LOW" | "NORMAL" | "HIGH";
