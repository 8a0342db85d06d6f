import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { ReleaseManifestSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { anyGraph } from "@throughline/graphs/laws";
import { digestOfJson, type Json } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manifestDigest, type ReleaseManifest } from "../domain/release.ts";
import { manifestFromProto, manifestToProto } from "./convert-release.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
const text = fc.string({ maxLength: 12 }).filter((it) => it.isWellFormed());
const texts = fc.array(text, { maxLength: 4 });
const tensors = fc.array(
  fc.record({ name: text, datatype: text, shape: fc.array(fc.integer({ min: -1 }), { maxLength: 3 }) }),
  { maxLength: 3 },
);
const signature = fc.record({ inputs: tensors, outputs: tensors });
const optional = <T>(value: fc.Arbitrary<T>, key: string) =>
  fc.option(value, { nil: undefined }).map((it) => (it === undefined ? {} : { [key]: it }));
const merged = (base: fc.Arbitrary<object>, extra: fc.Arbitrary<object>) =>
  fc.tuple(base, extra).map(([a, b]) => ({ ...a, ...b }));
const manifests = merged(
  fc.record({
    models: fc.dictionary(
      name,
      merged(fc.record({ modelVersion: text, digest: text }), optional(signature, "signature")),
      { noNullPrototype: true },
    ),
    graph: anyGraph(),
    schemaDigest: text,
    baselineStatisticsDigest: text,
    certificateDigest: text,
    calibrationDigest: text,
    thresholds: fc.dictionary(name, fc.double({ noNaN: true, noDefaultInfinity: true }), { noNullPrototype: true }),
  }),
  optional(
    fc.record({
      featureService: text,
      digest: text,
      featureServiceVersion: fc.nat(),
      viewVersions: fc.dictionary(name, fc.nat(), { noNullPrototype: true }),
      features: texts,
      requestFeatures: texts,
    }),
    "features",
  ),
) as fc.Arbitrary<ReleaseManifest>;

test("a manifest comes back from the wire as it was", () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const bytes = toBinary(ReleaseManifestSchema, manifestToProto(manifest));
      expect(manifestFromProto(fromBinary(ReleaseManifestSchema, bytes))).toEqual(manifest);
    }),
  );
});

test("a client can compute a release's digest: SHA-256 of RFC 8785 of the message's JSON form", () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const json = toJson(ReleaseManifestSchema, manifestToProto(manifest)) as Json;
      expect(manifestDigest(manifest)).toBe(digestOfJson(json));
    }),
  );
});
