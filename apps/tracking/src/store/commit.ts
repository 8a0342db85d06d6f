import { setTimeout as pause } from "node:timers/promises";
import { alreadyExists, isDomainError } from "@throughline/kernel";
import { type Idempotent, STORE_LIMITS, type Store, type Write } from "@throughline/store";
import { displayNameTaken, runTooLarge } from "../domain/errors.ts";
import { nameOf as nameOfExperiment } from "../domain/experiment.ts";
import type { Call, Change, Commit, Decision } from "../domain/ports.ts";
import { nameOf } from "../domain/run.ts";
import { type Collections, EXPERIMENT_NAMES } from "./collections.ts";
import type { RunMemory } from "./run-memory.ts";
import { type PlannedWrites, writesOf } from "./writes.ts";

/** How often a change is decided before it is given up. */
const ATTEMPTS_MAX = 20;
/** How much longer each attempt waits than the one before, so that writers of several processes get out of step. */
const PAUSE_MS = 2;

const NO_CALL: Call = { requestId: "", method: "", principal: "", requestDigest: "" };

/** What changes are applied to. */
export interface CommitTarget {
  readonly store: Store;
  readonly collections: Collections;
  readonly idempotent: Idempotent;
  /** Hears of all changes of runs. */
  readonly memory?: RunMemory;
}

/** Applies changes to the store, in one batch each. */
export function committer({ store, collections, idempotent, memory }: CommitTarget): Commit {
  return async (decide, call = NO_CALL) => {
    for (let attempt = 1; ; attempt++) {
      const decision = remembering(decide);
      try {
        const response = await idempotent.run(call, async () => {
          const { change, response } = await decision.decide();
          return { writes: await prepared(store, writesOf(collections, change)), response };
        });
        // A repeated call gets the answer of the first one, whatever was decided for it.
        if (decision.isAnswer(response)) memory?.applied(decision.change());
        else memory?.forget(decision.change());
        return response;
      } catch (error) {
        const change = decision.change();
        memory?.forget(change);
        if (decision.failed(error)) throw error;
        if (attempt >= ATTEMPTS_MAX || !isConflict(error, change)) throw asDomain(error, change);
        await pause(PAUSE_MS * attempt);
      }
    }
  };
}

/** Tells failures of the decision, which stand, from those of its application. */
function remembering<Response extends object>(decide: () => Promise<Decision<Response>>) {
  let failure: { readonly error: unknown } | undefined;
  let change: Change = {};
  let answer: Response | undefined;
  return {
    async decide() {
      try {
        const decision = await decide();
        change = decision.change;
        answer = decision.response;
        return decision;
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    failed: (error: unknown) => failure !== undefined && failure.error === error,
    change: () => change,
    isAnswer: (response: Response) => response === answer,
  };
}

/**
 * True if somebody else wrote first: the change has to be decided anew. What an experiment meets is its name, taken; what is
 * not found any more was held.
 */
const isConflict = (error: unknown, { experiment, held = [] }: Change): boolean =>
  isDomainError(error, "REVISION_CONFLICT") ||
  (isDomainError(error, "ALREADY_EXISTS") && experiment === undefined) ||
  (isDomainError(error, "NOT_FOUND") && held.length > 0);

/** What a failure of the store means to a caller. */
function asDomain(error: unknown, { experiment, run, metrics }: Change): unknown {
  if (isDomainError(error, "ALREADY_EXISTS") && experiment !== undefined)
    return error.metadata["collection"] === EXPERIMENT_NAMES
      ? displayNameTaken(experiment.after.displayName)
      : alreadyExists(nameOfExperiment(experiment.after));
  const key = run ?? metrics?.run;
  if (isDomainError(error, "VALUE_TOO_LARGE") && key !== undefined)
    return runTooLarge(nameOf(key), "more than fits into one document");
  return error;
}

/** Writes what would make the batch too large beforehand, and returns the batch. */
async function prepared(store: Store, { early, rest }: PlannedWrites): Promise<readonly Write[]> {
  // One write less, for the memory of the request.
  const room = STORE_LIMITS.batchWritesMax - 1;
  if (early.length + rest.length <= room) return [...early, ...rest];
  for (let at = 0; at < early.length; at += room) await store.batch(early.slice(at, at + room));
  return rest;
}
