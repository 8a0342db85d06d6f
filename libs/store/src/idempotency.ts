import { type Clock, DomainError, digestOfJson, isDomainError, LIMITS } from "@throughline/kernel";
import type { Collection, CollectionDefinition, Store, Write } from "./port.ts";

/** After so many remembered requests, at most so many forgotten ones are removed. */
const SWEEP_EVERY = 20;
const SWEEP_MAX = 100;

/** How often a call starts again when the memory of its id changes under it. */
const ATTEMPTS_MAX = 3;

/** What makes a repeated call the same call. */
export interface RequestIdentity {
  /** Chosen by the caller, unique among the caller's calls of the method. Empty: the call is not remembered. */
  readonly requestId: string;
  /** The full name of the RPC. */
  readonly method: string;
  /** Who calls, and where: ids of different principals or projects never meet. */
  readonly principal: string;
  /** The digest of everything that the caller asked for. */
  readonly requestDigest: string;
}

/** What a call wants to change, and what it answers when that is durable. The answer is stored as a value of the store. */
export interface Outcome<Response extends object> {
  readonly writes: readonly Write[];
  readonly response: Response;
}

/**
 * Applies calls once. Laws, checked by `testIdempotency`:
 *
 * - The answer is remembered in the same commit as the writes: either both are there or none.
 * - A call with a remembered id answers as the first one did, for 24 hours, and changes nothing.
 * - The same id with another digest fails with REQUEST_ID_REUSED.
 * - Of several equal calls at the same time exactly one applies, and all get its answer.
 * - A call that fails is not remembered: it may be tried again with the same id.
 */
export interface Idempotent {
  run<Response extends object>(identity: RequestIdentity, work: () => Promise<Outcome<Response>>): Promise<Response>;
}

interface Remembered {
  readonly digest: string;
  readonly response: object;
  readonly expireTimeMs: number;
}

const REQUESTS: CollectionDefinition<Remembered> = {
  name: "store_requests",
  indexes: [{ name: "by_expiry", fields: ["expireTimeMs"] }],
};

/** Remembers requests in a collection of the given store, which must be the one that the work writes to. */
export function idempotent({ store, clock }: { readonly store: Store; readonly clock: Clock }): Idempotent {
  const requests = store.collection(REQUESTS);
  const underWay = new Map<string, Promise<unknown>>();
  let remembered = 0;

  const recall = async (id: string): Promise<{ readonly live?: Remembered; readonly expired?: number }> => {
    const known = await requests.get(id);
    if (known === undefined) return {};
    return known.value.expireTimeMs > clock.now() ? { live: known.value } : { expired: known.revision };
  };

  const once = async <R extends object>(identity: RequestIdentity, work: Work<R>, attempt = 1): Promise<R> => {
    const id = requestKey(identity);
    const { live, expired } = await recall(id);
    if (live) return answerOf<R>(live, identity);
    try {
      const { writes, response } = await work();
      const expireTimeMs = clock.now() + LIMITS.requestIdMsKept;
      const value: Remembered = { digest: identity.requestDigest, response, expireTimeMs };
      const { insert, replace } = requests.writes;
      // It comes first, so that a duplicate fails on it and not on what it would do twice.
      await store.batch([expired === undefined ? insert(id, value) : replace(id, expired, value), ...writes]);
      remembered += 1;
      if (remembered % SWEEP_EVERY === 0) await sweep(requests, clock.now());
      return response;
    } catch (error) {
      if (!isDomainError(error)) throw error;
      // Another process may have done the work meanwhile; what failed here then says nothing.
      const winner = (await recall(id)).live;
      if (winner) return answerOf<R>(winner, identity);
      const ours =
        error.metadata["collection"] === REQUESTS.name || error.metadata["resource"] === `${REQUESTS.name}/${id}`;
      if (ours && attempt < ATTEMPTS_MAX) return once(identity, work, attempt + 1);
      throw error;
    }
  };

  return {
    async run(identity, work) {
      if (identity.requestId === "") {
        const { writes, response } = await work();
        await store.batch(writes);
        return response;
      }
      return inTurn(underWay, requestKey(identity), () => once(identity, work));
    },
  };
}

type Work<R extends object> = () => Promise<Outcome<R>>;

/** A digest, because ids of callers may hold anything. */
const requestKey = ({ principal, method, requestId }: RequestIdentity): string =>
  digestOfJson([principal, method, requestId]);

function answerOf<R extends object>(known: Remembered, { requestId, method, requestDigest }: RequestIdentity): R {
  if (known.digest === requestDigest) return known.response as R;
  throw new DomainError(
    "invalid",
    "REQUEST_ID_REUSED",
    `request_id ${requestId} was already used for another ${method}. Choose a new one for each call that is not a retry.`,
    { metadata: { requestId, method }, violations: [{ path: "request_id", description: "used by another call" }] },
  );
}

/** Lets calls of one key go one after the other within this process, which spares most conflicts. */
async function inTurn<R>(underWay: Map<string, Promise<unknown>>, key: string, work: () => Promise<R>): Promise<R> {
  const before = underWay.get(key);
  const mine = before === undefined ? work() : before.then(work, work);
  underWay.set(key, mine);
  try {
    return await mine;
  } finally {
    if (underWay.get(key) === mine) underWay.delete(key);
  }
}

/** Removes requests that are forgotten. Whatever fails, the next sweep tries again. */
async function sweep(requests: Collection<Remembered>, now: number): Promise<void> {
  const where = { field: "expireTimeMs", lte: now } as const;
  const { documents } = await requests.find({ where, orderBy: [{ field: "expireTimeMs" }], limit: SWEEP_MAX });
  await Promise.allSettled(documents.map(({ id, revision }) => requests.remove(id, revision)));
}
