import { isDomainError } from "@throughline/kernel";
import { type Filter, ID, STORE_LIMITS, type Store, type Write } from "@throughline/store";
import type { Key } from "../domain/names.ts";
import type { Purged, PurgeStore } from "../domain/purge-store.ts";
import {
  type Collections,
  documentId,
  type ExperimentValue,
  type MetricStreamValue,
  pieceId,
  type RunValue,
  seriesKey,
} from "./collections.ts";
import { findUpTo } from "./documents.ts";
import { ownerKey } from "./file-store.ts";
import { experimentOf, runOf } from "./run-documents.ts";

const BY_ID = [{ field: ID }] as const;

/** What was purged, and what is to be. */
export function purgeStore(store: Store, collections: Collections): PurgeStore {
  const { experiments, runs, purges, fileTrees, points } = collections;
  return {
    async sweptExperiments({ after, limit }) {
      const where: Filter<ExperimentValue> = {
        and: [
          { field: "swept", eq: true },
          ...(after === undefined ? [] : [{ field: ID, gt: documentId(after) } as const]),
        ],
      };
      return (await findUpTo(experiments, { where, orderBy: BY_ID }, limit)).map(experimentOf);
    },
    async experiment(key) {
      const document = await experiments.get(documentId(key));
      return document && experimentOf(document);
    },
    async runs({ project, id }, { after, limit }) {
      const where: Filter<RunValue> = {
        and: [
          { field: "project", eq: project },
          { field: "experimentId", eq: id },
          ...(after === undefined ? [] : [{ field: ID, gt: documentId({ project, id: after }) } as const]),
        ],
      };
      return (await findUpTo(runs, { where, orderBy: BY_ID }, limit)).map(runOf);
    },
    removeExperiment: (experiment) => unlessGone(experiments.remove(documentId(experiment), experiment.revision)),
    async remains(limit) {
      return (await findUpTo(purges, { orderBy: BY_ID }, limit)).map(({ value }) => value);
    },
    async remain(owner) {
      return (await purges.get(ownerKey(owner))) !== undefined;
    },
    async removeRemains(owner) {
      const key = ownerKey(owner);
      if (owner.kind === "RUN") {
        await points.removeAll(seriesKey(owner, ""));
        await removeStreams(store, collections, owner);
      }
      const [tree, purge] = await Promise.all([fileTrees.get(key), purges.get(key)]);
      await unlessGone(
        store.batch([
          ...(tree === undefined ? [] : [fileTrees.writes.remove(key, tree.revision)]),
          ...(purge === undefined ? [] : [purges.writes.remove(key, purge.revision)]),
        ]),
      );
    },
  };
}

async function removeStreams(
  store: Store,
  { metricStreams }: Pick<Collections, "metricStreams">,
  run: Key,
): Promise<void> {
  const where: Filter<MetricStreamValue> = { field: ID, prefix: `${documentId(run)}/` };
  const streams = await findUpTo(metricStreams, { where, orderBy: BY_ID }, STORE_LIMITS.batchWritesMax);
  await unlessGone(store.batch(streams.map(({ id, revision }) => metricStreams.writes.remove(id, revision))));
  if (streams.length === STORE_LIMITS.batchWritesMax) await removeStreams(store, { metricStreams }, run);
}

/** What removes the documents of an owner at once, and remembers that its files and histories have to follow. */
export function purgeWrites(
  { runs, metricPieces, loggedModels, purges, runIndex }: Collections,
  { owner, revision, pieceRevisions }: Purged,
): readonly Write[] {
  const id = documentId(owner);
  const documents = owner.kind === "RUN" ? runs : loggedModels;
  return [
    documents.writes.remove(id, revision),
    ...pieceRevisions.flatMap((it, i) => (it === 0 ? [] : [metricPieces.writes.remove(pieceId(owner, i), it)])),
    ...(owner.kind === "RUN" ? [runIndex.writes.remove(id)] : []),
    purges.writes.put(ownerKey(owner), owner),
  ];
}

/** What another process removed first is passed over. */
async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
  }
}
