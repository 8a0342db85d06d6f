import { expect, test } from "vitest";
import { drawing, progressLine } from "./progress.ts";

const at = (progress: number, message: string) => ({ progress, message });
/** An output that keeps what is written to it. */
function kept(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 60, write: (text: string) => void written.push(text) };
}

test("a bar is as full as the work is done, and has no room for control characters", () => {
  expect(progressLine(at(0, "planning"))).toBe(`[${" ".repeat(30)}]   0 % planning`);
  expect(progressLine(at(0.5, "a\u001b[2Jb\rc"))).toBe(`[${"#".repeat(15)}${" ".repeat(15)}]  50 % a [2Jb c`);
  expect(progressLine(at(7, ""))).toBe(`[${"#".repeat(30)}] 100 % `);
});

test("on a terminal one line moves, within its width, and nothing of a longer one before stays", () => {
  const output = kept(true);
  const draw = drawing(output);
  draw.show(at(0.1, "joining the features"));
  draw.show(at(0.2, "x".repeat(100)));
  draw.show(at(0.3, "y"));
  draw.end();
  const [first = "", second = "", third = "", last] = output.written;
  expect(first).toBe(`\r${progressLine(at(0.1, "joining the features"))}`);
  expect(second).toHaveLength(60);
  expect(third).toBe(`\r${progressLine(at(0.3, "y")).padEnd(59)}`);
  expect(last).toBe("\n");
});

test("elsewhere there is a line for each part of the work, and for each tenth of all", () => {
  const output = kept(false);
  const draw = drawing(output);
  for (const it of [at(0, "reading: 0 of 9 rows"), at(0.05, "reading: 1 of 9 rows"), at(0.11, "reading: 2 of 9 rows")])
    draw.show(it);
  draw.show(at(0.12, "writing: 0 of 9 rows"));
  draw.end();
  expect(output.written.map((it) => it.slice(33).trim())).toEqual([
    "0 % reading: 0 of 9 rows",
    "11 % reading: 2 of 9 rows",
    "12 % writing: 0 of 9 rows",
  ]);
});
