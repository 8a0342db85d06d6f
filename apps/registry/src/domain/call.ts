import { type Digest, DomainError, isDomainError } from "@throughline/kernel";
import type { Idempotent, Outcome } from "@throughline/store";
import { contention } from "./errors.ts";

/** Who calls what, and what makes a repetition of the call the same call. */
export interface Call {
  /** Full name of the method. */
  readonly method: string;
  readonly actor: string;
  readonly project: string;
  /** Empty: the call is not remembered. */
  readonly requestId: string;
  /** Of everything that the caller asked for, without the request id; empty without one. */
  readonly requestDigest: Digest | "";
}

/**
 * Applies what `plan` wants to change, once for each request id. When somebody else changes the same documents first,
 * the plan is made again from what is there then. Fails with CONTENTION if that happens over and over.
 */
export type RunCall = <R extends object>(call: Call, plan: () => Promise<Outcome<R>>) => Promise<R>;

/** So many writers of one document can be served when all of them come at the same time. */
const ATTEMPTS_MAX = 100;

export function callRunner(idempotent: Idempotent): RunCall {
  return async (call, plan) => {
    const { method, requestId, requestDigest } = call;
    const principal = `${call.project}/${call.actor}`;
    for (let attempt = 1; ; attempt++) {
      let planned = false;
      try {
        return await idempotent.run({ requestId, method, principal, requestDigest }, async () => {
          planned = false;
          const outcome = await plan();
          planned = true;
          return outcome;
        });
      } catch (error) {
        if (!isOvertaken(error, planned)) throw error;
        if (attempt >= ATTEMPTS_MAX) throw contention(error);
      }
    }
  };
}

/**
 * The writes did not fit what was stored by then. While the plan is being made only the store itself says so, of a document
 * that came after it was looked for.
 */
const isOvertaken = (error: unknown, planned: boolean): boolean =>
  error instanceof DomainError &&
  (planned || error.metadata["collection"] !== undefined) &&
  (isDomainError(error, "REVISION_CONFLICT") ||
    isDomainError(error, "ALREADY_EXISTS") ||
    isDomainError(error, "NOT_FOUND"));
