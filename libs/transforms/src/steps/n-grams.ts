import { MISSING_TEXT } from "../column.ts";
import { type NGrams, TRANSFORM_LIMITS } from "../definition.ts";
import { invalidConstants, nothingToLearn, tooMuchToRemember } from "../errors.ts";
import { eachGram, tokensOf } from "../evaluate/texts.ts";
import { aFlag, aList, aName, aNumber, aText, aWhole, type FieldCheck, oneOf } from "../fields.ts";
import { byCodePoint } from "../learn/counts.ts";
import type { Lane, ProgramBuilder } from "../program.ts";
import { expectTypes, type Learner, type Lowered, onlyInput, onlyOutput, type StepKind } from "./step-kind.ts";

interface NGramConstants {
  /** Each with its tokens, by their number. */
  readonly grams: readonly (readonly string[])[];
  /** What the counts are multiplied by. */
  readonly weights: readonly number[];
}

/** How often an n-gram occurs, and in how many texts. */
interface Occurrence {
  count: number;
  texts: number;
}

interface GramState {
  texts: number;
  readonly grams: Map<string, Occurrence>;
}

const SIZE_MAX = 1_000;
const SEPARATOR_MAX = 16;

const someTokens: FieldCheck = (value) => {
  const { separator } = (typeof value === "object" && value !== null ? value : {}) as { readonly separator?: unknown };
  const right = typeof separator === "string" && separator !== "" && separator.length <= SEPARATOR_MAX;
  return value === "characters" || (right && !separator.includes("\0") && separator.isWellFormed())
    ? undefined
    : `has to be "characters", or have a separator of 1 to ${SEPARATOR_MAX} characters`;
};

const { gramsMax, gramTokensMax } = TRANSFORM_LIMITS;

/** N-grams are ordered by the number of their tokens, as the operator wants them. */
const someGrams: FieldCheck = (value) => {
  const wrong = aList(aList(aText, 1, gramTokensMax), 1, gramsMax)(value);
  if (wrong !== undefined) return wrong;
  const lengths = (value as NGramConstants["grams"]).map((it) => it.length);
  return lengths.every((it, i) => it >= (lengths[i - 1] ?? 0)) ? undefined : "has to be ordered by length";
};

export const nGrams: StepKind<NGrams> = {
  fields: {
    input: aName,
    output: aName,
    tokens: someTokens,
    lengths: aList(aWhole(1, gramTokensMax), 2, 2),
    lowercase: { optional: aFlag },
    sizeMax: { optional: aWhole(1, gramsMax) },
    countMin: { optional: aWhole(1, Number.MAX_SAFE_INTEGER) },
    weight: { optional: oneOf("count", "binary", "tf-idf") },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["text"], report);
    if ((step.lengths[0] ?? 0) > (step.lengths[1] ?? 0)) report("lengths", "have to ascend, or be the same");
    return onlyOutput(step, "vector");
  },
  constants: { grams: someGrams, weights: aList(aNumber, 1, gramsMax) },
  learner: (step, inputs, build) => gramLearner(step, cased(step, inputs, build)),
  lower(step, { inputs, constants, build }): readonly Lowered[] {
    const { tokens, weight = "count" } = step;
    const { grams, weights } = constants as NGramConstants;
    if (grams.length !== weights.length) throw invalidConstants(step.output, "has not as many weights as n-grams");
    const counts = build.grams(cased(step, inputs, build), tokens, grams);
    const weighted =
      weight === "count"
        ? counts
        : weight === "binary"
          ? build.select(build.atLeast(counts, 1), 1, 0)
          : build.multiply(counts, build.constant(...weights));
    const joint = tokens === "characters" ? "" : tokens.separator;
    return [{ type: "vector", lane: weighted, labelOf: (i) => (grams[i] ?? []).join(joint) }];
  },
};

function cased({ lowercase = false }: NGrams, inputs: readonly Lowered[], build: ProgramBuilder): Lane {
  const { lane } = onlyInput(inputs);
  return lowercase ? build.lower(lane) : lane;
}

function gramLearner(step: NGrams, lane: Lane): Learner {
  const { output, tokens, sizeMax = SIZE_MAX, countMin = 1 } = step;
  const [least = 1, most = 1] = step.lengths;
  return {
    reads: [lane],
    empty: (): GramState => ({ texts: 0, grams: new Map() }),
    add(given, lanes) {
      const state = given as GramState;
      for (const text of lanes.texts(lane)) {
        if (text === MISSING_TEXT) continue;
        state.texts += 1;
        const seen = new Set<string>();
        const cut = tokensOf(text, tokens);
        for (let length = least; length <= most; length++)
          eachGram(cut, length, (key) => {
            note(state, [key, { count: 1, texts: seen.has(key) ? 0 : 1 }], output);
            seen.add(key);
          });
      }
    },
    merge(state, other) {
      (state as GramState).texts += (other as GramState).texts;
      for (const it of (other as GramState).grams) note(state as GramState, it, output);
    },
    constants(given) {
      const { grams, texts } = given as GramState;
      const frequent = [...grams]
        // The text that stands for a missing one must stay without n-grams.
        .filter(([key, { count }]) => count >= countMin && !key.split("\0").includes(MISSING_TEXT))
        .sort(([a, x], [b, y]) => y.count - x.count || byCodePoint(a, b))
        .slice(0, sizeMax)
        .map(([key, it]) => ({ tokens: key.split("\0"), weight: Math.log((1 + texts) / (1 + it.texts)) + 1 }))
        // Stable: within a length the frequent ones stay first.
        .sort((a, b) => a.tokens.length - b.tokens.length);
      if (frequent.length === 0) throw nothingToLearn(output, "no n-gram occurs often enough in its input");
      return { grams: frequent.map((it) => it.tokens), weights: frequent.map((it) => it.weight) };
    },
  };
}

function note({ grams }: GramState, [key, more]: readonly [string, Occurrence], output: string): void {
  const known = grams.get(key);
  if (known === undefined) {
    if (grams.size >= TRANSFORM_LIMITS.differentMax) throw tooMuchToRemember(output, TRANSFORM_LIMITS.differentMax);
    grams.set(key, { ...more });
    return;
  }
  known.count += more.count;
  known.texts += more.texts;
}
