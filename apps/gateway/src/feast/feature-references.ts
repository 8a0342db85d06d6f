import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ViewSelectionSchema } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { nameCollision, refused } from "./errors.ts";

/** A view, perhaps with one of its versions, and a feature of it. */
const REFERENCE = /^([^:@]+)(?:@(latest|v\d{1,15}))?:([^:]+)$/;

/**
 * The selections that `view:feature` and `view@v2:feature` references stand for, views in the order in which they are first
 * named. Without a version it is the view's current one.
 */
export function selectionsOf(
  project: string,
  references: readonly string[],
): MessageInitShape<typeof ViewSelectionSchema>[] {
  const selected = new Map<string, { readonly view: string; readonly version: bigint; readonly features: string[] }>();
  for (const reference of references) {
    const [, view = "", version = "latest", feature = ""] = REFERENCE.exec(reference) ?? [];
    if (view === "") {
      const expected = "'<feature_view>:<feature>' or '<feature_view>@<version>:<feature>'";
      throw refused(`Invalid feature reference '${reference.slice(0, 200)}'. Expected format: ${expected}`);
    }
    const name = `projects/${project}/featureViews/${encodeURIComponent(view)}`;
    const number = version === "latest" ? 0n : BigInt(version.slice(1));
    const known = selected.get(view) ?? { view: name, version: number, features: [] };
    if (known.version !== number)
      throw refused(`Feature view ${view} is asked for in two versions. Ask for each alone.`);
    if (known.features.includes(feature)) throw nameCollision(feature);
    known.features.push(feature);
    selected.set(view, known);
  }
  return [...selected.values()];
}
