import type { StreamStatus } from "../api/use-stream.ts";

const WORDS = {
  opening: "connecting",
  live: "live",
  broken: "interrupted, connecting again",
  ended: "complete",
} as const;

/** Whether what is shown changes by itself. */
export function Live({ status }: { readonly status: StreamStatus }) {
  return (
    <span className={`live ${status.state}`} role="status" title={status.failure?.message}>
      <span className="live-dot" aria-hidden="true" />
      {WORDS[status.state]}
    </span>
  );
}
