/** Parts of names that stand for an id, as the patterns of our contracts write them. */
const IDS = ["[^/]+", "[0-9]+", "[1-9][0-9]{0,9}", "[0-9]{1,15}", "[a-z][a-z0-9-]{0,62}", "[a-z0-9][a-z0-9-]{0,62}"];
const DIGEST = "sha256:[0-9a-f]{64}";
/** An id within a form that is being made. */
const ID = "\0";

/**
 * What a pattern of our contracts asks for, as people write it: `projects/{project}/deployments/{deployment}`. Undefined for a pattern
 * that says no more in words than by itself.
 */
export function askedForm(pattern: string): string | undefined {
  const [, may, whole] = /^\^(\()?(.*?)(?:\)\?)?\$$/.exec(pattern) ?? [];
  if (whole === undefined || (may === "(") !== pattern.endsWith(")?$")) return undefined;
  const form = whole === DIGEST ? "a digest: sha256: and 64 hexadecimal digits" : formOfName(whole);
  return form && (may ? `${form}, or nothing` : form);
}

function formOfName(whole: string): string | undefined {
  if (!whole.startsWith("projects/")) return undefined;
  const withIds = [...IDS.toSorted((a, b) => b.length - a.length), DIGEST].reduce(
    (text, id) => text.replaceAll(id, ID),
    whole,
  );
  const segments = withIds.split("/");
  const isPlain = segments.every((it) => it === ID || /^[A-Za-z]+$/.test(it));
  if (!isPlain) return undefined;
  return segments.map((it, i) => (it === ID ? `{${singular(segments[i - 1] ?? "")}}` : it)).join("/");
}

const singular = (collection: string): string =>
  /^(statistics|evidence)$/.test(collection) ? "id" : collection.replace(/ies$/, "y").replace(/s$/, "");
