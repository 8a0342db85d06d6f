import { DomainError, type DomainErrorOptions, type ErrorKind } from "@throughline/kernel";
import type { EncodedWrite } from "./encoded-write.ts";

/** Something to write into one store. */
export type Command =
  | { readonly kind: "batch"; readonly writes: readonly EncodedWrite[] }
  | { readonly kind: "removeSomeSeries"; readonly series: string; readonly prefix: string }
  | { readonly kind: "settle"; readonly index: string; readonly changes: number }
  | { readonly kind: "ping" };

/** Requests go to the thread, and replies come from it, in lists: one message for all of a turn of the event loop. */
export interface Request {
  /** Given back in the reply. */
  readonly id: number;
  /** Path of the store's file. It is opened at the first command. */
  readonly path: string;
  readonly command: Command | { readonly kind: "close" };
}

export type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

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
