import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type ExperimentSchema,
  LifecycleStage,
  type RetentionRule as RetentionMessage,
} from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { durationToNs, fromMs } from "@throughline/rpc";
import { type Experiment, nameOf, type RetentionRule } from "../domain/experiment.ts";

export const experimentToProto = (experiment: Experiment): MessageInitShape<typeof ExperimentSchema> => ({
  name: nameOf(experiment),
  displayName: experiment.displayName,
  description: experiment.description,
  tags: { ...experiment.tags },
  lifecycleStage: LifecycleStage[experiment.stage],
  createTime: fromMs(experiment.createTimeMs),
  updateTime: fromMs(experiment.updateTimeMs),
  etag: String(experiment.revision),
  ...(Object.keys(experiment.retention).length > 0 && { retention: retentionToProto(experiment.retention) }),
});

const retentionToProto = ({ deleteEndedAfterMs, purgeDeletedAfterMs }: RetentionRule) => ({
  ...(deleteEndedAfterMs !== undefined && { deleteEndedAfter: duration(deleteEndedAfterMs) }),
  ...(purgeDeletedAfterMs !== undefined && { purgeDeletedAfter: duration(purgeDeletedAfterMs) }),
});

const duration = (ms: number) => ({ seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 });

/** The rule; an empty one if there is none. */
export function retentionFromProto(rule: RetentionMessage | undefined): RetentionRule {
  return {
    ...(rule?.deleteEndedAfter && { deleteEndedAfterMs: toMs(rule.deleteEndedAfter, "delete_ended_after") }),
    ...(rule?.purgeDeletedAfter && { purgeDeletedAfterMs: toMs(rule.purgeDeletedAfter, "purge_deleted_after") }),
  };
}

const toMs = (time: Duration, field: string): number =>
  Number(durationToNs(time, `experiment.retention.${field}`) / 1_000_000n);
