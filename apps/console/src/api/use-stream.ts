import { useEffect, useRef, useState } from "react";
import { noticeFailure, useConnection } from "./connection.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { follow, type StreamState } from "./follow.ts";
import { pauseAfter } from "./pause.ts";
import { useVisible } from "./visible.ts";

export interface StreamOptions<T> {
  /** Names what is followed; another key opens another stream. Undefined: nothing is followed. */
  readonly key: string | undefined;
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  readonly onMessage: (message: T) => void;
  readonly whenEnded: "stop" | "reopen";
}

export interface StreamStatus {
  readonly state: StreamState;
  readonly failure: Failure | undefined;
}

/** Follows a stream while the page is visible, opening it again with growing pauses when it breaks. */
export function useStream<T>(options: StreamOptions<T>): StreamStatus {
  const { epoch } = useConnection();
  const visible = useVisible();
  const [status, setStatus] = useState<StreamStatus>({ state: "opening", failure: undefined });
  const latest = useRef(options);
  latest.current = options;
  const { key } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new epoch opens the stream again at once.
  useEffect(() => {
    if (key === undefined || !visible) return;
    const life = new AbortController();
    void follow<T>(
      {
        open: (signal) => latest.current.open(signal),
        onMessage: (message) => latest.current.onMessage(message),
        onState: (state, thrown) => {
          if (thrown !== undefined) noticeFailure(thrown);
          setStatus({ state, failure: thrown === undefined ? undefined : describeFailure(thrown) });
        },
        whenEnded: latest.current.whenEnded,
        pause: pauseAfter,
      },
      life.signal,
    );
    return () => life.abort();
  }, [key, visible, epoch]);
  return status;
}
