import type { HandlerContext } from "@connectrpc/connect";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import type { PredictRowsRequest } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { overloaded, PROCESS_GATE, reasonOf, toNs, translate } from "@throughline/rpc";
import type { DeploymentTable } from "../domain/deployment-table.ts";
import type { CallContext } from "../domain/features.ts";
import type { PredictRequest } from "../domain/predict.ts";
import { type Door, predictRows } from "../domain/predict-rows.ts";
import type { Prediction } from "../domain/prediction.ts";
import { entityFromProto, predictResponse } from "./convert-prediction.ts";
import { callOf, priorityFromProto } from "./run-call.ts";

export interface PredictRowsParts {
  readonly table: Pick<DeploymentTable, "find">;
  readonly predict: (request: PredictRequest) => Promise<Prediction>;
  /** Told of bugs that a row's caller sees as an internal error only. */
  readonly onProblem: (subject: string, error: unknown) => void;
}

/** Answers the rows of a request, each as Predict does. */
export async function answerRows(parts: PredictRowsParts, request: PredictRowsRequest, context: HandlerContext) {
  const { deployment, requestId } = request;
  parts.table.find(deployment);
  const call = callOf(context, priorityFromProto(request.priority));
  const common = { deployment, call, ...(request.asOf ? { asOfNs: toNs(request.asOf) } : {}) };
  const rows = request.rows.map(({ entity }, i) => ({
    ...common,
    entity: entityFromProto(entity),
    requestId: requestId === "" ? "" : `${requestId}/${i}`,
  }));
  const outcomes = await predictRows({ predict: parts.predict, door: doorFor(call) }, rows);
  const problemOf = (thrown: unknown) => {
    const error = translate(thrown, (bug) => parts.onProblem(`rows for ${deployment}`, bug));
    const [retry] = error.findDetails(RetryInfoSchema);
    return {
      code: error.code,
      reason: reasonOf(error) ?? "",
      message: error.rawMessage,
      ...(retry?.retryDelay && { retryDelay: retry.retryDelay }),
    };
  };
  return {
    rows: outcomes.map((it) => ({
      outcome:
        it.status === "fulfilled"
          ? { case: "answer" as const, value: predictResponse(deployment, it.value) }
          : { case: "problem" as const, value: problemOf(it.reason) },
    })),
  };
}

/** The door of the process, for rows of a call. */
const doorFor = (call: CallContext): Door => ({
  enter: () => PROCESS_GATE.enter(call.timeoutMs?.() ?? Number.POSITIVE_INFINITY),
  leave: () => PROCESS_GATE.leave(),
  refusal: () => overloaded(PROCESS_GATE.retryMs()),
});
