import { ID, type Store, versionedCollection } from "@throughline/store";
import type { EvidencePool, EvidencePoolStore } from "../domain/evidence-parts.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { Decision } from "../domain/rollout-decision.ts";
import type { DecisionStore, RolloutStore } from "../domain/rollout-store.ts";
import { pageOf, upTo } from "./page.ts";

/** Rollouts in a collection that keeps every change. A rollout's revision is that of its document. */
export function rolloutStore(store: Store): RolloutStore {
  const rollouts = versionedCollection<Rollout>(store, {
    name: "registry_rollouts",
    indexes: [
      { name: "by_number", fields: ["deployment", "number"], unique: true },
      { name: "by_time", fields: ["project", "startTimeMs"] },
    ],
  });
  return {
    async set(rollout) {
      const { actor, reason, timeMs, revision } = rollout.change;
      const change = { actor, reason, timeMs };
      if (revision === 1) return rollouts.writes.insert(rollout.name, rollout, change);
      return rollouts.writes.replace(rollout.name, revision - 1, rollout, change);
    },
    get: async (name, asOfMs) => (await rollouts.get(name, asOfMs))?.value,
    async lastNumber(deployment) {
      const orderBy = [{ field: "number", descending: true }] as const;
      const { versions } = await rollouts.find({ where: { field: "deployment", eq: deployment }, orderBy, limit: 1 });
      return versions[0]?.value.number ?? 0;
    },
    async list(of, page, asOfMs) {
      const found = await rollouts.find(
        "deployment" in of
          ? {
              where: upTo<Rollout>({ field: "deployment", eq: of.deployment }, "startTimeMs", asOfMs),
              orderBy: [{ field: "number", descending: true }],
              ...page,
            }
          : {
              where: upTo<Rollout>({ field: "project", eq: of.project }, "startTimeMs", asOfMs),
              orderBy: [
                { field: "startTimeMs", descending: true },
                { field: ID, descending: true },
              ],
              ...page,
            },
      );
      // Rollouts stay for good, so that whatever had begun is there.
      const then = found.versions.map(async (it) =>
        asOfMs === undefined ? it.value : ((await rollouts.get(it.id, asOfMs))?.value ?? it.value),
      );
      return pageOf(await Promise.all(then), found.next);
    },
    async history(name, page) {
      const found = await rollouts.history(name, page);
      return pageOf(
        found.versions.flatMap(({ value }) => (value ? [value] : [])),
        found.next,
      );
    },
  };
}

/** What the routers told of each rollout, in one document under its name. */
export function evidencePoolStore(store: Store): EvidencePoolStore {
  const pools = store.collection<EvidencePool>({ name: "registry_rollout_evidence", indexes: [] });
  return {
    async get(rollout) {
      const found = await pools.get(rollout);
      return found && { pool: found.value, revision: found.revision };
    },
    async save(pool, revision) {
      if (revision === 0) await pools.insert(pool.rollout, pool);
      else await pools.replace(pool.rollout, revision, pool);
    },
  };
}

/** Ids sort as their numbers do. */
const idOf = (rollout: string, sequence: number): string =>
  `${rollout}/decisions/${String(sequence).padStart(10, "0")}`;

/** A decision as it was kept before several routers had a say: it was of one, whose part nobody told. */
type KeptDecision = Omit<Decision, ManyRouters | "logPositions"> &
  Partial<Pick<Decision, ManyRouters>> & {
    readonly logPositions: readonly (Omit<Decision["logPositions"][number], "router"> & { readonly router?: string })[];
  };
type ManyRouters = "armShares" | "armRewards" | "parts" | "router";

const decisionOf = (kept: KeptDecision): Decision => ({
  armShares: [],
  armRewards: [],
  parts: [],
  router: "",
  ...kept,
  logPositions: kept.logPositions.map((it) => ({ router: "", ...it })),
});

/** Decisions under their names. */
export function decisionStore(store: Store): DecisionStore {
  const decisions = store.collection<KeptDecision>({
    name: "registry_rollout_decisions",
    indexes: [
      { name: "by_sequence", fields: ["rollout", "sequence"] },
      { name: "by_effect", fields: ["rollout", "isEffective", "sequence"] },
    ],
  });
  const orderBy = [{ field: "sequence", descending: true }] as const;
  return {
    insert: (decision) => [decisions.writes.insert(idOf(decision.rollout, decision.sequence), decision)],
    async get(rollout, sequence) {
      const found = await decisions.get(idOf(rollout, sequence));
      return found && decisionOf(found.value);
    },
    async lastSequence(rollout, asOfMs) {
      const where = upTo<KeptDecision>({ field: "rollout", eq: rollout }, "timeMs", asOfMs);
      const found = await decisions.find({ where, orderBy, limit: 1 });
      return found.documents[0]?.value.sequence ?? 0;
    },
    async list({ rollout, effectiveOnly, asOfMs }, page) {
      const ofRollout = { field: "rollout", eq: rollout } as const;
      const where = effectiveOnly ? { and: [ofRollout, { field: "isEffective", eq: true } as const] } : ofRollout;
      const found = await decisions.find({ where: upTo<KeptDecision>(where, "timeMs", asOfMs), orderBy, ...page });
      return pageOf(
        found.documents.map((it) => decisionOf(it.value)),
        found.next,
      );
    },
  };
}
