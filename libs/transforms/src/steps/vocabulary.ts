import { MISSING_TEXT, MISSING_WHOLE } from "../column.ts";
import { TRANSFORM_LIMITS, type Vocabulary } from "../definition.ts";
import { aList, aName, aNumber, aText, aWhole } from "../fields.ts";
import { addCount, byCodePoint, type CountState, mostFrequent } from "../learn/counts.ts";
import type { Lane } from "../program.ts";
import { hashed } from "./hash.ts";
import { expectTypes, type Learner, onlyInput, onlyOutput, type StepKind } from "./step-kind.ts";

/** Whole numbers are written in decimal, since JSON has no int64. */
interface VocabularyConstants {
  readonly keys: readonly string[];
  readonly counts: readonly number[];
}

const SIZE_MAX = 10_000;
const HASH_SEED = 0;

export const vocabulary: StepKind<Vocabulary> = {
  fields: {
    input: aName,
    output: aName,
    sizeMax: { optional: aWhole(1, TRANSFORM_LIMITS.vocabularyMax) },
    countMin: { optional: aWhole(1, Number.MAX_SAFE_INTEGER) },
    oovBuckets: { optional: aWhole(1, TRANSFORM_LIMITS.categoriesMax) },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["text", "whole"], report);
    return onlyOutput(step, "category");
  },
  constants: {
    keys: aList(aText, 0, TRANSFORM_LIMITS.vocabularyMax),
    counts: aList(aNumber, 0, TRANSFORM_LIMITS.vocabularyMax),
  },
  learner: (step, inputs) => countingLearner(step, onlyInput(inputs).lane),
  lower({ oovBuckets = 1 }, { inputs, constants, build }) {
    const input = onlyInput(inputs);
    const { lane } = input;
    const { keys } = constants as VocabularyConstants;
    // The value that stands for a missing one is looked up like any other.
    const place =
      lane.kind === "whole"
        ? build.wholePosition(lane, [...keys.map(BigInt), MISSING_WHOLE])
        : build.textPosition(lane, [...keys, MISSING_TEXT]);
    const size = keys.length;
    const others =
      oovBuckets === 1
        ? build.constant(size)
        : build.add(hashed(build, lane, { buckets: oovBuckets, seed: HASH_SEED }), size);
    const known = build.select(build.atLeast(place, size), size + oovBuckets, place);
    return [
      {
        type: "category",
        lane: build.select(build.less(place, 0), others, known),
        cardinality: size + oovBuckets + 1,
        labelOf: (i) => keys[i] ?? (i === size + oovBuckets ? "missing" : `other ${i - size}`),
      },
    ];
  },
};

function countingLearner({ output, sizeMax = SIZE_MAX, countMin = 1 }: Vocabulary, lane: Lane): Learner {
  type Key = string | bigint;
  const limit = { output, differentMax: TRANSFORM_LIMITS.differentMax };
  // All keys of a column are of one type.
  const compare = (a: Key, b: Key): number =>
    typeof a === "string" || typeof b === "string" ? byCodePoint(String(a), String(b)) : a < b ? -1 : Number(a > b);
  return {
    reads: [lane],
    empty: () => new Map<Key, number>(),
    add(state, lanes) {
      const counts = state as CountState<Key>;
      if (lane.kind === "text") {
        for (const it of lanes.texts(lane)) if (it !== MISSING_TEXT) addCount<Key>(counts, [it, 1], limit);
      } else for (const it of lanes.wholes(lane)) if (it !== MISSING_WHOLE) addCount<Key>(counts, [it, 1], limit);
    },
    merge(state, other) {
      for (const it of other as CountState<Key>) addCount(state as CountState<Key>, it, limit);
    },
    constants(state) {
      const kept = mostFrequent(state as CountState<Key>, compare)
        .filter(([, times]) => times >= countMin)
        .slice(0, sizeMax);
      return { keys: kept.map(([key]) => String(key)), counts: kept.map(([, times]) => times) };
    },
  };
}
