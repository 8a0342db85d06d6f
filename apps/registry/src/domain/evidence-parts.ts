import { type Clock, isDomainError, notFound } from "@throughline/kernel";
import { isOfRequests } from "@throughline/rollouts";
import { contention } from "./errors.ts";
import { isUnderWay, type Rollout } from "./rollout.ts";
import type { EvidencePart, Tuning } from "./rollout-decision.ts";
import { evidenceInvalid, rolloutEnded, routersExhausted } from "./rollout-errors.ts";
import type { RolloutStore } from "./rollout-store.ts";

/** What the routers of a rollout have told, and which of them leads. */
export interface EvidencePool {
  readonly rollout: string;
  readonly leader: string;
  readonly leaseEndMs: number;
  readonly tunings: readonly Tuning[];
  /** One for each router, by router. */
  readonly parts: readonly EvidencePart[];
}

/** Where pools are kept. Law: of several writers of one revision exactly one succeeds, and the others fail with REVISION_CONFLICT. */
export interface EvidencePoolStore {
  get(rollout: string): Promise<{ readonly pool: EvidencePool; readonly revision: number } | undefined>;
  /** `revision` is that of the pool before; 0 for the first. */
  save(pool: EvidencePool, revision: number): Promise<void>;
}

export interface EvidenceDeps {
  readonly rollouts: RolloutStore;
  readonly evidencePools: EvidencePoolStore;
  readonly clock: Clock;
}

export interface Reported {
  readonly pool: EvidencePool;
  readonly leads: boolean;
  /** Routers at work whose parts are of an earlier revision of the rollout. */
  readonly behind: readonly string[];
}

/** How long a router leads after it reported, and how long one is waited for that did. */
const LEASE_MS = 10_000;
const AT_WORK_MS = 20_000;
const ROUTERS_MAX = 100;
const ATTEMPTS_MAX = 100;

/**
 * Puts the part of a router in the place of what it told before. Laws:
 * - One router leads at a time, and another only once its lease has ended.
 * - An analysis is tuned once, by the first router that tells how.
 *
 * Fails with NOT_FOUND, ROLLOUT_ENDED, EVIDENCE_INVALID, ROUTERS_EXHAUSTED, CONTENTION.
 */
export async function reportEvidence(deps: EvidenceDeps, name: string, told: EvidencePart): Promise<Reported> {
  const rollout = await deps.rollouts.get(name);
  if (!rollout) throw notFound(name);
  if (!isUnderWay(rollout)) throw rolloutEnded(rollout);
  checkPart(rollout, told);
  for (let attempt = 1; ; attempt++) {
    const known = await deps.evidencePools.get(name);
    const nowMs = deps.clock.now();
    const pool = poolWith(known?.pool ?? emptyPool(name), { ...told, reportTimeMs: nowMs }, nowMs);
    try {
      await deps.evidencePools.save(pool, known?.revision ?? 0);
      const behind = pool.parts.filter(
        (it) => it.rolloutRevision < rollout.change.revision && nowMs - it.reportTimeMs < AT_WORK_MS,
      );
      return { pool, leads: pool.leader === told.router, behind: behind.map((it) => it.router) };
    } catch (error) {
      if (!isDomainError(error, "REVISION_CONFLICT") && !isDomainError(error, "ALREADY_EXISTS")) throw error;
      if (attempt === ATTEMPTS_MAX) throw contention(error);
    }
  }
}

const emptyPool = (rollout: string): EvidencePool => ({ rollout, leader: "", leaseEndMs: 0, tunings: [], parts: [] });

function poolWith(pool: EvidencePool, part: EvidencePart, nowMs: number): EvidencePool {
  const { router } = part;
  const parts = [...pool.parts.filter((it) => it.router !== router), part];
  if (parts.length > ROUTERS_MAX) throw routersExhausted(pool.rollout, ROUTERS_MAX);
  const tuned = new Set(pool.tunings.map((it) => it.analysis));
  const added = part.tunings.filter((it) => it.rho > 0 && it.router === router && !tuned.has(it.analysis));
  const isFree = pool.leaseEndMs <= nowMs || pool.leader === router;
  return {
    rollout: pool.rollout,
    leader: isFree ? router : pool.leader,
    leaseEndMs: isFree ? nowMs + LEASE_MS : pool.leaseEndMs,
    tunings: [...pool.tunings, ...added],
    parts: parts.sort((a, b) => (a.router < b.router ? -1 : 1)),
  };
}

function checkPart({ plan }: Rollout, { tunings }: EvidencePart): void {
  const compared = plan.analyses.filter(isOfRequests).map((it) => it.name);
  const told = tunings.map((it) => it.analysis);
  const problems = [
    ...told.flatMap((it, i) =>
      compared.includes(it) && told.indexOf(it) === i
        ? []
        : [{ path: `part.analyses[${i}]`, description: `${it} is no analysis of requests, or comes twice` }],
    ),
    ...compared
      .filter((it) => !told.includes(it))
      .map((it) => ({ path: "part.analyses", description: `nothing is said of ${it}` })),
  ];
  if (problems.length > 0) throw evidenceInvalid(problems);
}
