import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { some } from "./endpoint.ts";
import { lastOf, versionUri } from "./locations.ts";
import { pairsJson } from "./run-json.ts";
import { msOf } from "./time.ts";

/** A version as MLflow writes it, of a model with the given title. */
export const versionJson = (version: ModelVersion, title: string): unknown => ({
  name: title,
  version: String(version.version),
  creation_timestamp: msOf(version.createTime),
  last_updated_timestamp: msOf(version.updateTime ?? version.createTime),
  user_id: version.actor || undefined,
  current_stage: version.stage || "None",
  description: version.description,
  source: version.sourceUri || versionUri(version.name),
  run_id: version.run === "" ? undefined : lastOf(version.run),
  status: "READY",
  tags: some(pairsJson(version.tags)),
  run_link: version.runLink,
  aliases: some(version.aliases),
});
