/** A logged model that a run read or made. */
export interface LoggedModelUse {
  readonly modelId: string;
  /** The step of the run at which it was made; 0 for one that was read. */
  readonly step: bigint;
}

/** The uses with others added; `known` itself if that changes nothing. A model is used once at a step. */
export function withUses(
  known: readonly LoggedModelUse[],
  added: readonly LoggedModelUse[],
): readonly LoggedModelUse[] {
  const identityOf = ({ modelId, step }: LoggedModelUse): string => `${step} ${modelId}`;
  const all = new Map(known.map((it) => [identityOf(it), it]));
  for (const use of added) if (!all.has(identityOf(use))) all.set(identityOf(use), use);
  return all.size === known.length ? known : [...all.values()];
}
