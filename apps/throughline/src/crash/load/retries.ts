import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateModelVersionRequestSchema } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import type {
  AskTrialsRequestSchema,
  TellTrialRequestSchema,
} from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import type { CreateRunRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import type { Json } from "@throughline/kernel";
import type { Change, Retry } from "../lines.ts";
import type { Services } from "../services.ts";
import type { Load } from "./load.ts";
import { givenOut } from "./studies.ts";

/** Sends writes again that had no answer, as a caller does. Applied before or not, they are afterwards, once. */
export async function sendAgain(
  { services, pen }: Pick<Load, "services" | "pen">,
  retries: readonly Retry[],
): Promise<void> {
  for (const retry of retries as readonly Retry<Method>[])
    await pen.write({
      what: `${WORDS[retry.method]} again`,
      changes: retry.changes,
      retry,
      call: () => SEND[retry.method](services, retry),
      learnt: (changes) => changes,
    });
}

type Method = "createRun" | "createModelVersion" | "askTrials" | "tellTrial";

const WORDS: Readonly<Record<Method, string>> = {
  createRun: "create a run by request id",
  createModelVersion: "create a model version",
  askTrials: "ask for trials",
  tellTrial: "tell a trial",
};

/** Sends a request as it was sent before, and resolves to what only the answer tells. */
const SEND: Readonly<Record<Method, (services: Services, retry: Retry<Method>) => Promise<readonly Change[]>>> = {
  async createRun({ tracking }, { request }) {
    await tracking.createRun(request as MessageInitShape<typeof CreateRunRequestSchema>);
    return [];
  },
  async createModelVersion({ registry }, { request, changes }) {
    const message = request as MessageInitShape<typeof CreateModelVersionRequestSchema>;
    const { version } = await registry.createModelVersion(message);
    const number = Number(version?.version);
    return changes.map(({ cell, value }) => ({
      cell,
      value: { ...(value as Readonly<Record<string, Json>>), number },
    }));
  },
  async askTrials({ studies }, { request }) {
    return givenOut(await studies.askTrials(request as MessageInitShape<typeof AskTrialsRequestSchema>));
  },
  async tellTrial({ studies }, { request }) {
    await studies.tellTrial(request as MessageInitShape<typeof TellTrialRequestSchema>);
    return [];
  },
};
