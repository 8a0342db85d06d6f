import { isDigest, notFound } from "@throughline/kernel";
import { type LineageEvent, type LineageNode, type LineageRecord, type Walk, walk } from "@throughline/lineage";
import type { KnownArtifact } from "./artifact.ts";
import type { LineageStore, Tracking } from "./ports.ts";
import { plannedRecordings, type RecordedExecution } from "./recording.ts";

const DEPTH_USUAL = 20;
const NODES_USUAL = 500;

/**
 * Records what services did in a project, all or nothing and in the order given. Doing it again changes nothing.
 * Fails with EXECUTION_CHANGED, ARTIFACT_UNKNOWN and DIGEST_MISMATCH.
 */
export async function recordExecutions(
  { lineage, bytes, commit, clock }: Pick<Tracking, "lineage" | "bytes" | "commit" | "clock">,
  project: string,
  records: readonly LineageRecord[],
): Promise<void> {
  const named = new Set(records.flatMap((it) => [...it.artifacts, ...it.events].map(({ digest }) => digest)));
  await commit(async () => {
    const [earlier, known] = await Promise.all([
      lineage.recorded(records.map((it) => it.execution.id)),
      lineage.artifacts(project, [...named]),
    ]);
    const described = new Set(records.flatMap((it) => it.artifacts.map(({ digest }) => digest)));
    // What has a size was held against its bytes when it got it.
    const unsized = [...described].filter((it) => !known.get(it)?.sizeBytes || known.get(it)?.condemned);
    const storedBytes = await bytes.sizes(unsized);
    const context = { project, timeMs: clock.now(), known, storedBytes, earlier };
    return { change: { lineage: plannedRecordings(records, context) }, response: {} };
  });
}

export interface ThreadQuery {
  readonly project: string;
  /** A digest, the name of a resource, or the id of an execution. */
  readonly start: string;
  readonly direction: Walk["direction"];
  /** 0: as usual. */
  readonly depth: number;
  /** 0: as usual. */
  readonly nodeLimit: number;
}

/** A part of the thread, nearest first. */
export interface Thread {
  readonly artifacts: readonly KnownArtifact[];
  readonly executions: readonly RecordedExecution[];
  readonly events: readonly (LineageEvent & { readonly executionId: string })[];
  readonly truncated: boolean;
}

/** Walks the thread of a project. Fails with NOT_FOUND if nothing of the start's name is on it. */
export async function getThread({ lineage }: Tracking, query: ThreadQuery): Promise<Thread> {
  const { project, direction } = query;
  const reached = await walk({
    graph: lineage.graph(project),
    start: await startOf(lineage, query),
    direction,
    depth: query.depth || DEPTH_USUAL,
    nodeLimit: query.nodeLimit || NODES_USUAL,
  });
  const idsOf = (type: LineageNode["type"]) => reached.nodes.filter((it) => it.type === type).map((it) => it.id);
  const [artifacts, executions] = await Promise.all([
    lineage.artifacts(project, idsOf("artifact").filter(isDigest)),
    lineage.executions(project, idsOf("execution")),
  ]);
  return {
    artifacts: [...artifacts.values()],
    executions: [...executions.values()],
    events: reached.edges.flatMap(({ digest, ...edge }) => (isDigest(digest) ? [{ ...edge, digest }] : [])),
    truncated: reached.truncated,
  };
}

async function startOf(lineage: LineageStore, { project, start }: ThreadQuery): Promise<readonly LineageNode[]> {
  if (isDigest(start)) {
    if (!(await lineage.artifacts(project, [start])).has(start))
      throw notFound(`projects/${project}/artifacts/${start}`);
    return [{ type: "artifact", id: start }];
  }
  if ((await lineage.executions(project, [start])).has(start)) return [{ type: "execution", id: start }];
  const { digests, executionIds } = await lineage.named(project, start);
  if (digests.length + executionIds.length === 0) throw notFound(`${start} on the thread of projects/${project}`);
  return [
    ...digests.map((id) => ({ type: "artifact" as const, id })),
    ...executionIds.map((id) => ({ type: "execution" as const, id })),
  ];
}
