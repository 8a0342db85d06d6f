import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  type ExecutionSettings as ExecutionMessage,
  Priority as PriorityMessage,
} from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { ExecutionSettings, Priority } from "../domain/model-host.ts";

const PRIORITIES: Readonly<Record<PriorityMessage, Priority>> = {
  [PriorityMessage.UNSPECIFIED]: "normal",
  [PriorityMessage.LOW]: "low",
  [PriorityMessage.NORMAL]: "normal",
  [PriorityMessage.HIGH]: "high",
};

/** What is not set is as the contract says. */
export const executionFromProto = (message: ExecutionMessage): ExecutionSettings => ({
  latencyObjectiveMs: message.latencyObjective && durationMs(message.latencyObjective),
  instances: Math.max(1, message.instances),
  priority: PRIORITIES[message.priority] ?? "normal",
  batchRowsMax: message.maxBatchRows || undefined,
});
