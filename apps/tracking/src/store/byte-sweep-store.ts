import { type Digest, isDomainError } from "@throughline/kernel";
import { type Document, ID } from "@throughline/store";
import type { KnownArtifact } from "../domain/artifact.ts";
import type { ByteSweepStore } from "../domain/byte-sweep-store.ts";
import { type ArtifactValue, type Collections, documentId } from "./collections.ts";
import { findUpTo } from "./documents.ts";

/** Digests of one query. */
const DIGESTS_AT_ONCE = 200;

/** What sweeps of bytes work on. */
export function byteSweepStore(collections: Collections): Omit<ByteSweepStore, "mentions"> {
  const { artifacts, files, lettingsGo, arrivals, condemnations, erasures } = collections;
  return {
    async lettingsGo(limit) {
      const found = await findUpTo(lettingsGo, { orderBy: [{ field: ID }] }, limit);
      return found.map(({ id, value }) => ({ id, ...value }));
    },
    removeLettingGo: ({ id }) => lettingsGo.remove(id, 1).catch(unlessGone),
    async arrivals(untilMs) {
      const query = { where: { field: "timeMs", lte: untilMs }, orderBy: [{ field: "timeMs" }] } as const;
      return (await findUpTo(arrivals, query, Number.POSITIVE_INFINITY)).map(({ id, value }) => ({ id, ...value }));
    },
    removeArrival: (id) => arrivals.remove(id, 1).catch(unlessGone),
    async letGoArtifacts({ after, limit }) {
      const where = { field: "letGoTimeMs", gt: 0 } as const;
      const orderBy = [{ field: "letGoTimeMs" }] as const;
      const { documents, next } = await artifacts.find({
        where,
        orderBy,
        limit,
        ...(after !== undefined && { after }),
      });
      return { artifacts: documents.map(artifactOf), ...(next !== undefined && { next }) };
    },
    async artifacts(digests) {
      const found: KnownArtifact[] = [];
      for (const some of inParts(digests)) {
        const where = { field: "digest", in: some } as const;
        found.push(...(await findUpTo(artifacts, { where }, Number.POSITIVE_INFINITY)).map(artifactOf));
      }
      return found;
    },
    async replaceArtifact({ revision, ...value }) {
      const id = documentId({ project: value.project, id: value.digest });
      return artifacts.replace(id, revision - 1, value).then(
        () => true,
        (error: unknown) => unlessGone(error) ?? false,
      );
    },
    async namedByFiles(digests) {
      const named = new Set<Digest>();
      for (const digest of digests) {
        const found = await files.find({ where: { field: "digest", eq: digest }, limit: 1 });
        if (found.documents.length > 0) named.add(digest);
      }
      return named;
    },
    async condemnations() {
      const found = await findUpTo(condemnations, { orderBy: [{ field: ID }] }, Number.POSITIVE_INFINITY);
      return new Map(found.map(({ id, value }) => [id, { id, ...value }]));
    },
    async addCondemnation({ id, ...value }) {
      await condemnations.insert(id, value).catch((error: unknown) => {
        if (!isDomainError(error, "ALREADY_EXISTS")) throw error;
      });
    },
    removeCondemnation: (id) => condemnations.remove(id, 1).catch(unlessGone),
    putErasure: async (condemnation, erasure) =>
      void (await erasures.put(documentId({ project: erasure.project, id: condemnation }), erasure)),
    async removeErasures(condemnation, digest) {
      const known = await findUpTo(artifacts, { where: { field: "digest", eq: digest } }, Number.POSITIVE_INFINITY);
      for (const { value } of known) {
        const record = await erasures.get(documentId({ project: value.project, id: condemnation }));
        if (record !== undefined) await erasures.remove(record.id, record.revision).catch(unlessGone);
      }
    },
    async erasures(project, { after, limit }) {
      const where = { field: "project", eq: project } as const;
      const orderBy = [{ field: "eraseTimeMs", descending: true }] as const;
      const { documents, next } = await erasures.find({ where, orderBy, limit, ...(after !== undefined && { after }) });
      return { erasures: documents.map(({ value }) => value), ...(next !== undefined && { next }) };
    },
  };
}

const artifactOf = ({ value, revision }: Document<ArtifactValue>): KnownArtifact => ({ ...value, revision });

function* inParts(digests: readonly Digest[]): Generator<readonly Digest[]> {
  for (let at = 0; at < digests.length; at += DIGESTS_AT_ONCE) yield digests.slice(at, at + DIGESTS_AT_ONCE);
}

/** What another sweep did first is passed over. */
function unlessGone(error: unknown): undefined {
  if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
}
