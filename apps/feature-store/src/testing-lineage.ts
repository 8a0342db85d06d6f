import type { Digest } from "@throughline/kernel";
import { type LineageEdge, type LineageRecord, walk } from "@throughline/lineage";
import type { LineageWalker } from "./domain/forget/affected.ts";

/** Walks over records as they were delivered, with the walk that the thread itself takes. */
export const recordWalker = (records: readonly LineageRecord[]): LineageWalker => ({
  async downstream(_, digest) {
    const all = records.flatMap(({ execution, events }): readonly LineageEdge[] =>
      events.map((it) => ({ digest: it.digest, executionId: execution.id, type: it.type, role: it.role })),
    );
    const reached = await walk({
      graph: {
        async edges(nodes, _way, limit) {
          const ids = new Set(nodes.map((it) => it.id));
          const from = nodes[0]?.type === "artifact" ? "INPUT" : "OUTPUT";
          const idOf = (it: LineageEdge): string => (from === "INPUT" ? it.digest : it.executionId);
          return all.filter((it) => it.type === from && ids.has(idOf(it))).slice(0, limit);
        },
      },
      start: [{ type: "artifact", id: digest }],
      direction: "DOWNSTREAM",
      depth: 100,
      nodeLimit: 5_000,
    });
    const artifacts = new Map(
      records.flatMap((it) => it.artifacts.map((artifact) => [artifact.digest, artifact] as const)),
    );
    const executions = new Map(records.map((it) => [it.execution.id, it.execution]));
    return {
      artifacts: reached.nodes.flatMap((it) => (it.type === "artifact" ? (artifacts.get(it.id as Digest) ?? []) : [])),
      executions: reached.nodes.flatMap((it) => (it.type === "execution" ? (executions.get(it.id) ?? []) : [])),
      isTruncated: reached.truncated,
    };
  },
});
