/** A part of a name that may be any text, as the patterns of our contracts write it. */
const ANY = "[^/]+";
const DIGEST = "sha256:[0-9a-f]{64}";
/** Of which characters a part is made, and of how many. */
const RULE = /^(\[[^\]^]+\](\+|\*|\{[0-9,]+\})?)+$/;
/** Such a part within a form that is being made. */
const [ID, DIGEST_ID] = ["\0", "\0sha256"];

/**
 * What a pattern of our contracts asks for, as people write it: `projects/{project}/deployments/{deployment}`, with the rules of ids that
 * may not be any text. Undefined for a pattern that says no more in words than by itself.
 */
export function askedForm(pattern: string): string | undefined {
  const [, may, whole] = /^\^(\()?(.*?)(?:\)\?)?\$$/.exec(pattern) ?? [];
  if (whole === undefined || (may === "(") !== pattern.endsWith(")?$")) return undefined;
  const form = whole === DIGEST ? "a digest: sha256: and 64 hexadecimal digits" : formOfName(whole);
  return form && (may ? `${form}, or nothing` : form);
}

function formOfName(whole: string): string | undefined {
  if (!whole.startsWith("projects/")) return undefined;
  const segments = whole.replaceAll(ANY, ID).replaceAll(DIGEST, DIGEST_ID).split("/");
  const rules: string[] = [];
  const form: string[] = [];
  for (const [i, it] of segments.entries()) {
    const id = singular(segments[i - 1] ?? "");
    if (it === DIGEST_ID) form.push("sha256:{64 hexadecimal digits}");
    else if (/^[A-Za-z]+$/.test(it)) form.push(it);
    else if (it === ID) form.push(`{${id}}`);
    else if (RULE.test(it)) {
      form.push(`{${id}}`);
      rules.push(`${id} as ${it}`);
    } else return undefined;
  }
  return [form.join("/"), ...rules].join(", ");
}

const singular = (collection: string): string =>
  /^(statistics|evidence)$/.test(collection) ? "id" : collection.replace(/ies$/, "y").replace(/s$/, "");
