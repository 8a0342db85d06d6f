import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { ArtifactKind, LineageEvent, LineageRecord } from "@throughline/lineage";

/** Work that turned some artifacts into another one, or only looked at them. */
export interface Work {
  readonly project: string;
  readonly kind: "VALIDATE" | "EVALUATE";
  /** Name of what was made. */
  readonly resource: string;
  readonly actor: string;
  readonly timeMs: number;
  readonly inputs: readonly { readonly digest: Digest; readonly role: string }[];
  readonly output?: { readonly digest: Digest; readonly kind: ArtifactKind; readonly sizeBytes: number };
}

/** What the thread is told of some work. The execution's id follows from the name of what was made. */
export function lineageOf(work: Work): LineageRecord {
  const { project, kind, resource, actor, timeMs, output } = work;
  const id = `validation:${digestOfBytes(resource).slice("sha256:".length)}`;
  const inputs = work.inputs.map((it): LineageEvent => ({ ...it, type: "INPUT" }));
  const outputs: readonly LineageEvent[] = output
    ? [{ digest: output.digest, type: "OUTPUT", role: output.kind.toLowerCase() }]
    : [];
  return {
    execution: { id, project: `projects/${project}`, kind, resource, actor, timeMs },
    artifacts: output ? [{ ...output, resource, mediaType: "application/json" }] : [],
    events: [...inputs, ...outputs],
  };
}
