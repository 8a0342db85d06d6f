import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";
import { describeFailure } from "./failure.ts";
import { follow } from "./follow.ts";

/** Follows a stream whose attempts send these numbers, each ending well or with an error, and notes what happens. */
async function followed(
  attempts: readonly { readonly sends: readonly number[]; readonly breaks: boolean }[],
  whenEnded: "stop" | "reopen",
) {
  const life = new AbortController();
  const notes: (string | number)[] = [];
  let attempt = 0;
  async function* open() {
    const it = attempts[attempt++];
    if (!it) return life.abort();
    yield* it.sends;
    if (it.breaks) throw new ConnectError("gone", Code.Unavailable);
  }
  await follow<number>(
    {
      open,
      onMessage: (message) => notes.push(message),
      onState: (state) => notes.push(state),
      whenEnded,
      pause: async (failures) => void notes.push(`pause ${failures}`),
    },
    life.signal,
  );
  return notes;
}

test("a stream that breaks is opened again, after pauses that grow until something comes", async () => {
  const down = { sends: [], breaks: true };
  const notes = await followed([down, down, { sends: [7], breaks: true }], "reopen");
  expect(notes).toEqual([
    ...["opening", "broken", "pause 1", "broken", "pause 2"],
    ...["live", 7, "broken", "pause 1"],
  ]);
});

test("a stream that has told everything is not opened again", async () => {
  expect(await followed([{ sends: [1], breaks: false }], "stop")).toEqual(["opening", "live", 1, "ended"]);
});

test("a stream that must not end is opened again when it does, after a pause", async () => {
  expect(await followed([{ sends: [1], breaks: false }], "reopen")).toEqual(["opening", "live", 1, "pause 1"]);
});

test("pauses grow, and have a bound", () => {
  expect(backoffMs(1, 0.5)).toBe(500);
  expect(backoffMs(2, 0.5)).toBeGreaterThan(backoffMs(1, 0.5));
  expect(backoffMs(1_000, 1)).toBeLessThan(20_000);
});

test.each([
  [new ConnectError("", Code.Unavailable, undefined, undefined, new TypeError("Failed to fetch")), "down"],
  [new ConnectError("", Code.Unavailable), "busy"],
  [new ConnectError("", Code.NotFound), "missing"],
  [new ConnectError("", Code.PermissionDenied), "refused"],
  [new Error("a bug"), "failed"],
  // A TypeError of the page's own is a bug, and no sign of the platform's absence.
  [new TypeError("x is undefined"), "failed"],
])("%s is told as %s", (thrown, kind) => expect(describeFailure(thrown).kind).toBe(kind));
