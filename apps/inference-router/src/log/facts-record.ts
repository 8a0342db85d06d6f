import type { Enrichment, PinnedService, ReleaseFacts } from "../domain/prediction.ts";

/** JSON has no whole numbers of 64 bits, so versions are texts. */
type WrittenService = Omit<PinnedService, "version"> & { readonly version: string };
type WrittenVersions = readonly (readonly [view: string, version: string])[];
type WrittenEnrichment = Omit<Enrichment, "service" | "viewVersions"> & {
  readonly service: WrittenService;
  readonly viewVersions: WrittenVersions;
};
type WrittenFacts = Omit<ReleaseFacts, "viewVersions" | "featureService" | "enrichments"> & {
  readonly viewVersions: WrittenVersions;
  readonly featureService?: WrittenService;
  readonly enrichments?: Readonly<Record<string, WrittenEnrichment>>;
};

/** The payload of a `release` frame. */
export function encodeFacts({ featureService, enrichments, ...facts }: ReleaseFacts): Buffer {
  const written: WrittenFacts = {
    ...facts,
    viewVersions: writtenVersions(facts.viewVersions),
    ...(featureService && { featureService: writtenService(featureService) }),
    ...(enrichments && { enrichments: mapped(enrichments, writtenEnrichment) }),
  };
  return Buffer.from(JSON.stringify(written));
}

export function decodeFacts(payload: Buffer): ReleaseFacts {
  const written = JSON.parse(payload.toString("utf8")) as WrittenFacts;
  const { featureService, enrichments, viewVersions, ...facts } = written;
  return {
    ...facts,
    viewVersions: versionsOf(viewVersions),
    ...(featureService && { featureService: serviceOf(featureService) }),
    ...(enrichments && { enrichments: mapped(enrichments, enrichmentOf) }),
  };
}

const writtenVersions = (versions: Readonly<Record<string, bigint>>): WrittenVersions =>
  Object.entries(versions).map(([view, version]) => [view, String(version)]);

const versionsOf = (written: WrittenVersions): Readonly<Record<string, bigint>> =>
  Object.fromEntries(written.map(([view, it]) => [view, BigInt(it)]));

const writtenService = (service: PinnedService): WrittenService => ({ ...service, version: String(service.version) });

const serviceOf = (written: WrittenService): PinnedService => ({ ...written, version: BigInt(written.version) });

const writtenEnrichment = ({ service, viewVersions, features }: Enrichment): WrittenEnrichment => ({
  service: writtenService(service),
  viewVersions: writtenVersions(viewVersions),
  features,
});

const enrichmentOf = ({ service, viewVersions, features }: WrittenEnrichment): Enrichment => ({
  service: serviceOf(service),
  viewVersions: versionsOf(viewVersions),
  features,
});

const mapped = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, it]) => [key, change(it)]));
