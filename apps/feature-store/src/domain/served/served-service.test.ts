import { digestOfJson, notFound } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import type { BoundService, FeatureService } from "../feature-service.ts";
import { servedService, type WantedService } from "./served-service.ts";
import type { ServedPredictions, ServedRelease } from "./serving-log.ts";

/** Three versions of a service: the second reads a newer view, the third has a feature more. */
const VERSIONS = [
  { views: { sales: 1 }, features: ["a", "b"] },
  { views: { sales: 2 }, features: ["a", "b"] },
  { views: { sales: 2 }, features: ["a", "b", "c"] },
] as const;

const digestOf = (version: number) => digestOfJson(["shops", version]);
const service = (version: number): FeatureService => ({
  project: "p",
  id: "shops",
  version,
  digest: digestOf(version),
  createTimeMs: 0,
  description: "",
  features: VERSIONS[version - 1]?.features ?? [],
  requestFeatures: [],
  views: Object.entries(VERSIONS[version - 1]?.views ?? {}).map(([view, it]) => ({
    view,
    version: it,
    features: [],
    keyFields: {},
    digest: digestOfJson([view, it]),
  })),
});
const define = {
  async service(_: string, id: string, version: number) {
    if (id !== "shops" || version > VERSIONS.length) throw notFound(id);
    return service(version === 0 ? VERSIONS.length : version);
  },
  bound: async (it: FeatureService): Promise<BoundService> => ({
    service: it,
    views: [],
    onDemandViews: [],
    features: [],
  }),
};

/** A release of the version; of before the log said which it reads, if it is silent. */
const release = (version: number, isSilent = false): ServedRelease => ({
  release: `projects/p/releases/r${version}`,
  digest: digestOfJson(version),
  rowCount: 1,
  service: isSilent ? undefined : { name: "projects/p/featureServices/shops", version, digest: digestOf(version) },
  viewVersions: new Map(Object.entries(VERSIONS[version - 1]?.views ?? {})),
});
const served = (releases: readonly ServedRelease[], features: readonly string[] = ["a", "b"]): ServedPredictions => ({
  digest: digestOfJson(1),
  rowCount: 1,
  rowsDigest: digestOfJson(2),
  knownByMs: 0,
  labeledCount: 0,
  features,
  featureColumns: features,
  releases,
  segments: [],
  leftOut: { withoutEntity: 0, laterAsOf: 0, withoutLabel: 0, notSampled: 0 },
});

const found = (of: ServedPredictions, wanted: Partial<WantedService> = {}) =>
  servedService(define, of, { project: "p", service: "", version: 0, ...wanted }).then(
    (it) => it.service.version,
    (error: { reason?: string; message: string }) => `${error.reason}: ${error.message}`,
  );

describe("the version of a feature service that was served", () => {
  test("is the one that the log says, also when a newer one is there", async () => {
    expect(await found(served([release(1)]))).toBe(1);
    expect(await found(served([release(2), { ...release(2), release: "other" }]))).toBe(2);
    expect(await found(served([release(2)]), { service: "shops", version: 2 })).toBe(2);
  });

  test("is refused if there are several, with the releases of each", async () => {
    expect(await found(served([release(1), release(2)]))).toMatch(
      /^MIXED_FEATURES: .*version 1 of .*shops by projects\/p\/releases\/r1; version 2 of .*shops by projects\/p\/releases\/r2\. Name one release/,
    );
  });

  test("is refused if it is another one than the wanted one, or of another project", async () => {
    for (const wanted of [{ version: 2 }, { service: "other" }, { project: "q" }])
      expect(await found(served([release(1)]), wanted)).toMatch(/^FEATURE_SERVICE_NOT_SERVED: .*they read version 1/);
    const forged: ServedRelease = {
      ...release(1),
      service: { name: "projects/p/featureServices/shops", version: 1, digest: "x" },
    };
    expect(await found(served([forged]))).toMatch(/^FEATURE_SERVICE_NOT_SERVED: .*had the digest x/);
  });

  test("is the newest with the same features and views where the log does not say", async () => {
    expect(await found(served([release(1, true)]), { service: "shops" })).toBe(1);
    expect(await found(served([release(2, true)]), { service: "shops" })).toBe(2);
    expect(await found(served([release(3, true)], ["a", "b", "c"]), { service: "shops" })).toBe(3);
    expect(await found(served([release(1, true)]))).toMatch(/^FEATURE_SERVICE_NOT_SERVED: .*name the feature service/);
    expect(await found(served([release(1, true)], ["b", "a"]), { service: "shops" })).toMatch(/no version of it/);
    expect(await found(served([release(1), release(2, true)]))).toMatch(/read other views/);
  });
});
