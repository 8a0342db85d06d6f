import { reader, writer } from "./encoding.ts";
import type { WindowState } from "./window-state.ts";

/** How many values there are. Bytes: the count. */
export function countState(): WindowState {
  let count = 0;
  return {
    add() {
      count += 1;
    },
    absorb(bytes) {
      count += reader(bytes).count();
    },
    bytes() {
      const to = writer();
      to.count(count);
      return to.end();
    },
    result: () => BigInt(count),
  };
}
