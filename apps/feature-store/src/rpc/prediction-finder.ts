import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { LIMITS } from "@throughline/kernel";
import type { PredictionFinder } from "../domain/forget/affected.ts";
import { projectName } from "../domain/names.ts";
import { namedValues } from "./convert-columns.ts";

/** Services that this one was told of. */
export interface ServingPeers {
  readonly registry: Transport | undefined;
  readonly inferenceRouter: Transport | undefined;
}

const PAGE_SIZE = 1_000;

/** Predictions through the services that own deployments and their logs. Undefined: this service was not told where they are. */
export function predictionFinder({ registry, inferenceRouter }: ServingPeers): PredictionFinder | undefined {
  if (!registry || !inferenceRouter) return undefined;
  const deployments = createClient(DeploymentService, registry);
  const inference = createClient(InferenceService, inferenceRouter);
  return {
    async *about(project, isAbout, signal) {
      const call = { timeoutMs: LIMITS.deadlineMsDefault, signal };
      const parent = projectName.format({ project });
      for await (const { name } of paged(async (pageToken) => {
        const page = await deployments.listDeployments({ parent, pageSize: PAGE_SIZE, pageToken }, call);
        return { items: page.deployments, next: page.nextPageToken };
      }))
        for await (const it of paged(async (pageToken) => {
          const request = { parent: name, pageSize: PAGE_SIZE, pageToken };
          const page = await inference.listPredictions(request, call).catch(emptyIfAbsent);
          return { items: page.predictions, next: page.nextPageToken };
        }))
          if (isAbout(namedValues(it.entity))) yield it.name;
    },
  };
}

/** A deployment that never answered has no log. */
function emptyIfAbsent(error: unknown) {
  if (ConnectError.from(error).code !== Code.NotFound) throw error;
  return { predictions: [], nextPageToken: "" };
}

async function* paged<T>(
  page: (token: string) => Promise<{ readonly items: readonly T[]; readonly next: string }>,
): AsyncGenerator<T> {
  let token = "";
  do {
    const { items, next } = await page(token);
    yield* items;
    token = next;
  } while (token !== "");
}
