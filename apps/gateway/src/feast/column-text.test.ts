import { create } from "@bufbuild/protobuf";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { FeatureColumnSchema, ReadViewSchema } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import fc from "fast-check";
import { expect, test } from "vitest";
import { columnTexts } from "./column-text.ts";

const STATUSES = { [FeatureStatus.PRESENT]: "PRESENT", [FeatureStatus.MISSING]: "NOT_FOUND" } as const;
const EPOCH = "1970-01-01T00:00:00Z";

/** Rows of a view with a column of floats, one of whole numbers and one of texts, and of a field of the request. */
const rows = fc.array(
  fc.record({
    float: fc.oneof(fc.double(), fc.integer()),
    whole: fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }),
    text: fc.string({ unit: "grapheme" }),
    isPresent: fc.boolean(),
    seconds: fc.integer({ min: 0, max: 4_000_000_000 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test("columns are the values, statuses and times of their rows", () => {
  fc.assert(
    fc.property(rows, (of) => {
      const statuses = of.map((it) => (it.isPresent ? FeatureStatus.PRESENT : FeatureStatus.MISSING));
      const nullRows = of.flatMap((it, row) => (it.isPresent ? [] : [row]));
      const common = { viewIndex: 0, statuses, nullRows };
      const columns = [
        {
          viewIndex: -1,
          type: ValueType.INT64,
          int64Values: of.map((it) => it.whole),
          statuses: of.map(() => FeatureStatus.PRESENT),
        },
        { ...common, type: ValueType.FLOAT64, float64Values: of.map((it) => (it.isPresent ? it.float : 0)) },
        { ...common, type: ValueType.INT64, int64Values: of.map((it) => it.whole) },
        { ...common, viewIndex: 1, type: ValueType.STRING, stringValues: of.map((it) => it.text) },
      ].map((it) => create(FeatureColumnSchema, it));
      // Of the second view no latest value was asked for.
      const times = of.map((it) => BigInt(it.seconds) * 1_000_000_000n);
      const views = [times, []].map((eventTimesNs) => create(ReadViewSchema, { eventTimesNs }));
      const isoTimes = of.map((it) => new Date(it.seconds * 1_000).toISOString().replace(".000Z", "Z"));
      const noTimes = of.map(() => EPOCH);
      const present = <T>(value: (row: (typeof of)[number]) => T) => of.map((it) => (it.isPresent ? value(it) : null));
      const texts = statuses.map((it) => STATUSES[it]);
      expect(JSON.parse(`[${columnTexts(columns, views)}]`)).toEqual([
        { values: of.map((it) => Number(it.whole)), statuses: of.map(() => "PRESENT"), event_timestamps: noTimes },
        { values: present((it) => floatOf(it.float)), statuses: texts, event_timestamps: isoTimes },
        { values: present((it) => Number(it.whole)), statuses: texts, event_timestamps: isoTimes },
        { values: present((it) => it.text), statuses: texts, event_timestamps: noTimes },
      ]);
    }),
  );
});

/** JSON has no zero with a sign, and no numbers that are none. */
function floatOf(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  return value === 0 ? 0 : value;
}
