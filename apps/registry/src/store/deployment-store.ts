import { type Filter, ID, lastOfEach, type Store } from "@throughline/store";
import type { Deployment } from "../domain/deployment.ts";
import type { DeploymentStore, FeedEntry } from "../domain/deployment-store.ts";
import { pageOf, upTo } from "./page.ts";

/** A deployment's newest state, in a document whose revision is that of the deployment. */
type Latest = Deployment;

interface StateRecord {
  readonly of: string;
  readonly revision: number;
  readonly timeMs: number;
  readonly state: Deployment;
}

const unlessDeleted = (state: Deployment | undefined): Deployment | undefined => (state?.isDeleted ? undefined : state);

/** Ids sort as their numbers do. */
const idOf = (sequence: number): string => String(sequence).padStart(16, "0");

/**
 * Deployments as a log of states, in which the history of one deployment and the feed of all are the same documents, and
 * a document for the newest state of each. A state takes the next place of the log, as its id: of writers that saw the
 * same end of the log one wins, and the others plan again. That keeps the order of places the order of commits.
 */
export function deploymentStore(store: Store): DeploymentStore {
  const latest = store.collection<Latest>({
    name: "registry_deployments",
    indexes: [{ name: "by_project", fields: ["project"] }],
  });
  const states = store.collection<StateRecord>({
    name: "registry_deployment_states",
    indexes: [{ name: "by_revision", fields: ["of", "revision"], unique: true }],
  });

  const lastSequence = async (): Promise<number> => {
    const found = await states.find({ orderBy: [{ field: ID, descending: true }], limit: 1 });
    return Number(found.documents[0]?.id ?? 0);
  };
  const newestOf = async (
    conditions: readonly Filter<StateRecord>[],
    limit: number,
  ): Promise<readonly Deployment[]> => {
    const orderBy = [{ field: "revision", descending: true }] as const;
    const found = await states.find({ where: { and: conditions }, orderBy, limit });
    return found.documents.map((it) => it.value.state);
  };

  return {
    lastSequence,
    async append(state) {
      const { revision, timeMs } = state.change;
      const record: StateRecord = { of: state.name, revision, timeMs, state };
      return [
        revision === 1
          ? latest.writes.insert(state.name, state)
          : latest.writes.replace(state.name, revision - 1, state),
        states.writes.insert(idOf((await lastSequence()) + 1), record),
      ];
    },
    hold: ({ name, change }) => latest.writes.check(name, change.revision),
    async get(name, asOfMs) {
      if (asOfMs === undefined) return unlessDeleted((await latest.get(name))?.value);
      return unlessDeleted((await newestOf([upTo<StateRecord>({ field: "of", eq: name }, "timeMs", asOfMs)], 1))[0]);
    },
    newest: async (name) => (await latest.get(name))?.value,
    async atRevision(name, revision) {
      const found = await newestOf(
        [
          { field: "of", eq: name },
          { field: "revision", eq: revision },
        ],
        1,
      );
      return found[0];
    },
    async list(project, page) {
      const isThere = { field: "isDeleted", exists: false } as const;
      const where = project === undefined ? isThere : { and: [{ field: "project", eq: project } as const, isThere] };
      const found = await latest.find({ where, orderBy: [{ field: ID }], ...page });
      return pageOf(
        found.documents.map((it) => it.value),
        found.next,
      );
    },
    async listAsOf(project, asOfMs, page) {
      const where = { field: "timeMs", lte: asOfMs } as const;
      const { entries, next } = await lastOfEach(states, { prefix: `${project}/deployments/`, where, ...page });
      return pageOf(
        entries.flatMap((it) => unlessDeleted(it.value.state) ?? []),
        next,
      );
    },
    history: (name, limit, asOfMs) => newestOf([upTo<StateRecord>({ field: "of", eq: name }, "timeMs", asOfMs)], limit),
    async feed(after, limit) {
      const found = await states.find({ where: { field: ID, gt: idOf(after) }, orderBy: [{ field: ID }], limit });
      return found.documents.map((it): FeedEntry => ({ sequence: Number(it.id), state: it.value.state }));
    },
  };
}
