import { useSyncExternalStore } from "react";
import { isDown } from "./failure.ts";
import { pauseAfter } from "./pause.ts";

/** Whether the platform answers. `epoch` grows each time it comes back, which makes every open page load again. */
export interface Connection {
  readonly up: boolean;
  readonly epoch: number;
}

let connection: Connection = { up: true, epoch: 0 };
const listeners = new Set<() => void>();

function set(next: Connection): void {
  connection = next;
  for (const tell of listeners) tell();
}

/** Looks at a failed call: if nothing answered, asks for the platform's health until it is back. */
export function noticeFailure(thrown: unknown): void {
  if (!connection.up || !isDown(thrown)) return;
  set({ ...connection, up: false });
  void waitUntilBack();
}

async function waitUntilBack(): Promise<void> {
  const never = new AbortController().signal;
  for (let failures = 1; ; failures += 1) {
    await pauseAfter(failures, never);
    const answer = await fetch("/livez", { cache: "no-store" }).catch(() => undefined);
    if (answer?.ok) return set({ up: true, epoch: connection.epoch + 1 });
  }
}

export const useConnection = (): Connection =>
  useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => connection,
  );
