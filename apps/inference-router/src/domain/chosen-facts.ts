import { BUCKETS, type Route, soleRoute } from "./deployment.ts";
import type { Snapshot } from "./deployment-table.ts";
import type { LoadedRelease } from "./loaded-release.ts";
import type { ReleaseFacts } from "./prediction.ts";

/** The facts of a release that was chosen by the shares: with the probability of that, where several have a share. */
export function chosenFacts({ routes }: Pick<Snapshot, "routes">, chosen: LoadedRelease): ReleaseFacts {
  if (soleRoute(routes) !== undefined) return chosen.facts;
  const route = routes.find((it) => it.release === chosen);
  if (route === undefined) return chosen.facts;
  let facts = factsByRoute.get(route);
  if (facts === undefined) {
    facts = { ...chosen.facts, propensity: (route.end - route.start) / BUCKETS };
    factsByRoute.set(route, facts);
  }
  return facts;
}

const factsByRoute = new WeakMap<Route<LoadedRelease>, ReleaseFacts>();
