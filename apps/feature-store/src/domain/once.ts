import { isDomainError } from "@throughline/kernel";
import type { Idempotent, Outcome, RequestIdentity } from "@throughline/store";

/** How often a change starts again when somebody else changed the same thing first. */
const ATTEMPTS_MAX = 100;

/** Applies a change once for its request id, and again from the start if it lost a race. */
export type Once = <R extends object>(request: OnceRequest<R>) => Promise<R>;

export interface OnceRequest<R extends object> {
  readonly identity: RequestIdentity;
  /** What is changed, such as `flights/views/carrier`: changes of one thing go one after the other in this process. */
  readonly subject: string;
  /** Reads, decides, and says what to write. May run several times. */
  work(): Promise<Outcome<R>>;
}

/** Across processes the writes decide by compare-and-swap; within one, waiting in line spares most of the lost races. */
export function once(idempotent: Idempotent): Once {
  const lines = new Map<string, Promise<unknown>>();
  const attempt = <R extends object>({ identity, work }: OnceRequest<R>): Promise<R> =>
    untilWon(() => idempotent.run(identity, work));
  return async (request) => {
    const before = lines.get(request.subject) ?? Promise.resolve();
    const mine = before.then(
      () => attempt(request),
      () => attempt(request),
    );
    lines.set(request.subject, mine);
    try {
      return await mine;
    } finally {
      if (lines.get(request.subject) === mine) lines.delete(request.subject);
    }
  };
}

/** Does it again from the start as long as somebody else changes what it read before it is done. */
export async function untilWon<R>(work: () => Promise<R>): Promise<R> {
  for (let left = ATTEMPTS_MAX; ; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !lostRace(error)) throw error;
    }
  }
}

/** The store's own failures of compare-and-swap, told from the domain's by the collection that they name. */
const lostRace = (error: unknown): boolean =>
  isDomainError(error, "REVISION_CONFLICT") ||
  (isDomainError(error, "ALREADY_EXISTS") && error.metadata["collection"] !== undefined);
