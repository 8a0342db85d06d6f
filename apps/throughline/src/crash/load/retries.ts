import { type DescMessage, fromJsonString, type MessageShape } from "@bufbuild/protobuf";
import { CreateModelVersionRequestSchema } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import {
  AskTrialsRequestSchema,
  TellTrialRequestSchema,
} from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { CreateRunRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { isRecord } from "../json-record.ts";
import type { Change, Retry } from "../lines.ts";
import type { Services } from "../services.ts";
import { givenOut } from "./studies.ts";
import type { Load } from "./writer.ts";

/** Sends writes again that had no answer, as a caller does. Applied before or not, they are afterwards, once. */
export async function sendAgain(
  { services, pen }: Pick<Load, "services" | "pen">,
  retries: readonly Retry[],
): Promise<void> {
  for (const retry of retries) {
    const { method, changes } = retry;
    const known = METHODS[method];
    if (!known) throw new Error(`no write is sent again by the method ${method}`);
    const { what, send } = known;
    await pen.write({ what: `${what} again`, changes, retry, call: () => send(services, retry), learnt: (it) => it });
  }
}

interface Method {
  /** What it does, in the words of the report. */
  readonly what: string;
  /** Sends a request as it was sent before, and resolves to what only the answer tells. */
  readonly send: (services: Services, retry: Retry) => Promise<readonly Change[]>;
}

const METHODS: Readonly<Record<string, Method>> = {
  createRun: {
    what: "create a run by request id",
    async send({ tracking }, retry) {
      await tracking.createRun(messageOf(CreateRunRequestSchema, retry));
      return [];
    },
  },
  createModelVersion: {
    what: "create a model version",
    async send({ registry }, retry) {
      const { version } = await registry.createModelVersion(messageOf(CreateModelVersionRequestSchema, retry));
      const number = Number(version?.version);
      return retry.changes.map(({ cell, value }) => ({ cell, value: { ...(isRecord(value) && value), number } }));
    },
  },
  askTrials: {
    what: "ask for trials",
    send: async ({ studies }, retry) => givenOut(await studies.askTrials(messageOf(AskTrialsRequestSchema, retry))),
  },
  tellTrial: {
    what: "tell a trial",
    async send({ studies }, retry) {
      await studies.tellTrial(messageOf(TellTrialRequestSchema, retry));
      return [];
    },
  },
};

const messageOf = <T extends DescMessage>(schema: T, { request }: Retry): MessageShape<T> =>
  fromJsonString(schema, JSON.stringify(request));
