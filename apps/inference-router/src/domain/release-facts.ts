import type { Calibration } from "@throughline/conformal";
import type { Enrichment, PinnedService, ReleaseFacts } from "./prediction.ts";
import type { Release, ReleaseFeatures } from "./release.ts";

/** What all predictions of a release have in common. */
export function factsOf(release: Release, calibration: Calibration | undefined): ReleaseFacts {
  const enrichments = Object.entries(enrichedFeatures(release)).map(([node, it]) => [node, enrichmentOf(it)] as const);
  return {
    release: release.name,
    digest: release.digest,
    features: release.features?.names ?? [],
    viewVersions: release.features?.viewVersions ?? {},
    ...(release.features && { featureService: pinnedService(release.features) }),
    path: release.graph.nodes.length === 1 ? release.graph.nodes.map((it) => it.name) : [],
    thresholds: release.thresholds,
    modelVersions: Object.fromEntries(Object.entries(release.models).map(([node, { version }]) => [node, version])),
    ...(enrichments.length > 0 && { enrichments: Object.fromEntries(enrichments) }),
    ...(calibration && { calibration }),
  };
}

/** What the enrich nodes of a release read, by node. */
export const enrichedFeatures = ({ graph }: Pick<Release, "graph">): Readonly<Record<string, ReleaseFeatures>> =>
  Object.fromEntries(
    graph.nodes.flatMap(({ name, enrich }) => {
      if (enrich === undefined) return [];
      const versions = Object.entries(enrich.viewVersions).map(([view, it]) => [view, BigInt(it)] as const);
      const features: ReleaseFeatures = {
        service: enrich.featureService,
        version: BigInt(enrich.featureServiceVersion),
        digest: enrich.digest,
        viewVersions: Object.fromEntries(versions),
        names: enrich.features,
      };
      return [[name, features] as const];
    }),
  );

const enrichmentOf = (features: ReleaseFeatures): Enrichment => ({
  service: pinnedService(features),
  viewVersions: features.viewVersions,
  features: features.names,
});

const pinnedService = ({ service, version, digest }: ReleaseFeatures): PinnedService => ({
  name: service,
  version,
  digest,
});
