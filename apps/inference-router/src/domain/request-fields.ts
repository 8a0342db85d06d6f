import type { LoadedRelease } from "./loaded-release.ts";

/**
 * The fields of requests that answers of a release depend on beside its features: those that split nodes are sticky by, and that of the
 * calibration's groups. The same list for every request.
 */
export function requestFields(chosen: Pick<LoadedRelease, "release" | "facts">): readonly string[] {
  const known = fieldsByRelease.get(chosen);
  if (known !== undefined) return known;
  const splits = chosen.release.graph.nodes.flatMap(({ split }) => (split ? [split.stickyField] : []));
  const fields = new Set([...splits, chosen.facts.calibration?.groupField ?? ""]);
  fields.delete("");
  const list = [...fields];
  fieldsByRelease.set(chosen, list);
  return list;
}

const fieldsByRelease = new WeakMap<object, readonly string[]>();
