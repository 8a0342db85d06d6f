import { DomainError, notFound } from "@throughline/kernel";
import { type EvidenceSources, knownOf } from "./known-evidence.ts";
import type { Model, ModelVersion } from "./model.ts";
import { type ModelCard, modelCard } from "./model-card.ts";
import { RELEASE } from "./names.ts";
import type { PlanStores } from "./plan-writing.ts";
import { getCardText } from "./plans.ts";
import { promotedVersions } from "./promoted-versions.ts";
import type { ReleaseStore } from "./release-store.ts";

export interface CardDeps extends EvidenceSources, PlanStores {
  readonly releases: ReleaseStore;
  readonly findVersion: (name: string) => Promise<ModelVersion | undefined>;
  readonly findModel: (name: string) => Promise<Model | undefined>;
}

/** The card of a version, or of a release with one model. Fails with NOT_FOUND and VERSION_NOT_HERE. */
export async function getModelCard(deps: CardDeps, name: string): Promise<ModelCard> {
  const [promoted] = await promotedVersions(deps, { subject: name });
  if (!promoted) throw notFound(name);
  if (!promoted.version) throw versionNotHere(promoted.name);
  const model = await deps.findModel(promoted.model);
  if (!model) throw notFound(promoted.model);
  const [text, known, release] = await Promise.all([
    getCardText(deps, promoted.model),
    knownOf(deps, promoted.version),
    RELEASE.matches(name) ? deps.releases.get(name) : undefined,
  ]);
  return modelCard({ name: release ? name : promoted.name, model, version: promoted.version, text, known, release });
}

/** A release names a version of another installation. */
export const versionNotHere = (name: string): DomainError =>
  new DomainError(
    "precondition",
    "VERSION_NOT_HERE",
    `${name} came with an imported release and is not registered here, so that nothing is known of it. Ask the installation that exported it.`,
    { metadata: { modelVersion: name } },
  );
