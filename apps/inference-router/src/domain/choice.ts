import { type FeatureValue, invariant } from "@throughline/kernel";
import { contextOf } from "./contextual.ts";
import { BUCKETS, bucketOf, type Route, routeOf, soleRoute } from "./deployment.ts";
import type { Snapshot } from "./deployment-table.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { ReleaseFacts } from "./prediction.ts";

/** The release for a request, and what its record says of it: with the probability of the choice, where several have a share. */
export interface Choice {
  readonly chosen: LoadedRelease;
  readonly facts: ReleaseFacts;
}

/** What a choice follows from. Each is asked for only where it matters. */
export interface Choosing {
  /** What keeps a caller on one release. */
  readonly sticky: () => FeatureValue;
  /** What the request says. */
  readonly field: (name: string) => FeatureValue | undefined;
}

/** The release that a request gets by the shares, which are its own where they follow from its context. */
export function choose(snapshot: Snapshot, { sticky, field }: Choosing): Choice {
  const { deployment } = snapshot;
  const sole = soleRoute(snapshot.routes);
  if (sole !== undefined) return { chosen: sole, facts: sole.facts };
  const routes = routesFor(snapshot, field);
  const chosen = routeOf(routes, bucketOf(deployment.name, sticky()));
  invariant(chosen, `${deployment.name} has no release with a share`);
  const { start = 0, end = 0 } = routes.find((it) => it.release === chosen) ?? {};
  return { chosen, facts: factsOf(chosen, end - start) };
}

/** The routes with the shares of a request. Releases keep their order, so that most callers stay where shares differ little. */
function routesFor({ deployment, routes }: Snapshot, field: Choosing["field"]): readonly Route<LoadedRelease>[] {
  const { contextual } = deployment;
  const shares = contextual?.shares?.(contextOf(contextual.fields, field));
  if (shares === undefined) return routes;
  let end = 0;
  return routes.map(({ release }) => {
    const start = end;
    end += shares.get(release.release.name) ?? 0;
    return { release, start, end };
  });
}

/** The same object for each share: a log has the facts once for each object that it sees. */
function factsOf(chosen: LoadedRelease, basisPoints: number): ReleaseFacts {
  const known = factsByRelease.get(chosen) ?? new Map<number, ReleaseFacts>();
  factsByRelease.set(chosen, known);
  const facts = known.get(basisPoints) ?? { ...chosen.facts, propensity: basisPoints / BUCKETS };
  known.set(basisPoints, facts);
  return facts;
}

/** Shares of a release are at most as many as there are basis points. */
const factsByRelease = new WeakMap<LoadedRelease, Map<number, ReleaseFacts>>();
