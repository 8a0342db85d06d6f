import { graphTexts } from "./graph-difference.ts";
import type { Signature, TensorSpec } from "./model.ts";
import type { ReleaseFeatures, ReleaseManifest } from "./release.ts";

export type DifferenceKind =
  | "MODEL"
  | "FEATURES"
  | "PREPROCESSING"
  | "THRESHOLDS"
  | "SCHEMA"
  | "GRAPH"
  | "CERTIFICATE"
  | "METRIC";

/** One difference between two releases. Texts are empty where there is no value. */
export interface ReleaseDifference {
  readonly kind: DifferenceKind;
  /** In the names of the contract, such as `features.view_versions.weather`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly sentence: string;
}

/** How the parts of a release differ from those of another. Empty for equal manifests, and only for those. */
export const partDifferences = (base: ReleaseManifest, other: ReleaseManifest): readonly ReleaseDifference[] => [
  ...modelDifferences(base, other),
  ...featureDifferences(base.features, other.features),
  ...entries(at("THRESHOLDS", "thresholds", "the threshold"), mapped(base.thresholds), mapped(other.thresholds)),
  ...DIGESTS.flatMap(([kind, member, path, what]) => changed(at(kind, path, what), [base[member], other[member]])),
  ...graphTexts(base.graph, other.graph).flatMap(({ path, what, values }) => changed(at("GRAPH", path, what), values)),
];

const DIGESTS = [
  ["SCHEMA", "schemaDigest", "schema_digest", "the schema"],
  ["SCHEMA", "baselineStatisticsDigest", "baseline_statistics_digest", "the baseline statistics"],
  ["CERTIFICATE", "certificateDigest", "certificate_digest", "the leakage certificate"],
  ["THRESHOLDS", "calibrationDigest", "calibration_digest", "the calibration"],
] as const;

/** Where something differs, and how it is called. */
interface Place {
  readonly kind: DifferenceKind;
  readonly path: string;
  readonly what: string;
}

const at = (kind: DifferenceKind, path: string, what: string): Place => ({ kind, path, what });

/** A value that is not the same. */
function changed(
  { kind, path, what }: Place,
  [before, after]: readonly [string, string],
): readonly ReleaseDifference[] {
  if (before === after) return [];
  return [{ kind, path, before, after, sentence: sentenceOf(what, before, after) }];
}

function sentenceOf(what: string, before: string, after: string): string {
  const start = what.charAt(0).toUpperCase() + what.slice(1);
  if (before === "") return `${start} is new: ${after}.`;
  return after === "" ? `${start} is gone; it was ${before}.` : `${start} went from ${before} to ${after}.`;
}

type Entries = Readonly<Record<string, string>>;

/** Entries that are not the same, by their keys. */
const entries = ({ kind, path, what }: Place, before: Entries, after: Entries): readonly ReleaseDifference[] =>
  keysOf(before, after).flatMap((key) =>
    changed(at(kind, `${path}.${key}`, `${what} ${key}`), [valueAt(before, key), valueAt(after, key)]),
  );

const keysOf = (...both: readonly object[]): readonly string[] => [...new Set(both.flatMap(Object.keys))].sort();

const valueAt = (all: Entries, key: string): string => (Object.hasOwn(all, key) ? all[key] : undefined) ?? "";

const mapped = (numbers: Readonly<Record<string, number>>): Entries =>
  Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, String(value)]));

function modelDifferences(base: ReleaseManifest, other: ReleaseManifest): readonly ReleaseDifference[] {
  return keysOf(base.models, other.models).flatMap((node) => {
    const [before, after] = [base.models[node], other.models[node]];
    const path = `models.${node}`;
    const [own, next] = [before?.signature ?? NO_TENSORS, after?.signature ?? NO_TENSORS];
    return [
      ...changed(at("MODEL", `${path}.model_version`, `the model of ${node}`), [
        before?.modelVersion ?? "",
        after?.modelVersion ?? "",
      ]),
      ...changed(at("MODEL", `${path}.digest`, `the bytes of the model of ${node}`), [
        before?.digest ?? "",
        after?.digest ?? "",
      ]),
      ...changed(
        at("PREPROCESSING", `${path}.transform_fit_digest`, `the transforms in front of the model of ${node}`),
        [before?.transformFitDigest ?? "", after?.transformFitDigest ?? ""],
      ),
      ...changed(at("PREPROCESSING", `${path}.signature.inputs`, `what the model of ${node} takes`), [
        tensors(own.inputs),
        tensors(next.inputs),
      ]),
      ...changed(at("SCHEMA", `${path}.signature.outputs`, `what the model of ${node} gives`), [
        tensors(own.outputs),
        tensors(next.outputs),
      ]),
    ];
  });
}

const NO_TENSORS: Signature = { inputs: [], outputs: [] };

const tensors = (of: readonly TensorSpec[]): string =>
  of.map((it) => `${it.name}:${it.datatype}[${it.shape.join(",")}]`).join(" ");

const NO_FEATURES: ReleaseFeatures = {
  featureService: "",
  featureServiceVersion: 0,
  digest: "",
  viewVersions: {},
  features: [],
  requestFeatures: [],
};

function featureDifferences(
  before: ReleaseFeatures = NO_FEATURES,
  after: ReleaseFeatures = NO_FEATURES,
): readonly ReleaseDifference[] {
  const versions = (of: ReleaseFeatures): Entries =>
    Object.fromEntries(Object.entries(of.viewVersions).map(([view, version]) => [view, `version ${version}`]));
  const found = [
    ...changed(at("FEATURES", "features.feature_service", "the feature service"), [
      before.featureService,
      after.featureService,
    ]),
    ...changed(at("FEATURES", "features.feature_service_version", "the version of the feature service"), [
      versionText(before),
      versionText(after),
    ]),
    ...entries(at("FEATURES", "features.view_versions", "the feature view"), versions(before), versions(after)),
    ...membership(at("FEATURES", "features.features", "feature"), [before.features, after.features]),
    ...membership(at("PREPROCESSING", "features.request_features", "feature from the request"), [
      before.requestFeatures,
      after.requestFeatures,
    ]),
    ...orderDifference(before.features, after.features),
  ];
  // The definitions have changed in something that a manifest does not spell out.
  return [
    ...found,
    ...changed(at("FEATURES", "features.digest", "the definition of the features"), [before.digest, after.digest]),
  ];
}

const versionText = ({ featureServiceVersion }: ReleaseFeatures): string =>
  featureServiceVersion === 0 ? "" : String(featureServiceVersion);

function membership(
  { kind, path, what }: Place,
  [before, after]: readonly [readonly string[], readonly string[]],
): readonly ReleaseDifference[] {
  const gone = before.filter((it) => !after.includes(it));
  const fresh = after.filter((it) => !before.includes(it));
  return [
    ...gone.map((it) => ({
      kind,
      path: `${path}.${it}`,
      before: it,
      after: "",
      sentence: `The ${what} ${it} is gone.`,
    })),
    ...fresh.map((it) => ({
      kind,
      path: `${path}.${it}`,
      before: "",
      after: it,
      sentence: `The ${what} ${it} is new.`,
    })),
  ];
}

/** The same features at other places of the model's input. */
function orderDifference(before: readonly string[], after: readonly string[]): readonly ReleaseDifference[] {
  const [kept, now] = [before.filter((it) => after.includes(it)), after.filter((it) => before.includes(it))];
  return changed(at("PREPROCESSING", "features.features", "the order of the features"), [
    kept.join(", "),
    now.join(", "),
  ]);
}
