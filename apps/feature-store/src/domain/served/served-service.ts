import { isDomainError } from "@throughline/kernel";
import type { Define } from "../define.ts";
import { mixedServices, serviceNotServed } from "../errors.ts";
import type { BoundService, FeatureService } from "../feature-service.ts";
import { serviceName } from "../names.ts";
import type { PinnedService, ServedPredictions, ServedRelease } from "./serving-log.ts";

/** Which feature service predictions should have read. */
export interface WantedService {
  /** Id of the project. */
  readonly project: string;
  /** Id of the service; empty: whichever was served. */
  readonly service: string;
  /** 0: whichever was served. */
  readonly version: number;
}

/** Versions that are looked at for predictions of before the log said which it was. */
const VERSIONS_MAX = 1_000;

/**
 * The one version of a feature service that predictions read. Fails with MIXED_FEATURES if there are several, and with
 * FEATURE_SERVICE_NOT_SERVED if it is another one than the wanted one, or not to be found.
 */
export async function servedService(
  define: Pick<Define, "service" | "bound">,
  served: ServedPredictions,
  wanted: WantedService,
): Promise<BoundService> {
  const pinned = onePinned(served.releases);
  const service = pinned ? await ofPinned(define, pinned, wanted) : await ofFeatures(define, served, wanted);
  const isOther = served.releases.find((it) => !reads(it, service));
  if (isOther)
    throw serviceNotServed(`version ${service.version} of ${service.id}`, `${isOther.release} read other views`);
  return define.bound(service);
}

function onePinned(releases: readonly ServedRelease[]): PinnedService | undefined {
  const known = releases.filter((it) => it.service !== undefined);
  const groups = Map.groupBy(known, ({ service }) =>
    JSON.stringify([service?.name, service?.version, service?.digest]),
  );
  if (groups.size > 1) {
    throw mixedServices(
      [...groups.values()].map((some) => ({
        service: `version ${some[0]?.service?.version} of ${some[0]?.service?.name}`,
        releases: some.map((it) => it.release),
      })),
    );
  }
  return known[0]?.service;
}

async function ofPinned(
  define: Pick<Define, "service">,
  pinned: PinnedService,
  wanted: WantedService,
): Promise<FeatureService> {
  const { project, service: id } = serviceName.parse(pinned.name, "feature_service");
  const said = `they read version ${pinned.version} of ${pinned.name}`;
  const asked = `${wanted.version === 0 ? "" : `version ${wanted.version} of `}${wanted.service || "the project's features"}`;
  const isAsked = wanted.service === "" || wanted.service === id;
  if (project !== wanted.project || !isAsked || (wanted.version !== 0 && wanted.version !== pinned.version))
    throw serviceNotServed(asked, said);
  const service = await define.service(project, id, pinned.version);
  if (service.digest !== pinned.digest) throw serviceNotServed(asked, `${said}, which had the digest ${pinned.digest}`);
  return service;
}

/** Predictions of before the log said which service they read: the newest version with their features and views. */
async function ofFeatures(
  define: Pick<Define, "service">,
  { features, releases }: ServedPredictions,
  wanted: WantedService,
): Promise<FeatureService> {
  const said = "the log does not say which they read: name the feature service";
  if (wanted.service === "") throw serviceNotServed("a known feature service", said);
  const newest = await define.service(wanted.project, wanted.service, wanted.version);
  const oldest = wanted.version === 0 ? Math.max(1, newest.version - VERSIONS_MAX) : newest.version;
  for (let version = newest.version; version >= oldest; version--) {
    const service = await define.service(wanted.project, wanted.service, version).catch(undefinedIfAbsent);
    if (service && isSame(service.features, features) && releases.every((it) => reads(it, service))) return service;
  }
  throw serviceNotServed(`${wanted.service}`, "no version of it has their features and views");
}

const reads = ({ viewVersions }: ServedRelease, { views }: FeatureService): boolean =>
  views.every((it) => viewVersions.get(it.view) === it.version);

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((it, i) => it === b[i]);

function undefinedIfAbsent(error: unknown): undefined {
  if (!isDomainError(error, "NOT_FOUND")) throw error;
  return undefined;
}
