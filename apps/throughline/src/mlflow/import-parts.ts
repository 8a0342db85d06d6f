import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@throughline/rpc";

/** Failures that everything after them would meet too. */
const HOPELESS: readonly Code[] = [
  Code.Unavailable,
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.DeadlineExceeded,
  Code.Canceled,
];

/** True for a failure that everything after it would meet too, such as a full disk. */
export const isHopeless = (error: unknown): boolean =>
  HOPELESS.includes(ConnectError.from(error).code) || reasonOf(error) === "STORAGE_FULL";

/** Refusals of what was said, and not of the caller or the moment. */
const REFUSALS: readonly Code[] = [
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.ResourceExhausted,
];

/** Why the platform does not take it, in words; undefined if that is not what failed. */
export function refusalOf(error: unknown): string | undefined {
  const { code, message } = ConnectError.from(error);
  return REFUSALS.includes(code) && !isHopeless(error) ? message : undefined;
}

/** How parts of a thing are sent, and who hears of those that are refused. */
export interface Sending<T> {
  readonly send: (parts: readonly T[]) => Promise<unknown>;
  readonly leftOut: (part: T, why: string) => unknown;
}

/** Sends parts together. What the platform refuses together is sent in halves, until what it refuses by itself is left out. */
export async function sendParts<T>(parts: readonly T[], sending: Sending<T>): Promise<void> {
  const [first] = parts;
  if (first === undefined) return;
  try {
    await sending.send(parts);
  } catch (error) {
    const why = refusalOf(error);
    if (why === undefined) throw error;
    if (parts.length === 1) {
      await sending.leftOut(first, why);
      return;
    }
    const half = Math.ceil(parts.length / 2);
    await sendParts(parts.slice(0, half), sending);
    await sendParts(parts.slice(half), sending);
  }
}

/**
 * Sends parts that are refused, if at all, for what they have in common. Why the platform takes none of them, as soon as it
 * refuses one by itself; undefined if it has taken all. What it refuses only together is sent in halves.
 */
export async function sendAlike<T>(parts: readonly T[], send: Sending<T>["send"]): Promise<string | undefined> {
  try {
    await send(parts);
    return undefined;
  } catch (error) {
    const why = refusalOf(error);
    if (why === undefined) throw error;
    if (parts.length === 1) return why;
    const half = Math.ceil(parts.length / 2);
    return (await sendAlike(parts.slice(0, half), send)) ?? (await sendAlike(parts.slice(half), send));
  }
}

export function inParts<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** The first and the last millisecond that the platform knows: its times are of the years 1 to 9999. */
const FIRST_MS = Date.parse("0001-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** The time that the platform knows which is the nearest: MLflow takes any number, such as one of nanoseconds. */
export const knownMs = (ms: number): number => Math.min(Math.max(Math.trunc(ms), FIRST_MS), LAST_MS);
