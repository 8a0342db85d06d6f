import { isDigest } from "@throughline/kernel";
import type { LineageEdge, LineageGraph, LineageNode, Way } from "@throughline/lineage";
import { type Document, type Filter, ID } from "@throughline/store";
import type { KnownArtifact } from "../domain/artifact.ts";
import type { LineageStore } from "../domain/ports.ts";
import type { RecordedExecution } from "../domain/recording.ts";
import { type ArtifactValue, type Collections, documentId, type EdgeValue } from "./collections.ts";
import { findUpTo, getAll } from "./documents.ts";

/** Most artifacts and executions that stand for one resource. */
const NAMED_MAX = 100;
/** Digests of one query for edges. */
const DIGESTS_AT_ONCE = 200;

/** The thread of all projects. */
export function lineageStore(collections: Collections): LineageStore {
  const { artifacts, executions } = collections;
  return {
    async artifacts(project, digests) {
      const documents = await getAll(
        artifacts,
        digests.map((id) => documentId({ project, id })),
      );
      return new Map(documents.flatMap((it) => (it === undefined ? [] : [[it.value.digest, artifactOf(it)] as const])));
    },
    async recorded(ids) {
      const documents = await getAll(executions, ids);
      return new Map(documents.flatMap((it) => (it === undefined ? [] : [[it.id, it.value] as const])));
    },
    executions: (project, ids) => executionsOf(collections, project, ids),
    async named(project, resource) {
      const where = {
        and: [
          { field: "project", eq: project },
          { field: "resource", eq: resource },
        ],
      } as const;
      const ofProject = {
        and: [
          { field: "project", eq: `projects/${project}` },
          { field: "resource", eq: resource },
        ],
      } as const;
      const [things, works] = await Promise.all([
        artifacts.find({ where, orderBy: [{ field: ID }], limit: NAMED_MAX }),
        executions.find({ where: ofProject, orderBy: [{ field: ID, descending: true }], limit: NAMED_MAX }),
      ]);
      return {
        digests: things.documents.map((it) => it.value.digest),
        executionIds: works.documents.map((it) => it.id),
      };
    },
    async resources(project, { prefix, node, limit }) {
      const starting = { field: "resource", prefix } as const;
      const orderBy = [{ field: "resource" }] as const;
      if (node === "artifact") {
        const where: Filter<ArtifactValue> = { and: [{ field: "project", eq: project }, starting] };
        const found = await findUpTo(artifacts, { where, orderBy }, limit);
        return found.map(({ value }) => ({ resource: value.resource, id: value.digest }));
      }
      const where: Filter<RecordedExecution> = { and: [{ field: "project", eq: `projects/${project}` }, starting] };
      const found = await findUpTo(executions, { where, orderBy }, limit);
      return found.map(({ id, value }) => ({ resource: value.resource, id }));
    },
    graph: (project) => graphOf(collections, project),
  };
}

/** `projects/p` gives `p`. */
export const projectIdOf = ({ project }: RecordedExecution): string => project.slice("projects/".length);

async function executionsOf(
  { executions }: Collections,
  project: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RecordedExecution>> {
  const documents = await getAll(executions, ids);
  return new Map(
    documents.flatMap((it) =>
      it !== undefined && projectIdOf(it.value) === project ? [[it.id, it.value] as const] : [],
    ),
  );
}

/** Upstream lies what made an artifact, and what an execution read. */
const typeOf = (node: LineageNode["type"], way: Way): "INPUT" | "OUTPUT" =>
  (node === "artifact") === (way === "UPSTREAM") ? "OUTPUT" : "INPUT";

function graphOf(collections: Collections, project: string): LineageGraph {
  const eventsOf = (execution: RecordedExecution, type: "INPUT" | "OUTPUT"): readonly LineageEdge[] =>
    execution.events.filter((it) => it.type === type).map((it) => ({ ...it, executionId: execution.id }));

  /** Executions that an artifact leads to; edges whose execution is not there were never recorded. */
  const ofArtifacts = async (digests: readonly string[], type: "INPUT" | "OUTPUT", limit: number) => {
    const where: Filter<EdgeValue> = {
      and: [
        { field: "project", eq: project },
        { field: "type", eq: type },
        { field: "digest", in: digests },
      ],
    };
    const found = await findUpTo(collections.edges, { where, orderBy: [{ field: "digest" }] }, limit);
    const ids = [...new Set(found.map(({ value }) => value.executionId))];
    const executions = await executionsOf(collections, project, ids);
    const wanted = new Set(digests);
    return [...executions.values()].flatMap((it) => eventsOf(it, type).filter(({ digest }) => wanted.has(digest)));
  };

  return {
    async edges(nodes, way, limit) {
      const ids = nodes.map(({ id }) => id);
      const artifacts = nodes[0]?.type === "artifact";
      const type = typeOf(artifacts ? "artifact" : "execution", way);
      const edges: LineageEdge[] = [];
      for (let at = 0; at < ids.length && edges.length < limit; at += DIGESTS_AT_ONCE) {
        const some = ids.slice(at, at + DIGESTS_AT_ONCE);
        if (artifacts) edges.push(...(await ofArtifacts(some.filter(isDigest), type, limit)));
        else
          for (const it of (await executionsOf(collections, project, some)).values()) edges.push(...eventsOf(it, type));
      }
      return edges.slice(0, limit);
    },
  };
}

const artifactOf = ({ value, revision }: Document<ArtifactValue>): KnownArtifact => ({ ...value, revision });
