import { readConfig } from "@throughline/kernel";
import { SERVICE_SETTINGS } from "@throughline/rpc";

/** Reads the environment, and reports everything wrong with it at once. README.md has the table. */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>) => readConfig(env, SERVICE_SETTINGS);
