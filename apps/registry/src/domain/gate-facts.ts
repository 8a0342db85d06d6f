import { isDigest } from "@throughline/kernel";
import { EMPTY_CANVAS } from "./canvas.ts";
import { EMPTY_CARD_TEXT } from "./card-text.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import type { Known } from "./evidence.ts";
import type { Gate } from "./gate.ts";
import type { GateDecisionStore } from "./gate-decision-store.ts";
import type { GateFacts } from "./judge-gate.ts";
import { certificateIn, type EvidenceSources, knownOf } from "./known-evidence.ts";
import type { VersionFacts } from "./metric-seen.ts";
import type { Model, ModelVersion } from "./model.ts";
import type { PlanStores } from "./plan-writing.ts";
import { type PromotedVersion, promotedVersions } from "./promoted-versions.ts";
import type { ReleaseStore } from "./release-store.ts";

export interface GateDeps extends EvidenceSources, PlanStores {
  readonly decisions: GateDecisionStore;
  readonly releases: ReleaseStore;
  readonly deployments: DeploymentStore;
  /** By name, which may end in an alias; undefined if it is not there. */
  readonly findVersion: (name: string, asOfMs?: number) => Promise<ModelVersion | undefined>;
  readonly findModel: (name: string, asOfMs?: number) => Promise<Model | undefined>;
}

/** Gathers what gates look at. What is known of a version is read once, however many gates ask. */
export interface Gathering {
  /** Undefined if the version is not registered here. */
  facts(promoted: PromotedVersion): Promise<Omit<GateFacts, "baseline"> | undefined>;
  /** What a gate compares with: the version that it names, the one that it was derived from, or what stands at the target now. */
  baseline(gate: Gate, target: string, promoted: PromotedVersion): Promise<VersionFacts | undefined>;
}

export function gatherFacts(deps: GateDeps): Gathering {
  const known = new Map<string, Promise<Known>>();
  const factsOf = async (version: ModelVersion): Promise<VersionFacts> => {
    const found = known.get(version.name) ?? knownOf(deps, version);
    known.set(version.name, found);
    return { version, known: await found };
  };
  return {
    async facts({ model, version, certificateDigest }) {
      if (!version) return undefined;
      const [found, pinned, canvas, text] = await Promise.all([
        factsOf(version),
        pinnedCertificate(deps, certificateDigest, version),
        deps.canvases.get(`${model}/canvas`),
        deps.cardTexts.get(`${model}/card`),
      ]);
      return {
        candidate: { version, known: { ...(pinned && { certificate: pinned }), ...found.known } },
        canvas: { name: `${model}/canvas`, ...(canvas?.record ?? EMPTY_CANVAS) },
        cardText: { name: `${model}/card`, ...(text?.record ?? EMPTY_CARD_TEXT) },
      };
    },
    async baseline({ baseline }, target, promoted) {
      const version = await comparedWith(deps, baseline, { target, promoted });
      return version && factsOf(version);
    },
  };
}

async function comparedWith(
  deps: GateDeps,
  baseline: string,
  { target, promoted }: { readonly target: string; readonly promoted: PromotedVersion },
): Promise<ModelVersion | undefined> {
  if (baseline === "") return standing(deps, target, promoted);
  if (baseline.startsWith("aliases/")) return standing(deps, baseline, promoted);
  if (baseline !== "derived_from")
    return deps.findVersion(`${promoted.model}/versions/${baseline.split("/")[1] ?? ""}`);
  const parent = promoted.version?.derivedFrom;
  return parent === undefined ? undefined : deps.findVersion(parent);
}

/** The leakage certificate that a release pins, if it is one of the training set of its model. */
async function pinnedCertificate(
  { blobs }: GateDeps,
  digest: string,
  { trainingSetDigest }: ModelVersion,
): Promise<Known["certificate"]> {
  return isDigest(digest) ? certificateIn(blobs, digest, trainingSetDigest) : undefined;
}

/** The version of the model that stands at the target now: in a deployment the one with the greatest share. */
async function standing(deps: GateDeps, target: string, promoted: PromotedVersion): Promise<ModelVersion | undefined> {
  const { model } = promoted;
  const [kind, id = ""] = target.split("/");
  if (kind === "deployments") return standingInDeployment(deps, id, promoted);
  const found = await deps.findModel(model);
  const numbers = (kind === "aliases" ? found?.aliases : found?.latestByStage) ?? {};
  const number = Object.hasOwn(numbers, id) ? numbers[id] : undefined;
  return number ? deps.findVersion(`${model}/versions/${number}`) : undefined;
}

/** Another version than the promoted one, if there is one: a new release may have the same model. */
async function standingInDeployment(
  deps: GateDeps,
  id: string,
  { model, name, project }: PromotedVersion,
): Promise<ModelVersion | undefined> {
  const deployment = await deps.deployments.get(`${project}/deployments/${id}`);
  const shares = (deployment?.traffic ?? [])
    .filter((it) => it.weightBasisPoints > 0)
    .sort((a, b) => b.weightBasisPoints - a.weightBasisPoints);
  const serving = await Promise.all(shares.map((it) => promotedVersions(deps, { subject: it.release })));
  const versions = serving.flat().filter((it) => it.model === model);
  return (versions.find((it) => it.name !== name) ?? versions[0])?.version;
}
