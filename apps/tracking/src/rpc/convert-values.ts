import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { invalidField } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";

/** Fails with INVALID_FIELD: whether the other project has it is nobody's business here. */
export function sameProject(project: string, parent: string, path: string): void {
  if (project !== parent) throw invalidField(path, `it is of another project than projects/${parent}`);
}

const YEAR_1_MS = -62_135_596_800_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** Milliseconds of a time. Fails with INVALID_FIELD outside of the years 1 to 9999, which is all that the contract can hold. */
export function timeMs(time: Timestamp, path: string): number {
  const ms = toMs(time);
  if (!(ms >= YEAR_1_MS && ms < YEAR_10000_MS)) throw invalidField(path, "it is outside of the years 1 to 9999");
  return ms;
}

/** A count or size as a number. Fails with INVALID_FIELD beyond 2^53. */
export function safeNumber(value: bigint, path: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidField(path, `${value} is beyond 2^53`);
  return Number(value);
}
