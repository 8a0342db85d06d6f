import { loadGate } from "./load-gate.ts";

/** A gate whose clock only goes on when told: `turn` lets time pass, and looks. */
export function gateWithClock() {
  const clock = { ms: 0, busyMs: 0 };
  let look = (): void => {};
  const afterwards: (() => void)[] = [];
  const gate = loadGate({
    now: () => clock.ms,
    random: () => 0,
    busyMs: () => clock.busyMs,
    every(_ms, run) {
      look = run;
      return () => {};
    },
    afterTurn: (run) => void afterwards.push(run),
  });
  const turn = (ms: number): void => {
    clock.ms += ms;
    for (const it of afterwards.splice(0)) it();
    look();
  };
  return { gate, turn, clock };
}
