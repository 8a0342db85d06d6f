import Table from "cli-table3";

const PLAIN = { style: { head: [], border: [] }, chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" } };

/** A table for the terminal: no colours, and no line between rows. */
export const plainTable = (head: readonly string[]) => new Table({ head: [...head], ...PLAIN });

/** The name of an enum's value in words: `NOT_ENOUGH_DATA` is `not enough data`. */
export const enumWords = (name: string | undefined): string => (name ?? "").toLowerCase().replaceAll("_", " ");
