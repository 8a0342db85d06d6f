/** A part of a name that may be any text, as the patterns of our contracts write it. */
const ANY = "[^/]+";
const DIGEST = "sha256:[0-9a-f]{64}";
/** Of which characters a part is made, and of how many. */
const RULE = /^(\[[^\]^]+\](\+|\*|\{[0-9,]+\})?|\0)+$/;
/** An id: what it may begin with, if that is less, what it is made of, and how long it is. */
const ID_RULE = /^(?:\[([^\]^]+)\])?\[([^\]^]+)\]\{([01]),(\d+)\}$/;
/** What a class of characters is made of: ranges, properties and single characters. */
const CHARACTERS = /\\p\{\w\}|[A-Za-z0-9]-[A-Za-z0-9]|./g;
const PROPERTIES: Readonly<Record<string, string>> = { "\\p{L}": "letters", "\\p{N}": "digits", " ": "space" };
/** Such a part within a form that is being made. */
const [ID, DIGEST_ID] = ["\0", "\0sha256"];

/**
 * What a pattern of our contracts asks for, as people write it: `projects/{project}/deployments/{deployment}`, with the rules of ids that
 * may not be any text. Undefined for a pattern that says no more in words than by itself.
 */
export function askedForm(pattern: string): string | undefined {
  const [, may, whole] = /^\^(\()?(.*?)(?:\)\?)?\$$/.exec(pattern) ?? [];
  if (whole === undefined || (may === "(") !== pattern.endsWith(")?$")) return undefined;
  const form =
    whole === DIGEST ? "a digest: sha256: and 64 hexadecimal digits" : (formOfName(whole) ?? formOfId(whole));
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
      rules.push(`${id} as ${it.replaceAll(ID, ANY)}`);
    } else return undefined;
  }
  return [form.join("/"), ...rules].join(", ");
}

/** What an id may be. Undefined for one whose length does not begin at 1. */
function formOfId(whole: string): string | undefined {
  const [, first, all, least, most] = ID_RULE.exec(whole) ?? [];
  if (all === undefined || (first === undefined) !== (least === "1")) return undefined;
  const countMost = Number(most) + (first === undefined ? 0 : 1);
  const beginning = first === undefined || first === all ? "" : `, the first of them ${inWords(first, "or")}`;
  return `1 to ${countMost} characters of ${inWords(all, "and")}${beginning}`;
}

function inWords(characters: string, word: "and" | "or"): string {
  const all = [...characters.matchAll(CHARACTERS)].map(([it]) => PROPERTIES[it] ?? it);
  const last = all.pop() ?? "";
  return all.length === 0 ? last : `${all.join(" ")} ${word} ${last}`;
}

const singular = (collection: string): string =>
  /^(statistics|evidence)$/.test(collection) ? "id" : collection.replace(/ies$/, "y").replace(/s$/, "");
