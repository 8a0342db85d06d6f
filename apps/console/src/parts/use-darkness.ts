import { useSyncExternalStore } from "react";

const query = matchMedia("(prefers-color-scheme: dark)");

function subscribe(tell: () => void): () => void {
  query.addEventListener("change", tell);
  return () => query.removeEventListener("change", tell);
}

/** Whether the person prefers dark pages, for what style sheets cannot colour. */
export const useDarkness = (): boolean => useSyncExternalStore(subscribe, () => query.matches);
