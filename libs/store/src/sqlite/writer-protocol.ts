import { DomainError, type DomainErrorOptions, type ErrorKind } from "@throughline/kernel";
import type { EncodedAppend, EncodedWrite } from "./encoded-write.ts";
import { type PackedPoints, packPoints, unpackPoints } from "./packed-points.ts";

/** A search index, or a family of series: what is written into it may wait before it is sorted in. */
export interface Unsettled {
  readonly kind: "index" | "series";
  readonly name: string;
}

/** Something to write into one store. */
export type Command = CommandOf<EncodedWrite>;

type CommandOf<W> =
  | { readonly kind: "batch"; readonly writes: readonly W[] }
  | { readonly kind: "removeSomeSeries"; readonly series: string; readonly prefix: string }
  | { readonly kind: "settle"; readonly what: Unsettled; readonly rows: number }
  | { readonly kind: "ping" };

/** Requests go to the thread, and replies come from it, in lists: one message for all of a turn of the event loop. */
export interface Request {
  /** Given back in the reply. */
  readonly id: number;
  /** Path of the store's file. It is opened at the first command. */
  readonly path: string;
  readonly command: PackedCommand | { readonly kind: "close" };
}

export type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

/** A command as it goes to the thread: cheap to copy. */
export type PackedCommand = CommandOf<PackedWrite>;

type PackedWrite =
  | Exclude<EncodedWrite, EncodedAppend>
  | (Omit<EncodedAppend, "points"> & { readonly packed: PackedPoints });

export const packed = (command: Command): PackedCommand =>
  command.kind === "batch" ? { ...command, writes: command.writes.map(packedWrite) } : command;

export const unpacked = (command: PackedCommand): Command =>
  command.kind === "batch" ? { ...command, writes: command.writes.map(unpackedWrite) } : command;

const packedWrite = (write: EncodedWrite): PackedWrite =>
  write.kind === "append" ? { kind: "append", series: write.series, packed: packPoints(write.points) } : write;

const unpackedWrite = (write: PackedWrite): EncodedWrite =>
  write.kind === "append" ? { kind: "append", series: write.series, points: unpackPoints(write.packed) } : write;

/** An error as data: a class does not survive the way between threads. */
export type Failure =
  | ({ readonly domain: true; readonly kind: ErrorKind; readonly reason: Uppercase<string> } & FailureText)
  | ({ readonly domain: false; readonly stack: string } & Pick<FailureText, "message">);

interface FailureText extends Required<Pick<DomainErrorOptions, "metadata" | "violations">> {
  readonly message: string;
  readonly cause: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof DomainError)) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { domain: false, message, stack: stack ?? "" };
  }
  const { kind, reason, message, metadata, violations, cause } = error;
  const causeText = cause instanceof Error ? cause.message : undefined;
  return { domain: true, kind, reason, message, metadata, violations, cause: causeText };
}

export function errorOf(failure: Failure): Error {
  if (!failure.domain) {
    const bug = new Error(failure.message);
    bug.stack = `${failure.stack}\n    in the thread that writes`;
    return bug;
  }
  const { kind, reason, message, metadata, violations, cause } = failure;
  return new DomainError(kind, reason, message, {
    metadata,
    violations,
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}
