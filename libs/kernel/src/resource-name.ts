import { invalidField } from "./errors.ts";

/** The variables of a pattern such as `projects/{project}/models/{model}`. */
type Variables<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Variables<Rest> : never;

/** Formats and reads the resource names of one pattern. */
export interface ResourceName<P extends string> {
  readonly pattern: P;
  /** Fails with BAD_NAME for a part that is not one segment, so that no part can smuggle in another. */
  format(parts: Readonly<Record<Variables<P>, string>>): string;
  /** Fails with BAD_NAME, naming the field `path` and the pattern. */
  parse(name: string, path?: string): Readonly<Record<Variables<P>, string>>;
  matches(name: string): boolean;
}

const SEGMENT = "([A-Za-z0-9][A-Za-z0-9._~-]{0,254})";

/**
 * Defines a resource name (AIP-122). A variable matches one segment: 1 to 255 characters from `A-Z a-z 0-9 . _ ~ -`, not
 * starting with a punctuation mark, so that `..` and hidden names can never be part of a name.
 */
export function resourceName<const P extends string>(pattern: P): ResourceName<P> {
  const keys = [...pattern.matchAll(/\{(\w+)\}/g)].map((it) => it[1] as Variables<P>);
  // What stands between the variables: one piece more than there are of them.
  const between = pattern.split(/\{\w+\}/);
  const regex = new RegExp(`^${pattern.replace(/\{\w+\}/g, SEGMENT)}$`);
  const badName = (name: string, path: string) => {
    const shown = name.slice(0, 300).toWellFormed();
    return invalidField(path, `"${shown}" is not a name of the form ${pattern}`, "BAD_NAME");
  };
  let last: { readonly name: string; readonly parts: Readonly<Record<Variables<P>, string>> } | undefined;
  return {
    pattern,
    format(parts) {
      let name = between[0] as string;
      for (let i = 0; i < keys.length; i++) name += parts[keys[i] as Variables<P>] + (between[i + 1] as string);
      if (!regex.test(name)) throw badName(name, "name");
      return name;
    },
    matches: (name) => regex.test(name),
    parse(name, path = "name") {
      // Callers name the same again and again.
      if (last?.name === name) return last.parts;
      const match = regex.exec(name);
      if (!match) throw badName(name, path);
      const parts = Object.fromEntries(keys.map((key, i) => [key, match[i + 1]])) as Record<Variables<P>, string>;
      last = { name, parts };
      return parts;
    },
  };
}
