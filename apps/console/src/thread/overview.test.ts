import { expect, test } from "vitest";
import { COLUMNS, placeInColumns } from "./columns.ts";
import { type Item, newestThread, type Stage } from "./overview.ts";

const item = (id: string, timeMs: number, from: readonly string[] = []): Item => ({
  id,
  title: id,
  note: "",
  timeMs,
  from,
});
const stage = (key: string, items: readonly Item[]): Stage => ({
  key,
  title: key,
  page: key,
  items,
  more: false,
  answered: true,
});

test("what later stages were made from is shown before what is newer", () => {
  const sources = ["a", "b", "c", "d"].map((id, i) => item(id, i));
  const shown = newestThread([stage("sources", sources), stage("views", [item("v", 9, ["a"])])], 2);
  expect(shown[0]?.items.map((it) => it.id)).toEqual(["a", "d"]);
});

test("each stage has its own column, and items lie beside what they were made from", () => {
  const stages = [
    stage("sources", [item("a", 0), item("b", 0)]),
    stage("views", [item("of b", 0, ["b"]), item("of a", 0, ["a"]), item("of nothing", 0)]),
  ];
  const places = new Map(placeInColumns(stages).map((it) => [it.id, it]));
  expect(places.get("a")?.y).toBe(places.get("of a")?.y);
  expect(places.get("b")?.y).toBe(places.get("of b")?.y);
  expect(places.get("of a")?.x).toBe(COLUMNS.width + COLUMNS.gap);
  const rows = ["of a", "of b", "of nothing"].map((id) => places.get(id)?.y ?? 0);
  expect(rows).toEqual(rows.toSorted((a, b) => a - b));
});
