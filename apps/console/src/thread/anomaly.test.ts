import { expect, test } from "vitest";
import { anomalyKind } from "./anomaly.ts";

test.each([
  ["COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH", "drifted"],
  ["DATASET_LOW_NUM_EXAMPLES", "too few rows"],
  ["SOMETHING_NEW", "something new"],
])("%s is told as %s", (type, text) => expect(anomalyKind(type)).toBe(text));
