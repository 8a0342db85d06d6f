import { isDomainError } from "@throughline/kernel";
import type { Model, ModelVersion } from "./model.ts";
import { getVersion, type VersionReading } from "./model-versions.ts";
import { getModel, type Reading } from "./models.ts";

/** Finds models and versions by name for what is planned and decided about them: undefined if they are not there. */
export const modelFinders = (deps: Reading & Pick<VersionReading, "versions">) => ({
  findModel: (name: string, asOfMs?: number): Promise<Model | undefined> =>
    getModel(deps, name, asOfMs).catch(undefinedIfAbsent),
  /** The last segment of the name is a number, an alias or `latest`. */
  findVersion: (name: string, asOfMs?: number): Promise<ModelVersion | undefined> =>
    getVersion(deps, name, { path: "name", ...(asOfMs !== undefined && { asOfMs }) }).catch(undefinedIfAbsent),
});

function undefinedIfAbsent(error: unknown): undefined {
  if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "BAD_NAME")) throw error;
  return undefined;
}
