import type { FeatureValue } from "@throughline/kernel";
import { reader, writer } from "./encoding.ts";
import { compareValues } from "./value-order.ts";
import type { WindowState } from "./window-state.ts";

/** The least and the greatest value. Bytes: nothing, or the two values. */
export function extremesState(): WindowState {
  let least: FeatureValue = null;
  let most: FeatureValue = null;
  const consider = (value: FeatureValue): void => {
    if (least === null || compareValues(value, least) < 0) least = value;
    if (most === null || compareValues(value, most) > 0) most = value;
  };
  return {
    add: consider,
    absorb(bytes) {
      if (bytes.byteLength === 0) return;
      const from = reader(bytes);
      consider(from.value());
      consider(from.value());
    },
    bytes() {
      const to = writer();
      if (least !== null) to.value(least);
      if (most !== null) to.value(most);
      return to.end();
    },
    result: ({ function: computes }) => (computes === "min" ? least : most),
  };
}
