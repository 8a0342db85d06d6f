/** What a model has done since it was loaded, over all of its processes and holders. Times in milliseconds. */
export interface HostTotals {
  requests: number;
  rows: number;
  runs: number;
  /** That answered requests have waited, together. */
  queueMs: number;
  /** That the model itself took. */
  modelMs: number;
  /** That runs took beside the model: to its process and back. */
  carryMs: number;
  deaths: number;
}

export const hostTotals = (): HostTotals => ({
  requests: 0,
  rows: 0,
  runs: 0,
  queueMs: 0,
  modelMs: 0,
  carryMs: 0,
  deaths: 0,
});
