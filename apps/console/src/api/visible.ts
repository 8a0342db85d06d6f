import { useSyncExternalStore } from "react";

function subscribe(tell: () => void): () => void {
  document.addEventListener("visibilitychange", tell);
  return () => document.removeEventListener("visibilitychange", tell);
}

/**
 * Whether the page is in front. Hidden pages neither stream nor poll: a browser opens six connections to one origin,
 * and streams of forgotten tabs would use them up.
 */
export const useVisible = (): boolean => useSyncExternalStore(subscribe, () => document.visibilityState === "visible");
