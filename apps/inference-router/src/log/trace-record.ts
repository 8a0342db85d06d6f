import { canonicalRowBytes } from "@throughline/kernel";
import type { EnrichedRow, GateVerdict, GraphChoice, GraphTrace } from "../domain/graph/trace.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import { decodeTimes, encodeTimes } from "./feature-times.ts";

/** The trace as JSON. Numbers that JSON does not know (NaN, infinities) are texts; rows are the bytes that predictions have of theirs. */
interface WrittenTrace {
  readonly path: readonly string[];
  readonly scores: readonly WrittenNumber[];
  readonly choices: readonly (Omit<GraphChoice, "arm"> & { readonly arm?: WrittenArm })[];
  readonly absent: GraphTrace["absent"];
  readonly verdicts: readonly (Omit<GateVerdict, "score" | "limit"> & {
    readonly score: WrittenNumber;
    readonly limit: WrittenNumber;
  })[];
  readonly enriched: readonly (readonly [node: string, values: string, times: string])[];
  readonly isRefused: boolean;
}
type WrittenNumber = number | string;
interface WrittenArm {
  readonly name: string;
  readonly context: readonly WrittenNumber[];
}

const written = (value: number): WrittenNumber =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : numberText(value);
const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** The fifth part of a prediction's payload. */
export function encodeTrace(trace: GraphTrace): Buffer {
  const record: WrittenTrace = {
    ...trace,
    scores: trace.scores.map(written),
    choices: trace.choices.map(({ arm, ...choice }) => ({
      ...choice,
      ...(arm && { arm: { name: arm.name, context: arm.context.map(written) } }),
    })),
    verdicts: trace.verdicts.map((it) => ({ ...it, score: written(it.score), limit: written(it.limit) })),
    enriched: trace.enriched.map(({ node, features }) => [
      node,
      canonicalRowBytes(features.map((it) => it.value)).toString("base64"),
      encodeTimes(features).toString("base64"),
    ]),
  };
  return Buffer.from(JSON.stringify(record));
}

export function decodeTrace(payload: Buffer): GraphTrace {
  const record = JSON.parse(payload.toString("utf8")) as WrittenTrace;
  return {
    ...record,
    scores: record.scores.map(Number),
    choices: record.choices.map(({ arm, ...choice }) => ({
      ...choice,
      ...(arm && { arm: { name: arm.name, context: arm.context.map(Number) } }),
    })),
    verdicts: record.verdicts.map((it) => ({ ...it, score: Number(it.score), limit: Number(it.limit) })),
    enriched: record.enriched.map(
      ([node, values, times]): EnrichedRow => ({
        node,
        features: decodeTimes(Buffer.from(times, "base64"), readCanonicalRow(Buffer.from(values, "base64"))),
      }),
    ),
  };
}
