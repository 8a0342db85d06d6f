import { expect, test } from "vitest";
import { notLearnt, type Played } from "./learnt.ts";

const ERRORS: Readonly<Record<string, number>> = { boosting: 0.108, recent: 0.11, leaked: 0.15 };

/** So many answers in a row by arms in turn, each as good as it is. */
const played = (count: number, arms: readonly string[]): readonly Played[] =>
  Array.from({ length: count }, (_, i) => {
    const arm = arms[i % arms.length] ?? "";
    return { arm, squaredError: ERRORS[arm] ?? Number.NaN };
  });

const ALL = ["boosting", "recent", "leaked"];

test("a bandit that leaves the bad arm has learnt, whichever of the good ones it likes", () => {
  const tail = [...Array.from({ length: 19 }, () => "boosting"), "leaked"];
  expect(notLearnt([...played(1_000, ALL), ...played(2_000, tail)], "leaked")).toBeUndefined();
  expect(notLearnt([...played(1_000, ALL), ...played(2_000, ["recent"])], "leaked")).toBeUndefined();
});

test("one that takes all alike, the bad one most, or is worse than chance, has not", () => {
  expect(notLearnt(played(3_000, ALL), "leaked")).toContain("leaked has 33.4 % of the last third");
  expect(notLearnt([...played(1_000, ALL), ...played(2_000, ["leaked"])], "leaked")).toContain("100.0 %");
  const late = [...played(2_000, ["leaked"]), ...played(1_000, ["boosting", "recent"])];
  expect(notLearnt(late, "leaked")).toMatch(/its squared error is 0.1363, and 0.1227 with an equal share of/);
  expect(notLearnt(played(3_000, ["boosting"]), "leaked")).toContain("with an equal share of boosting");
});
