import { useState } from "react";
import { type CallOptions, type Loaded, useCall } from "./use-call.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Token of the next page; empty on the last. */
  readonly next: string;
}

/** A list that is shown page by page. */
export interface Pages<T, P extends Page<T> = Page<T>> extends Loaded<P> {
  /** From 1. */
  readonly number: number;
  readonly earlier: (() => void) | undefined;
  readonly later: (() => void) | undefined;
}

/**
 * Loads a list page by page. Tokens of earlier pages are kept, so that one can go back. A page may tell more than its
 * items.
 */
export function usePages<P extends Page<unknown>>(
  key: string,
  load: (token: string, signal: AbortSignal) => Promise<P>,
  options: CallOptions = {},
): Pages<P["items"][number], P> {
  const [place, setPlace] = useState<{ key: string; tokens: readonly string[] }>({ key, tokens: [""] });
  const tokens = place.key === key ? place.tokens : [""];
  const token = tokens.at(-1) ?? "";
  const page = useCall(`${key} page ${token}`, (signal) => load(token, signal), options);
  const next = page.data?.next ?? "";
  return {
    ...page,
    number: tokens.length,
    earlier: tokens.length > 1 ? () => setPlace({ key, tokens: tokens.slice(0, -1) }) : undefined,
    later: next === "" ? undefined : () => setPlace({ key, tokens: [...tokens, next] }),
  };
}
