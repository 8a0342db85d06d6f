import { expect, test } from "vitest";
import { lineProgress } from "./progress.ts";

test("steps after each other have a line each, and of steps side by side each begins and ends on a line of its own", async () => {
  let written = "";
  const progress = lineProgress(
    (text) => {
      written += text;
    },
    () => 0,
  );
  const step = (title: string, work: Promise<void> = Promise.resolve()) =>
    progress.step(title, async () => {
      await work;
      return { told: "done", result: title };
    });
  const slow = Promise.withResolvers<void>();
  expect(await step("a")).toBe("a");
  const outer = step("b", slow.promise);
  await step("c");
  slow.resolve();
  await outer;
  progress.say("end");
  expect(written.split("\n")).toEqual([
    "[ 1] a … done (0.0 s)",
    "[ 2] b … ",
    "[ 3] c … done (0.0 s)",
    "[ 2] b … done (0.0 s)",
    "end",
    "",
  ]);
});
