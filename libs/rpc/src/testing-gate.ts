import { loadGate } from "./load-gate.ts";

/** A gate whose clock only goes on when told: `turn` lets time pass, and looks. */
export function gateWithClock() {
  const clock = { ms: 0 };
  let look = (): void => {};
  const gate = loadGate({
    now: () => clock.ms,
    random: () => 0,
    every(_ms, run) {
      look = run;
      return () => {};
    },
  });
  const turn = (ms: number): void => {
    clock.ms += ms;
    look();
  };
  return { gate, turn };
}
