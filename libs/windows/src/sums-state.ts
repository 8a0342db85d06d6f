import { reader, writer } from "./encoding.ts";
import { NO_SUMS, plusSums, plusValue, readSums, sumsResult, writeSums } from "./sums.ts";
import type { WindowState } from "./window-state.ts";

/** Exact sums. Bytes: see writeSums. */
export function sumsState(kind: { readonly ofWholes: boolean; readonly withSquares: boolean }): WindowState {
  const { ofWholes, withSquares } = kind;
  let sums = NO_SUMS;
  return {
    add(value) {
      sums = plusValue(sums, value, withSquares);
    },
    absorb(bytes) {
      sums = plusSums(sums, readSums(reader(bytes), withSquares));
    },
    bytes() {
      const to = writer();
      writeSums(to, sums, withSquares);
      return to.end();
    },
    result: (aggregate) => sumsResult(sums, aggregate, ofWholes),
  };
}
