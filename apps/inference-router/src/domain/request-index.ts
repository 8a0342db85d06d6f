import type { Clock } from "@throughline/kernel";
import { requestIdReused } from "./errors.ts";
import type { RequestKey } from "./prediction.ts";

/** Which prediction answered which request id. Bounded: with more ids than `entriesMax`, the oldest are forgotten. */
export interface RequestIndex {
  /** The id of the prediction that answered the request. Fails with REQUEST_ID_REUSED if it was another request. */
  find(deployment: string, request: RequestKey): string | undefined;
  remember(
    deployment: string,
    answered: { readonly request: RequestKey; readonly id: string; readonly timeMs: number },
  ): void;
}

interface Entry {
  readonly digest: string;
  readonly id: string;
  readonly timeMs: number;
}

export function requestIndex(options: {
  readonly clock: Clock;
  readonly keptMs: number;
  readonly entriesMax: number;
}): RequestIndex {
  const entries = new Map<string, Entry>();
  const isExpired = (it: Entry): boolean => it.timeMs + options.keptMs <= options.clock.now();
  return {
    find(deployment, request) {
      const known = entries.get(keyOf(deployment, request));
      if (known === undefined || isExpired(known)) return undefined;
      if (known.digest !== request.digest) throw requestIdReused(request.id);
      return known.id;
    },
    remember(deployment, { request, id, timeMs }) {
      const key = keyOf(deployment, request);
      entries.delete(key);
      entries.set(key, { digest: request.digest, id, timeMs });
      for (const [oldest, entry] of entries) {
        if (entries.size <= options.entriesMax && !isExpired(entry)) break;
        entries.delete(oldest);
      }
    },
  };
}

const keyOf = (deployment: string, { id }: RequestKey): string => `${deployment} ${id}`;
