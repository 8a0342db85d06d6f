import { type Graph, graphJson } from "@throughline/graphs";
import { canonicalJson, type Digest, digestOfBytes, type Json } from "@throughline/kernel";
import type { Signature, TensorSpec } from "./model.ts";

/** A model within a release. */
export interface ReleaseModel {
  readonly modelVersion: string;
  readonly digest: string;
  readonly signature?: Signature;
  /** Left out: there are no transforms in front of it. */
  readonly transformFitDigest?: string;
}

/** The features that a release reads. */
export interface ReleaseFeatures {
  readonly featureService: string;
  /** 0 while it is not known yet. */
  readonly featureServiceVersion: number;
  readonly digest: string;
  /** Version of each feature view, by the last segment of the view's name. */
  readonly viewVersions: Readonly<Record<string, number>>;
  /** In the order of the model's input vector. */
  readonly features: readonly string[];
  readonly requestFeatures: readonly string[];
}

/** The parts of a release. Texts are empty where a part is not there. */
export interface ReleaseManifest {
  /** By the names of the nodes that run them. */
  readonly models: Readonly<Record<string, ReleaseModel>>;
  readonly graph: Graph;
  readonly features?: ReleaseFeatures;
  readonly schemaDigest: string;
  readonly baselineStatisticsDigest: string;
  readonly certificateDigest: string;
  readonly calibrationDigest: string;
  readonly thresholds: Readonly<Record<string, number>>;
}

/** The versions that a release is made of, each once: several nodes may run the same. */
export const versionsOf = ({ models }: ReleaseManifest): readonly string[] => [
  ...new Set(Object.values(models).map((it) => it.modelVersion)),
];

/** Everything that answers a request, as one immutable object. */
export interface Release {
  readonly name: string;
  readonly project: string;
  readonly digest: Digest;
  readonly manifest: ReleaseManifest;
  readonly description: string;
  readonly actor: string;
  readonly createTimeMs: number;
}

/** Number of digits of the digest that name a release. */
const ID_DIGITS = 16;

export const releaseId = (digest: Digest): string => digest.slice("sha256:".length, "sha256:".length + ID_DIGITS);

/**
 * The bytes that a release's digest is of: RFC 8785 over the manifest's protobuf JSON form (members in lowerCamelCase,
 * int64 as text, members with default values left out), so that any client can compute it from the message.
 */
export const manifestBytes = (manifest: ReleaseManifest): Uint8Array =>
  new TextEncoder().encode(canonicalJson(manifestJson(manifest)));

export const manifestDigest = (manifest: ReleaseManifest): Digest => digestOfBytes(manifestBytes(manifest));

function manifestJson(manifest: ReleaseManifest): Json {
  const { models, graph, features, thresholds, ...digests } = manifest;
  return given({
    models: mapped(models, (it) =>
      given({
        modelVersion: it.modelVersion,
        digest: it.digest,
        signature: it.signature && signatureJson(it.signature),
        transformFitDigest: it.transformFitDigest,
      }),
    ),
    graph: graphJson(graph),
    features: features && featuresJson(features),
    thresholds: mapped(thresholds, (it) => it),
    ...digests,
  });
}

const featuresJson = ({ viewVersions, featureServiceVersion, ...features }: ReleaseFeatures): Json =>
  given({
    ...features,
    viewVersions: mapped(viewVersions, String),
    featureServiceVersion: featureServiceVersion === 0 ? "" : String(featureServiceVersion),
  });

const signatureJson = ({ inputs, outputs }: Signature): Json =>
  given({ inputs: inputs.map(tensorJson), outputs: outputs.map(tensorJson) });

const tensorJson = ({ name, datatype, shape }: TensorSpec): Json => given({ name, datatype, shape: shape.map(String) });

/** Leaves out members with the default value of their type; what is undefined is a message that is not there. */
const given = (members: Readonly<Record<string, Json | undefined>>): Json =>
  Object.fromEntries(
    Object.entries(members).filter((it): it is [string, Json] => it[1] !== undefined && !isDefault(it[1])),
  );

const isDefault = (value: Json): boolean =>
  value === "" || value === 0 || (Array.isArray(value) && value.length === 0) || value === NO_ENTRIES;

/** A map without entries, told apart from a message without fields, which is there. */
const NO_ENTRIES: Json = {};

function mapped<T>(entries: Readonly<Record<string, T>>, convert: (value: T) => Json): Json {
  const all = Object.entries(entries);
  return all.length === 0 ? NO_ENTRIES : Object.fromEntries(all.map(([key, value]) => [key, convert(value)]));
}
