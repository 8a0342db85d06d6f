import { isDeepStrictEqual } from "node:util";
import type { Json } from "@throughline/kernel";
import type { Cell, Line, Retry, Unanswered } from "./lines.ts";

/** What was acknowledged, and what has no answer: kept by a process that nobody kills. */
export interface Book {
  /** Notes what a process told. */
  take(line: Line): void;
  /** The cells that were touched since the last whole comparison, with their families; with `whole`, all. */
  cells(whole: boolean): readonly Cell[];
  /** Forgets what was touched: everything was compared. */
  compared(): void;
  /** Writes to send again: those without an answer, until a process says that it sends them. */
  retries(): readonly Retry[];
  /** How many writes were acknowledged, by what they did. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** How many writes had no answer, by what they did. */
  readonly unanswered: ReadonlyMap<string, number>;
}

interface Held {
  value: Json;
  unanswered: readonly Unanswered[];
}

/** Versions of a model, changes of an alias or of a deployment and trials of a study are compared together. */
const familyOf = (cell: string): string => /^(version|alias|trial|rollout):[^/]+/.exec(cell)?.[0] ?? cell;

type Begun = Extract<Line, { line: "begin" }>;

export function openBook(): Book {
  const held = new Map<string, Held>();
  const touched = new Set<string>();
  const begun = new Map<number, Begun>();
  const acknowledged = new Map<string, number>();
  const unanswered = new Map<string, number>();
  let pending: readonly Retry[] = [];

  const at = (cell: string): Held => {
    touched.add(cell);
    const found = held.get(cell) ?? { value: null, unanswered: [] };
    held.set(cell, found);
    return found;
  };
  const drop = (write: number): Begun | undefined => {
    const found = begun.get(write);
    begun.delete(write);
    for (const { cell } of found?.changes ?? [])
      at(cell).unanswered = at(cell).unanswered.filter((it) => it.write !== write);
    return found;
  };

  return {
    acknowledged,
    unanswered,
    take(line) {
      if (line.line === "begin") {
        begun.set(line.write, line);
        const { retry } = line;
        if (retry) pending = pending.filter((it) => !isDeepStrictEqual(it.request, retry.request));
        for (const { cell, value } of line.changes)
          at(cell).unanswered = [...at(cell).unanswered, { write: line.write, value }];
      } else if (line.line === "refused") drop(line.write);
      else if (line.line === "done") {
        const done = drop(line.write);
        if (!done) return;
        acknowledged.set(done.what, (acknowledged.get(done.what) ?? 0) + 1);
        for (const { cell, value } of [...done.changes, ...line.changes]) at(cell).value = value;
      } else if (line.line === "found") Object.assign(at(line.cell), { value: line.value, unanswered: [] });
    },
    cells(whole) {
      const families = new Set([...touched].map(familyOf));
      const names = whole ? held.keys() : held.keys().filter((it) => families.has(familyOf(it)));
      return [...names].map((name) => ({ name, ...(held.get(name) as Held) }));
    },
    compared: () => touched.clear(),
    retries() {
      const open = [...begun.values()];
      for (const { what } of open) unanswered.set(what, (unanswered.get(what) ?? 0) + 1);
      begun.clear();
      pending = [...pending, ...open.flatMap(({ retry }) => retry ?? [])];
      return pending;
    },
  };
}
