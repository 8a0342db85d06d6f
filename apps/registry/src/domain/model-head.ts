/**
 * What is known of a model's versions as a whole. Everything that adds, removes or names a version replaces it, so that of
 * two that would contradict each other one plans again.
 */
export interface ModelHead {
  readonly project: string;
  /** The last number that was used. 0 if none was. */
  readonly newest: number;
  /** Versions before this number went with a model of the same name that was deleted. */
  readonly first: number;
  /** The version that each alias names. */
  readonly aliases: Readonly<Record<string, number>>;
  /** The newest version in each stage. */
  readonly latestByStage: Readonly<Record<string, number>>;
  /** Versions that are part of a release, and so cannot be deleted. */
  readonly released: readonly number[];
}

export const emptyHead = (project: string): ModelHead => ({
  project,
  newest: 0,
  first: 1,
  aliases: {},
  latestByStage: {},
  released: [],
});

/** Number of the newest version that is there. 0 if there is none. */
export const latestVersion = ({ latestByStage }: ModelHead): number => Math.max(0, ...Object.values(latestByStage));

/** The version that an alias names. 0 if none. */
export const versionOfAlias = ({ aliases }: ModelHead, alias: string): number =>
  (Object.hasOwn(aliases, alias) ? aliases[alias] : undefined) ?? 0;

/** The newest version in a stage. 0 if there is none. */
export const latestInStage = ({ latestByStage }: ModelHead, stage: string): number =>
  (Object.hasOwn(latestByStage, stage) ? latestByStage[stage] : undefined) ?? 0;

/** The aliases of each version, in the order of their names. */
export function aliasesByVersion({ aliases }: ModelHead): ReadonlyMap<number, readonly string[]> {
  const byVersion = new Map<number, string[]>();
  for (const [alias, version] of Object.entries(aliases)) {
    const others = byVersion.get(version);
    if (others) others.push(alias);
    else byVersion.set(version, [alias]);
  }
  for (const them of byVersion.values()) them.sort();
  return byVersion;
}

/** The head with an alias that names a version; 0 removes the alias. */
export const withAlias = (head: ModelHead, alias: string, version: number): ModelHead => ({
  ...head,
  aliases: withEntry(head.aliases, alias, version),
});

/** The head without the aliases of a version. */
export const withoutAliasesOf = (head: ModelHead, version: number): ModelHead => ({
  ...head,
  aliases: Object.fromEntries(Object.entries(head.aliases).filter(([, named]) => named !== version)),
});

/** The head in which a stage has another newest version; 0 if it has none left. */
export const withLatest = (head: ModelHead, stage: string, version: number): ModelHead => ({
  ...head,
  latestByStage: withEntry(head.latestByStage, stage, version),
});

/** The head that remembers that versions are part of a release. */
export const withReleased = (head: ModelHead, versions: readonly number[]): ModelHead => ({
  ...head,
  released: [...new Set([...head.released, ...versions])].sort((a, b) => a - b),
});

/** Entries in the order of their keys; 0 removes one. */
function withEntry(entries: Readonly<Record<string, number>>, key: string, value: number): Record<string, number> {
  const others = Object.entries(entries).filter(([it]) => it !== key);
  const all = value === 0 ? others : [...others, [key, value] as const];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}
