import type { Clock, NewId } from "@throughline/kernel";
import type { Telemetry } from "@throughline/telemetry";
import type { BanditMemory } from "./domain/bandit-memory.ts";
import { callers } from "./domain/callers.ts";
import type { DeploymentTable } from "./domain/deployment-table.ts";
import { mirrorQueue } from "./domain/graph/mirror-queue.ts";
import { type ReleaseMirror, releaseMirror } from "./domain/mirror.ts";
import { requestMirror } from "./domain/mirror-request.ts";
import type { Predicting } from "./domain/predict.ts";
import type { PredictionLog } from "./domain/prediction-log.ts";
import type { RequestIndex } from "./domain/request-index.ts";
import type { RouterLimits } from "./limits.ts";
import { measureMirrors } from "./rpc/measure-mirrors.ts";
import { measureShadows } from "./rpc/measure-shadows.ts";
import { nodeSpans } from "./rpc/node-spans.ts";

export interface AnsweringParts {
  readonly table: DeploymentTable;
  readonly log: PredictionLog;
  readonly requests: RequestIndex;
  readonly bandits: BanditMemory;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly onChange: (deployment: string) => void;
  readonly onProblem: (subject: string, error: unknown) => void;
  readonly limits: RouterLimits;
}

/** What answers requests, with what runs beside the answers. */
export interface Answering {
  readonly predicting: Predicting;
  readonly shadows: ReleaseMirror;
  measure(meter: Telemetry["meter"]): void;
  /** From then on the nodes of each answer have spans. */
  trace(tracer: Telemetry["tracer"]): void;
  /** Ends what runs beside the answers. */
  close(): Promise<void>;
}

export function answering({ limits, onProblem, ...parts }: AnsweringParts): Answering {
  const { log, clock, onChange, bandits } = parts;
  const bounds = { workingMax: limits.mirrorsWorkingMax, waitingMax: limits.mirrorsWaitingMax };
  const mirrors = mirrorQueue(bounds);
  const shadows = releaseMirror({ ...bounds, log, clock, onProblem, onChange, deadlineMs: limits.mirrorMsMax });
  const spans: { of: Predicting["observeNodes"] } = { of: undefined };
  return {
    shadows,
    predicting: {
      ...parts,
      callers: callers(),
      mirrors,
      shadows: requestMirror({ bandits }, shadows),
      get observeNodes() {
        return spans.of;
      },
    },
    measure(meter) {
      measureMirrors(meter, mirrors);
      measureShadows(meter, shadows);
    },
    trace(tracer) {
      spans.of = nodeSpans(tracer);
    },
    async close() {
      await mirrors.close();
      await shadows.close();
    },
  };
}
