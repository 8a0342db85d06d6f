/** What long-running work is given. */
export interface Run {
  readonly signal: AbortSignal;
  /** `share` is from 0 to 1. */
  progress(share: number, message: string): void;
}
