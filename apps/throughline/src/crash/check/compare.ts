import type { Json } from "@throughline/kernel";
import type { Cell } from "../lines.ts";
import type { Pen } from "../pen.ts";
import { isSame, settled } from "./same.ts";

export const kindOf = (cell: string): string => cell.slice(0, cell.indexOf(":"));
export const nameOf = (cell: string): string => cell.slice(cell.indexOf(":") + 1);

/** Tells what a cell holds that is neither what was acknowledged nor what a write without an answer was to make of it. */
export function compare({ name, value, unanswered }: Cell, found: Json, pen: Pen): void {
  const allowed = [value, ...unanswered.map((it) => it.value)];
  if (!allowed.some((it) => isSame(it, found)))
    pen.tell({ line: "problem", what: `${name} is ${shown(found)}, and not ${allowed.map(shown).join(" or ")}` });
  if (unanswered.length > 0) pen.tell({ line: "found", cell: name, value: settled(allowed, found) });
}

/** A write that changes several cells changes all of them or none. */
export function halfApplied(cells: readonly Cell[], found: ReadonlyMap<string, Json>): readonly string[] {
  const outcomes = cells.flatMap(({ name, value, unanswered }) =>
    // Of several values that a write may leave in a cell the last is that of the whole write.
    [...new Map(unanswered.map((it) => [it.write, it])).values()]
      .filter((it) => !isSame(it.value, value))
      .map(({ write, value: wanted }) => ({ write, name, isApplied: isSame(wanted, found.get(name) ?? null) })),
  );
  return [...Map.groupBy(outcomes, (it) => it.write).values()]
    .filter((of) => new Set(of.map((it) => it.isApplied)).size > 1)
    .map(
      (of) =>
        `one write did half: ${of.map((it) => `${it.name} ${it.isApplied ? "changed" : "unchanged"}`).join(", ")}`,
    );
}

const shown = (value: Json): string => JSON.stringify(value).slice(0, 600);
