/** Reads one setting's text; throws an Error whose message says what was expected. */
export type Parse<T> = (text: string) => T;

/** One setting: the environment variable, how to read it, and its value when it is not set (none: it must be set). */
export interface Setting<T> {
  readonly name: string;
  readonly parse: Parse<T>;
  readonly fallback?: T;
}

/** The start-up error that lists everything wrong with the configuration at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((it) => `  - ${it}`).join("\n")}`);
    this.problems = problems;
  }
}

type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Reads all settings from `env`, and reports every problem in one ConfigError. */
export function readConfig<const S extends Record<string, Setting<unknown>>>(
  env: Readonly<Record<string, string | undefined>>,
  settings: S,
): Values<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const text = env[setting.name];
    if (text === undefined || text === "") {
      if (!("fallback" in setting)) problems.push(`${setting.name} is not set, and has no default`);
      values[key] = setting.fallback;
      continue;
    }
    try {
      values[key] = setting.parse(text);
    } catch (error) {
      problems.push(`${setting.name}="${text}": ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<S>;
}

export const text: Parse<string> = (value) => value;

/** A whole number within [least, most]. */
export const integer =
  (least: number, most: number): Parse<number> =>
  (value) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < least || number > most) {
      throw new Error(`expected a whole number from ${least} to ${most}`);
    }
    return number;
  };

export const flag: Parse<boolean> = (value) => {
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new Error("expected true or false");
};

/** One of the named values. */
export const oneOf =
  <const T extends string>(...choices: readonly T[]): Parse<T> =>
  (value) => {
    const choice = choices.find((it) => it === value);
    if (choice === undefined) throw new Error(`expected one of ${choices.join(", ")}`);
    return choice;
  };

/** `host:port`, with an IPv6 host in brackets. */
export const hostPort: Parse<{ readonly host: string; readonly port: number }> = (value) => {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (!match?.[1] || port > 65_535) throw new Error("expected host:port, such as 127.0.0.1:8080");
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
};
