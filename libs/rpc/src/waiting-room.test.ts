import { describe, expect, test } from "vitest";
import { WAIT_MS, WAITING_MAX, waitingRoom } from "./waiting-room.ts";

/** A room in front of a gate with so many places; time passes, and places become free, when told. */
function roomWithClock(places: number) {
  let [ms, free] = [0, places];
  let looks: (() => void)[] = [];
  const asking: (() => void)[] = [];
  const room = waitingRoom({
    gate: {
      enter() {
        if (free === 0) return false;
        free -= 1;
        return true;
      },
      whenRoom: (run) => void asking.push(run),
    },
    now: () => ms,
    every(_ms, look) {
      looks.push(look);
      return () => {
        looks = looks.filter((it) => it !== look);
      };
    },
  });
  const log: string[] = [];
  const gone = new Set<string>();
  return {
    log,
    gone,
    isWatched: () => looks.length > 0,
    isEmpty: room.isEmpty,
    count: room.count,
    come(name: string, leftMs = 60_000) {
      const enter = (): void => void log.push(`${name} entered`);
      const refuse = (): void => void log.push(`${name} refused`);
      room.wait({ isGone: () => gone.has(name), enter, refuse }, leftMs);
    },
    pass(forMs: number) {
      ms += forMs;
      for (const it of looks) it();
    },
    makeRoom(count: number) {
      free += count;
      for (const it of asking.splice(0)) it();
    },
  };
}

describe("who waits at the door", () => {
  test("comes in once there is room, in the order of coming", () => {
    const room = roomWithClock(0);
    for (const it of ["a", "b", "c"]) room.come(it);
    room.pass(50);
    expect(room.log).toEqual([]);
    room.makeRoom(2);
    room.makeRoom(1);
    expect(room.log).toEqual(["a entered", "b entered", "c entered"]);
  });

  test("is refused when the time is over, which for who has little is three quarters of it", () => {
    const room = roomWithClock(0);
    room.come("patient");
    room.come("in a hurry", 100);
    room.pass(74);
    expect(room.log).toEqual([]);
    room.pass(1);
    expect(room.log).toEqual(["in a hurry refused"]);
    room.pass(WAIT_MS - 76);
    expect(room.log).toHaveLength(1);
    room.pass(1);
    expect(room.log).toEqual(["in a hurry refused", "patient refused"]);
    expect(room.isEmpty()).toBe(true);
    room.makeRoom(1);
    expect(room.log).toHaveLength(2);
  });

  test("neither enters nor is refused once the caller has gone", () => {
    const room = roomWithClock(0);
    for (const it of ["gone", "there", "late", "late and gone"]) room.come(it);
    room.gone.add("gone");
    room.makeRoom(1);
    expect(room.log).toEqual(["there entered"]);
    room.gone.add("late and gone");
    room.pass(WAIT_MS);
    expect(room.log).toEqual(["there entered", "late refused"]);
  });

  test("is refused at once where too many wait", () => {
    const room = roomWithClock(0);
    for (let i = 0; i < WAITING_MAX; i++) room.come("one");
    expect(room.count()).toBe(WAITING_MAX);
    room.come("one too many");
    expect(room.log).toEqual(["one too many refused"]);
  });

  test("is looked after only while somebody waits", () => {
    const room = roomWithClock(0);
    expect(room.isWatched()).toBe(false);
    room.come("one");
    expect(room.isWatched()).toBe(true);
    room.makeRoom(1);
    room.pass(10);
    expect(room.isWatched()).toBe(false);
  });
});
