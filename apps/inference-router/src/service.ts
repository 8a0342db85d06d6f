import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { BatchPredictionService } from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { InferenceReferenceService } from "@throughline/contracts/throughline/inference/v1/reference_service_pb";
import { SealedLogService } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { mount, operationHandlers, referenceHandlers, type Service } from "@throughline/rpc";
import { mentionedStore } from "@throughline/store";
import { assemble, type Router, type RouterDependencies } from "./assemble.ts";
import { replayDecision } from "./domain/analysis/replay.ts";
import { registryAway } from "./domain/errors.ts";
import { infer } from "./domain/infer.ts";
import { predictor } from "./domain/predict.ts";
import { measureHosts } from "./host/host-metrics.ts";
import { batchHandlers, resumeBatches } from "./rpc/batch-handlers.ts";
import { forwardingOf } from "./rpc/forwarding.ts";
import { inferenceHandlers } from "./rpc/inference-handlers.ts";
import { measureDeployments } from "./rpc/measure-deployments.ts";
import { measureLog } from "./rpc/measure-log.ts";
import { neededBytes } from "./rpc/needed-bytes.ts";
import { openInferenceHandlers } from "./rpc/open-inference-handlers.ts";
import { releaseFinder } from "./rpc/release-finder.ts";
import { sealedLogHandlers } from "./rpc/sealed-log-handlers.ts";

export type { RouterDependencies } from "./assemble.ts";

/** Serves predictions. Resolves when the log is read; deployments come in as the registry sends them. */
export async function createInferenceRouter(given: RouterDependencies): Promise<Service> {
  // Feedback names no bytes, and there is as much of it as there are predictions.
  const { store, mentions } = mentionedStore(given.store, { collections: ["inference_feedback"] });
  const dependencies = { ...given, store };
  const router = await assemble(dependencies);
  const { hosts, answers, log, loader, table, operations, delivery, analysing, sealing, batches } = router;
  await resumeBatches(router.batches.handlers);
  const watch = router.watch();
  return {
    name: "inference-router",
    mounts: [
      ...mounts(dependencies, router, () => watch.isComplete() && table.isReady()),
      mount(InferenceReferenceService, referenceHandlers(neededBytes(log, mentions))),
    ],
    async ready() {
      await dependencies.store.ping();
      if (!watch.isComplete()) throw registryAway();
    },
    measure(meter) {
      measureHosts(meter, hosts);
      answers.measure(meter);
      batches.measure(meter);
      measureLog(meter, log);
      measureDeployments(meter, { table, log });
    },
    trace: answers.trace,
    async close() {
      await watch.close();
      await analysing.close();
      await operations.close();
      await sealing.close();
      await delivery.close();
      await table.close();
      await answers.close();
      await batches.close();
      await loader.close();
      await hosts.close();
      await log.close();
    },
  };
}

function mounts(
  { pageTokens, newId, onProblem, registry, routers }: RouterDependencies,
  { table, log, outcomes, watchers, answers, operations, ahead, limits, ...router }: Router,
  isReady: () => boolean,
): Service["mounts"] {
  const { predicting, shadows } = answers;
  return [
    mount(
      InferenceService,
      inferenceHandlers({
        table,
        log,
        feedback: outcomes,
        changes: watchers,
        shadows,
        operations,
        pageTokens,
        onProblem,
        predict: predictor(predicting),
        forwarding: forwardingOf(routers),
        exportPredictions: router.exporting,
        replayDecision: (name) =>
          replayDecision(
            {
              log,
              feedback: outcomes,
              baselines: router.baselines,
              registry: router.rollouts,
              router: router.router,
            },
            name,
          ),
      }),
    ),
    mount(
      GRPCInferenceService,
      openInferenceHandlers({
        table,
        newId,
        isReady,
        onProblem,
        preloads: ahead,
        batchRowsMax: limits.batchRowsMax,
        findRelease: releaseFinder(registry),
        infer: (request) => infer(predicting, request),
      }),
    ),
    mount(
      SealedLogService,
      sealedLogHandlers({ sealing: router.sealing, sealed: router.sealed, operations, pageTokens }),
    ),
    mount(BatchPredictionService, batchHandlers(router.batches.handlers)),
    mount(OperationService, operationHandlers(operations)),
  ];
}
