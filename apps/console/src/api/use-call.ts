import { useCallback, useEffect, useRef, useState } from "react";
import { noticeFailure, useConnection } from "./connection.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { useVisible } from "./visible.ts";

/** What is known of a call: data may be there while a newer answer is awaited, or after it failed. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly failure: Failure | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

const BUSY_RETRY_MS = 5_000;

export interface CallOptions {
  /** Asks again this often, in milliseconds, while the page is visible. */
  readonly refreshMs?: number;
}

/**
 * Loads once for each value of `key`, again when the platform comes back, and again every `refreshMs`. Data of another
 * key is never shown. `load` may close over what the key says, and over nothing else that changes.
 */
export function useCall<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  options: CallOptions = {},
): Loaded<T> {
  const { epoch } = useConnection();
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<{ key: string; data?: T; failure?: Failure; turn: string }>();
  const latest = useRef(load);
  latest.current = load;
  const now = `${key} ${epoch} ${turn}`;
  useEffect(() => {
    const call = new AbortController();
    latest.current(call.signal).then(
      (data) => {
        if (!call.signal.aborted) setAnswer({ key, data, turn: now });
      },
      (thrown) => {
        if (call.signal.aborted) return;
        noticeFailure(thrown);
        const failure = describeFailure(thrown);
        setAnswer((old) => (old?.key === key ? { ...old, failure, turn: now } : { key, failure, turn: now }));
      },
    );
    return () => call.abort();
  }, [key, now]);
  const reload = useCallback(() => setTurn((it) => it + 1), []);
  const mine = answer?.key === key ? answer : undefined;
  useRefresh(mine?.failure?.kind === "busy" ? BUSY_RETRY_MS : options.refreshMs, reload);
  return { data: mine?.data, failure: mine?.failure, loading: mine?.turn !== now, reload };
}

function useRefresh(refreshMs: number | undefined, reload: () => void): void {
  const visible = useVisible();
  useEffect(() => {
    if (refreshMs === undefined || !visible) return;
    const timer = setInterval(reload, refreshMs);
    return () => clearInterval(timer);
  }, [refreshMs, visible, reload]);
}
