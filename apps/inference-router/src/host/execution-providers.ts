import { EXECUTION_PROVIDERS, type ExecutionProvider } from "./child-options.ts";

/**
 * Reads execution providers by preference, such as `cuda,cpu`. Whether this machine's runtime has them turns out when a model
 * is loaded: MODEL_NOT_LOADABLE says which one is missing.
 */
export function executionProviders(text: string): readonly ExecutionProvider[] {
  const names = text.split(",").map((it) => it.trim().toLowerCase());
  const unknown = names.filter((it) => !isProvider(it));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")} is none of ${EXECUTION_PROVIDERS.join(", ")}`);
  return names.filter(isProvider);
}

const isProvider = (name: string): name is ExecutionProvider =>
  (EXECUTION_PROVIDERS as readonly string[]).includes(name);
