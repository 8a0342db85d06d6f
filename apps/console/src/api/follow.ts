import { isAborted } from "./failure.ts";

export type StreamState = "opening" | "live" | "broken" | "ended";

export interface Following<T> {
  /** Opens the stream. Called again for each attempt, so that it can ask for what is new since the last message. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  readonly onMessage: (message: T) => void;
  readonly onState: (state: StreamState, failure?: unknown) => void;
  /** Whether a stream that ends without an error is over, or is to be opened again. */
  readonly whenEnded: "stop" | "reopen";
  /** Waits before attempt `failures + 1`; rejects when aborted. */
  readonly pause: (failures: number, signal: AbortSignal) => Promise<void>;
}

/** Reads a stream until the signal aborts, opening it again after a failure. Never rejects. */
export async function follow<T>(following: Following<T>, signal: AbortSignal): Promise<void> {
  let failures = 0;
  following.onState("opening");
  while (!signal.aborted) {
    try {
      for await (const message of following.open(signal)) {
        failures = 0;
        following.onState("live");
        following.onMessage(message);
      }
      if (signal.aborted) return;
      if (following.whenEnded === "stop") return following.onState("ended");
      failures = Math.max(1, failures);
    } catch (thrown) {
      if (signal.aborted) return;
      failures += 1;
      // A server that stops cancels its streams; that is a break like any other.
      following.onState("broken", isAborted(thrown) ? undefined : thrown);
    }
    await following.pause(failures, signal).catch(() => undefined);
  }
}
