import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import {
  type ExecutionSettings as ExecutionMessage,
  Priority as PriorityMessage,
} from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { ExecutionSettings, Priority } from "../domain/execution-settings.ts";

const PRIORITIES: Readonly<Record<PriorityMessage, Priority | undefined>> = {
  [PriorityMessage.UNSPECIFIED]: undefined,
  [PriorityMessage.LOW]: "LOW",
  [PriorityMessage.NORMAL]: "NORMAL",
  [PriorityMessage.HIGH]: "HIGH",
};

export function executionFromProto(message: ExecutionMessage): ExecutionSettings {
  const { latencyObjective, instances, maxBatchRows } = message;
  const priority = PRIORITIES[message.priority];
  return {
    ...(latencyObjective && { latencyObjectiveMs: durationMs(latencyObjective) }),
    ...(instances > 0 && { instances }),
    ...(priority && { priority }),
    ...(maxBatchRows > 0 && { batchRowsMax: maxBatchRows }),
  };
}

export const executionToProto = (settings: ExecutionSettings) => ({
  instances: settings.instances ?? 0,
  priority: PriorityMessage[settings.priority ?? "UNSPECIFIED"],
  maxBatchRows: settings.batchRowsMax ?? 0,
  ...(settings.latencyObjectiveMs !== undefined && { latencyObjective: durationFromMs(settings.latencyObjectiveMs) }),
});
