import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type ExecutePlanResponse,
  PlanSchema,
  type SparkConnectService,
} from "@throughline/contracts/spark/connect_pb";
import { isBroken, isForgotten } from "./failures.ts";

/** How often a broken stream is taken up again without an answer in between, and the first wait, which doubles. */
const REATTACHES_MAX = 5;
const REATTACH_MS = 250;

/** What Spark is to do, or to give. */
export type PlanInit = MessageInitShape<typeof PlanSchema>;

/** A session as its calls name it. */
export interface SessionCalls {
  readonly client: Client<typeof SparkConnectService>;
  readonly base: { readonly sessionId: string; readonly userContext: object; readonly clientType: string };
  readonly signal: AbortSignal | undefined;
}

/**
 * The answers to a plan, each once. The server keeps them for a while, and ends a stream when it is some minutes old, so
 * a stream without its end is taken up again behind the last answer that was read.
 */
export async function* answers(
  { client, base, signal }: SessionCalls,
  plan: PlanInit,
): AsyncGenerator<ExecutePlanResponse, void, undefined> {
  const operationId = randomUUID();
  const call = signal ? { signal } : {};
  const begin = () => {
    const reattach = { requestOption: { case: "reattachOptions" as const, value: { reattachable: true } } };
    const request = { ...base, plan: create(PlanSchema, plan), operationId, requestOptions: [reattach] };
    return client.executePlan(request, call);
  };
  let last: string | undefined;
  let stream = begin();
  let failures = 0;
  for (;;) {
    try {
      for await (const answer of stream) {
        last = answer.responseId;
        failures = 0;
        yield answer;
        if (answer.responseType.case === "resultComplete") {
          await client.releaseExecute({ ...base, operationId, release: { case: "releaseAll", value: {} } }, call);
          return;
        }
      }
    } catch (error) {
      const isNew = last === undefined && isForgotten(error);
      if (failures >= REATTACHES_MAX || !(isBroken(error) || isNew) || signal?.aborted) throw error;
      await delay(REATTACH_MS * 2 ** failures++, undefined, call);
      if (isNew) {
        stream = begin();
        continue;
      }
    }
    stream = client.reattachExecute({ ...base, operationId, ...(last ? { lastResponseId: last } : {}) }, call);
  }
}
