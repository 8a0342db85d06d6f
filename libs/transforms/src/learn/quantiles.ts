/**
 * Numbers and how often each occurs, exactly, until there are too many different ones. Then bits are dropped from the end of
 * the fraction of all of them, as few as make them few enough, and numbers that become alike are counted together.
 *
 * The number of bits that is left depends on the numbers alone and not on their order or on how they were split: it is the
 * greatest for which there are few enough. So merged states are the same in any split. What the dropped bits cost is measured,
 * not estimated: no quantile is further off, in rank, than the greatest count of numbers that became alike.
 */
export interface QuantileState {
  /** Different numbers that are kept at most. */
  readonly differentMax: number;
  /** Bits of the fraction that are kept, 52 if all are. */
  bits: number;
  /** Different numbers in ascending order, without the dropped bits, and how often each occurs. */
  run: Run;
  /** Numbers that are not in the run yet: sorting many at once is what makes this fast. */
  readonly waiting: Float64Array;
  waitingCount: number;
}

interface Run {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

/** Different numbers that a state keeps. */
export const DIFFERENT_NUMBERS_MAX = 131_072;
const ALL_BITS = 52;
const WAITING_MAX = 16_384;

export const noQuantiles = (differentMax: number = DIFFERENT_NUMBERS_MAX): QuantileState => ({
  differentMax,
  bits: ALL_BITS,
  run: { values: new Float64Array(), counts: new Float64Array() },
  waiting: new Float64Array(WAITING_MAX),
  waitingCount: 0,
});

/** Adds the finite numbers among the values. */
export function addQuantiles(state: QuantileState, values: Float64Array): void {
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (state.waitingCount === WAITING_MAX) settle(state);
    state.waiting[state.waitingCount++] = cut(value, state.bits);
  }
}

/** Adds what another state has seen. The other's numbers may be sorted meanwhile. */
export function mergeQuantiles(state: QuantileState, other: QuantileState): void {
  settle(state);
  settle(other);
  const bits = Math.min(state.bits, other.bits);
  state.run = merged(cutRun(state.run, bits), cutRun(other.run, bits));
  state.bits = bits;
  coarsen(state);
}

/** Puts what waits into the run. */
function settle(state: QuantileState): void {
  if (state.waitingCount === 0) return;
  const values = state.waiting.slice(0, state.waitingCount).sort();
  state.waitingCount = 0;
  state.run = merged(state.run, alikeTogether({ values, counts: new Float64Array(values.length).fill(1) }));
  coarsen(state);
}

/** Two ascending runs as one. */
function merged(a: Run, b: Run): Run {
  const values = new Float64Array(a.values.length + b.values.length);
  const counts = new Float64Array(values.length);
  let [i, j] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const isA = j >= b.values.length || (i < a.values.length && (a.values[i] as number) <= (b.values[j] as number));
    const [from, at] = isA ? [a, i++] : [b, j++];
    values[k] = from.values[at] as number;
    counts[k] = from.counts[at] as number;
  }
  return alikeTogether({ values, counts });
}

/** An ascending run in which equal numbers are one. */
function alikeTogether({ values, counts }: Run): Run {
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    if (last >= 0 && values[i] === values[last]) counts[last] = (counts[last] as number) + (counts[i] as number);
    else {
      last += 1;
      values[last] = values[i] as number;
      counts[last] = counts[i] as number;
    }
  }
  return { values: values.slice(0, last + 1), counts: counts.slice(0, last + 1) };
}

/** Cutting keeps the order, since it is towards zero. */
const cutRun = ({ values, counts }: Run, bits: number): Run =>
  alikeTogether({ values: values.map((it) => cut(it, bits)), counts: counts.slice() });

/** Drops as few bits as make the numbers few enough. */
function coarsen(state: QuantileState): void {
  if (state.run.values.length <= state.differentMax) return;
  // At 0 bits there are as many as powers of two, which are few. What is few enough stays so with fewer bits.
  let [enough, tooMany] = [0, state.bits];
  while (tooMany - enough > 1) {
    const middle = (enough + tooMany) >>> 1;
    if (differentAt(state.run, middle) <= state.differentMax) enough = middle;
    else tooMany = middle;
  }
  state.bits = enough;
  state.run = cutRun(state.run, enough);
}

function differentAt({ values }: Run, bits: number): number {
  let [different, before] = [0, Number.NaN];
  for (const value of values) {
    const it = cut(value, bits);
    if (it !== before) different += 1;
    before = it;
  }
  return different;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
/** Where the word with the exponent is: machines differ in the order of bytes. It also has 20 bits of the fraction. */
const HIGH = words[1] === 0 ? 0 : 1;
const LOW = 1 - HIGH;

/** The number without the last bits of its fraction; never -0. */
function cut(value: number, bits: number): number {
  if (bits === ALL_BITS) return value + 0;
  double[0] = value;
  words[LOW] = bits <= 20 ? 0 : (words[LOW] as number) & (-1 << (ALL_BITS - bits));
  if (bits < 20) words[HIGH] = (words[HIGH] as number) & (-1 << (20 - bits));
  return (double[0] as number) + 0;
}

/** Numbers in ascending order with the count of all up to each. */
export interface Ranked {
  readonly values: Float64Array;
  readonly upTo: Float64Array;
  readonly total: number;
  /** The greatest difference, in rank divided by the total, between a quantile and the exact one. 0 if all bits are kept. */
  readonly rankErrorMax: number;
}

export function ranked(state: QuantileState): Ranked {
  settle(state);
  const { bits, run } = state;
  // Numbers that became alike are spread from the one whose bits were cut to the next: their middle stands for them.
  const middle = bits === ALL_BITS ? 1 : 1 + 2 ** -(bits + 1);
  let [total, most] = [0, 0];
  const upTo = run.counts.map((times) => {
    most = Math.max(most, times);
    total += times;
    return total;
  });
  const rankErrorMax = bits === ALL_BITS || total === 0 ? 0 : most / total;
  return { values: run.values.map((it) => it * middle), upTo, total, rankErrorMax };
}

/** The quantile between 0 and 1, linear between neighbours: definition 7 of Hyndman and Fan 1996, as NumPy computes it. */
export function quantileOf(numbers: Ranked, q: number): number {
  const place = q * (numbers.total - 1);
  const below = Math.floor(place);
  const [a, b] = [atRank(numbers, below), atRank(numbers, Math.min(below + 1, numbers.total - 1))];
  const part = place - below;
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

/** The number at a place, counted from 0. */
function atRank({ values, upTo }: Ranked, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((upTo[middle] as number) > place) high = middle;
    else low = middle + 1;
  }
  return values[low] ?? Number.NaN;
}
