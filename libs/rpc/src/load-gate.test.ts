import { describe, expect, test } from "vitest";
import { loadGate } from "./load-gate.ts";
import { LOOK_MS } from "./load-limit.ts";
import { gateWithClock } from "./testing-gate.ts";

/** What a call costs the loop, in milliseconds: a refused one, and one that is answered. */
interface Costs {
  readonly refusedMs: number;
  readonly answeredMs: number;
}

interface Load {
  readonly perMs: number;
  /** Calls that callers may have open at the same time; the others wait at the caller, in their order. */
  readonly streams?: number;
  /** How long a call waits for its model, and the loop does nothing for it. */
  readonly waitMs?: number;
  readonly isGated?: boolean;
}

const PATIENCE_MS = 250;

/**
 * An event loop that does in each turn what has come since the last one: it looks at each call, lets it in or refuses it, and
 * answers in the next turn, or once its model is done, what it let in. What it answers and refuses leaves at the end of the turn. Time is counted, not measured.
 */
function simulate(
  { refusedMs, answeredMs }: Costs,
  { perMs, streams = Number.POSITIVE_INFINITY, waitMs = 0, isGated = true }: Load,
) {
  const clock = { ms: 0, busyMs: 0 };
  let look: (() => void) | undefined;
  let lookAt = Number.POSITIVE_INFINITY;
  let endTurn = (): void => {};
  const gate = loadGate({
    now: () => clock.ms,
    random: () => 0.5,
    busyMs: () => clock.busyMs,
    every(ms, run) {
      look = run;
      lookAt = clock.ms + ms;
      return () => {
        look = undefined;
      };
    },
    afterTurn(run) {
      endTurn = run;
    },
  });
  let [came, open] = [0, 0];
  let admitted: { readonly at: number; readonly doneAt: number }[] = [];
  let [good, refused] = [0, 0];
  const HALF_MS = 10_000;
  while (clock.ms < 2 * HALF_MS) {
    if (look && clock.ms >= lookAt) {
      look();
      lookAt = clock.ms + LOOK_MS;
    }
    const startedAt = clock.ms;
    const isCounted = startedAt >= HALF_MS;
    const waiting = admitted.findIndex((it) => it.doneAt > startedAt);
    const done = waiting === -1 ? admitted : admitted.slice(0, waiting);
    admitted = waiting === -1 ? [] : admitted.slice(waiting);
    let ended = done.length;
    for (const { at } of done) {
      clock.ms += answeredMs / 2;
      if (isGated) gate.leave();
      if (isCounted && clock.ms - at <= PATIENCE_MS) good += 1;
    }
    for (const due = Math.floor(perMs * clock.ms); came < due && open < streams; came++) {
      const at = came / perMs;
      // Who has waited too long for a stream has given up, and costs nothing.
      if (Number.isFinite(streams) && startedAt - at > PATIENCE_MS) continue;
      open += 1;
      if (!isGated || gate.enter(PATIENCE_MS)) {
        clock.ms += answeredMs / 2;
        admitted.push({ at, doneAt: clock.ms + waitMs });
      } else {
        clock.ms += refusedMs;
        ended += 1;
        if (isCounted) refused += 1;
      }
    }
    open -= ended;
    endTurn();
    clock.busyMs += clock.ms - startedAt;
    clock.ms += 0.05;
  }
  const seconds = (clock.ms - HALF_MS) / 1_000;
  return { goodPerSecond: good / seconds, refusedPerSecond: refused / seconds, gate };
}

const PEAK_PER_MS = 20;

describe("the gate under a load of so many times the peak", () => {
  const costs = { refusedMs: 0.05 / PEAK_PER_MS, answeredMs: 1 / PEAK_PER_MS };

  test("refuses nobody below the peak", () => {
    expect(simulate(costs, { perMs: 0.8 * PEAK_PER_MS }).refusedPerSecond).toBe(0);
  });

  test.for([1.5, 2, 3, 6])("%d times: answers nine in ten of what is left beside the refusals in time", (times) => {
    const share = costs.refusedMs / costs.answeredMs;
    const possible = (1_000 * PEAK_PER_MS * (1 - times * share)) / (1 - share);
    expect(simulate(costs, { perMs: times * PEAK_PER_MS }).goodPerSecond).toBeGreaterThan(0.9 * possible);
  });

  test("where a refusal costs a quarter of an answer, still answers what is possible at three times", () => {
    const dear = { refusedMs: 0.25 / PEAK_PER_MS, answeredMs: 1 / PEAK_PER_MS };
    const possible = (1_000 * PEAK_PER_MS * (1 - 0.75)) / (1 - 0.25);
    expect(simulate(dear, { perMs: 3 * PEAK_PER_MS }).goodPerSecond).toBeGreaterThan(0.9 * possible);
  });

  test("answers nine tenths of the peak where a refusal costs a twentyfifth, also if callers may have no more than 4,096 calls open", () => {
    const cheap = { refusedMs: 0.04 / PEAK_PER_MS, answeredMs: 1 / PEAK_PER_MS };
    for (const streams of [4_096, 8_192, Number.POSITIVE_INFINITY])
      expect(simulate(cheap, { perMs: 3 * PEAK_PER_MS, streams }).goodPerSecond).toBeGreaterThan(900 * PEAK_PER_MS);
  });

  test.for([50, 100, 150])(
    "calls that wait %d ms for their model are all let in below the peak, and fill the loop above it",
    (waitMs) => {
      const cheap = { refusedMs: 0.04 / PEAK_PER_MS, answeredMs: 1 / PEAK_PER_MS };
      expect(simulate(cheap, { perMs: 0.75 * PEAK_PER_MS, waitMs }).refusedPerSecond).toBe(0);
      expect(simulate(cheap, { perMs: PEAK_PER_MS, waitMs }).goodPerSecond).toBeGreaterThan(950 * PEAK_PER_MS);
      expect(simulate(cheap, { perMs: 3 * PEAK_PER_MS, waitMs }).goodPerSecond).toBeGreaterThan(800 * PEAK_PER_MS);
    },
  );

  test("without it nothing is in time", () => {
    expect(simulate(costs, { perMs: 3 * PEAK_PER_MS, isGated: false }).goodPerSecond).toBe(0);
  });
});

test("a loop that is late once refuses nobody", () => {
  const { gate, turn } = gateWithClock();
  for (let i = 0; i < 500; i++) expect(gate.enter(10_000)).toBe(true);
  turn(400);
  turn(LOOK_MS);
  expect(gate.enter(10_000)).toBe(true);
});

describe("a process that stood", () => {
  const running = () => {
    const it = gateWithClock();
    it.gate.enter(10_000);
    for (let i = 0; i < 30; i++) it.turn(LOOK_MS);
    return it;
  };

  test("is known as one for a moment, and so is one that nobody had called", () => {
    const { gate, turn } = running();
    expect(gate.hasStood()).toBe(false);
    turn(1_000);
    expect(gate.hasStood()).toBe(true);
    turn(250);
    expect(gate.hasStood()).toBe(false);
    const idle = gateWithClock();
    idle.gate.enter(10_000);
    expect(idle.gate.hasStood()).toBe(true);
  });

  test("is told from one that refuses, and from one that is late again and again", () => {
    const refusing = running();
    while (refusing.gate.enter(10_000));
    refusing.turn(1_000);
    expect(refusing.gate.hasStood()).toBe(false);
    const late = running();
    for (let i = 0; i < 5; i++) late.turn(300);
    expect(late.gate.hasStood()).toBe(false);
  });
});

test("spreads those who come again", () => {
  const chances = [0, 0.5, 0.999];
  const gate = loadGate({
    now: () => 0,
    random: () => chances.shift() ?? 0,
    busyMs: () => 0,
    every: () => () => {},
    afterTurn() {},
  });
  expect([gate.retryMs(), gate.retryMs(), gate.retryMs()]).toEqual([320, 480, 620]);
});

test("lets no more in at once than a turn can do, also if the others have left in it", () => {
  const { gate, turn } = gateWithClock();
  let entered = 0;
  for (let i = 0; i < 10_000; i++) {
    if (!gate.enter(10_000)) continue;
    entered += 1;
    gate.leave();
  }
  expect(entered).toBe(512);
  turn(LOOK_MS);
  expect(gate.enter(10_000)).toBe(true);
});

test("while a busy loop refuses, fewer and fewer are at work, and more again when it has time", () => {
  const { gate, turn, clock } = gateWithClock();
  let atWork = 0;
  const fill = (): number => {
    while (gate.enter(10_000)) atWork += 1;
    return atWork;
  };
  expect(fill()).toBe(512);
  for (let i = 0; i < 50; i++) {
    clock.busyMs += LOOK_MS;
    turn(LOOK_MS);
    fill();
    for (; atWork > 0 && i < 49; atWork -= 1) gate.leave();
  }
  expect(atWork).toBe(192);
  for (let i = 0; i < 50; i++) turn(LOOK_MS);
  expect(fill()).toBeGreaterThanOrEqual(512);
});

test("lets any number in that wait for slow models, but only a little more at a time while the loop has much to do", () => {
  const { gate, turn, clock } = gateWithClock();
  let atWork = 0;
  const fill = (): number => {
    let entered = 0;
    while (gate.enter(10_000)) entered += 1;
    atWork += entered;
    return entered;
  };
  for (let i = 0; i < 20; i++) {
    turn(LOOK_MS);
    fill();
  }
  turn(LOOK_MS);
  expect(fill()).toBe(512);
  // Until the doubled limit of before is reached there is room; beyond it a twentieth.
  let little = 0;
  for (let i = 0; i < 40; i++) {
    clock.busyMs += 0.9 * LOOK_MS;
    turn(LOOK_MS);
    little = fill();
  }
  expect(little).toBeGreaterThan(0);
  expect(little).toBeLessThanOrEqual(Math.ceil(0.05 * atWork));
  const full = atWork;
  clock.busyMs += LOOK_MS;
  turn(LOOK_MS);
  expect(fill()).toBe(0);
  expect(atWork).toBe(full);
});

describe("those who wait for room", () => {
  test("are told once, in the turn after somebody has left", () => {
    const { gate, turn } = gateWithClock();
    let entered = 0;
    while (gate.enter(10_000)) entered += 1;
    expect(entered).toBe(512);
    let told = 0;
    gate.whenRoom(() => {
      told += 1;
    });
    gate.leave();
    gate.leave();
    expect(told).toBe(0);
    turn(1);
    turn(1);
    expect(told).toBe(1);
  });

  test("are told when the limit has grown, and not while there is no room", () => {
    const { gate, turn, clock } = gateWithClock();
    for (let i = 0; i < 512; i++) gate.enter(10_000);
    clock.busyMs += LOOK_MS;
    gate.enter(10_000);
    turn(LOOK_MS);
    let isTold = false;
    gate.whenRoom(() => {
      isTold = true;
    });
    clock.busyMs += LOOK_MS;
    turn(LOOK_MS);
    expect(isTold).toBe(false);
    for (let i = 0; i < 10; i++) turn(LOOK_MS);
    expect(isTold).toBe(true);
  });
});
