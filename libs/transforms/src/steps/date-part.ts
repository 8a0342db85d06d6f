import type { DatePart } from "../definition.ts";
import { invalidConstants } from "../errors.ts";
import { aList, aName, aNumber, oneOf } from "../fields.ts";
import type { Lane, ProgramBuilder } from "../program.ts";
import { expectTypes, onlyInput, onlyOutput, remainderOf, type StepKind } from "./step-kind.ts";

type Part = DatePart["part"];

/** How many values a part has, and the first of them. */
const PERIODS: Readonly<Record<Exclude<Part, "year">, readonly [count: number, first: number]>> = {
  month: [12, 1],
  day: [31, 1],
  weekday: [7, 0],
  hour: [24, 0],
  minute: [60, 0],
  second: [60, 0],
};

const DAY_NS = 86_400_000_000_000n;
const [HOUR_NS, MINUTE_NS, SECOND_NS] = [3_600_000_000_000, 60_000_000_000, 1_000_000_000];

export const datePart: StepKind<DatePart> = {
  fields: {
    input: aName,
    output: aName,
    part: oneOf("year", ...Object.keys(PERIODS)),
    as: { optional: oneOf("number", "cyclic", "category") },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["timestamp"], report);
    const { as = "number" } = step;
    if (step.part === "year" && as !== "number") report("as", "has to be number: years do not come back");
    return onlyOutput(step, as === "cyclic" ? "vector" : as);
  },
  constants: { points: aList(aList(aNumber, 2, 2), 7, 60) },
  // Constants, so that training and serving have the same sines, whatever the libraries of mathematics make of them.
  fixed: (step) =>
    step.as === "cyclic" && step.part !== "year" ? { points: circle(PERIODS[step.part][0]) } : undefined,
  lower({ part, as = "number", output }, { inputs, constants, build }) {
    const input = onlyInput(inputs);
    const missing = build.wholeMissing(input.lane);
    const number = partOf(build, input.lane, part);
    if (as === "number" || part === "year")
      return [{ type: "number", lane: build.select(missing, Number.NaN, number) }];
    const [count, first] = PERIODS[part];
    const index = build.select(missing, count, build.subtract(number, first));
    if (as === "category")
      return [
        {
          type: "category",
          lane: index,
          cardinality: count + 1,
          labelOf: (i) => (i === count ? "missing" : `${i + first}`),
        },
      ];
    const { points } = constants as { readonly points: readonly (readonly number[])[] };
    if (points.length !== count) throw invalidConstants(output, `has ${points.length} points, and the circle ${count}`);
    const lane = build.take(index, [...points, [Number.NaN, Number.NaN]]);
    return [{ type: "vector", lane, labelOf: (i) => `${output} ${i === 0 ? "sine" : "cosine"}` }];
  },
};

/** Points on the unit circle: sine and cosine. */
const circle = (count: number): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    return [Math.sin(angle), Math.cos(angle)];
  });

/** The part of a timestamp that is not missing. All quotients are of whole numbers below 2^53, so that they are exact. */
function partOf(build: ProgramBuilder, timestamp: Lane, part: Part): Lane {
  const { add, subtract, multiply, divide, floor, select, less } = build;
  // The quotient is towards zero; before 1970 that is the day after.
  const left = build.wholeNumber(build.remainder(timestamp, DAY_NS));
  const isBefore = less(left, 0);
  const time = select(isBefore, add(left, Number(DAY_NS)), left);
  if (part === "hour") return floor(divide(time, HOUR_NS));
  if (part === "minute") return floor(divide(remainderOf(build, time, HOUR_NS), MINUTE_NS));
  if (part === "second") return floor(divide(remainderOf(build, time, MINUTE_NS), SECOND_NS));
  const quotient = build.wholeNumber(build.quotient(timestamp, DAY_NS));
  const days = select(isBefore, subtract(quotient, 1), quotient);
  // 1970-01-01 was a Thursday.
  if (part === "weekday") return remainderOf(build, add(days, 3), 7);
  // The proleptic Gregorian calendar in years that begin on March 1, in eras of 400 years (Neri and Schneider 2022, Hinnant 2013).
  const whole = (of: Lane, by: number): Lane => floor(divide(of, by));
  const shifted = add(days, 719_468);
  const era = whole(shifted, 146_097);
  const dayOfEra = remainderOf(build, shifted, 146_097);
  const leapDays = subtract(add(whole(dayOfEra, 1_460), whole(dayOfEra, 146_096)), whole(dayOfEra, 36_524));
  const yearOfEra = whole(subtract(dayOfEra, leapDays), 365);
  const daysBefore = add(multiply(yearOfEra, 365), subtract(whole(yearOfEra, 4), whole(yearOfEra, 100)));
  const dayOfYear = subtract(dayOfEra, daysBefore);
  const monthFromMarch = whole(add(multiply(dayOfYear, 5), 2), 153);
  if (part === "day") return add(subtract(dayOfYear, whole(add(multiply(monthFromMarch, 153), 2), 5)), 1);
  const isEarly = less(monthFromMarch, 10);
  const month = select(isEarly, add(monthFromMarch, 3), subtract(monthFromMarch, 9));
  if (part === "month") return month;
  return add(add(yearOfEra, multiply(era, 400)), select(isEarly, 0, 1));
}
