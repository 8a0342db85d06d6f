import { Code } from "@connectrpc/connect";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { type BareCall, callService } from "./endpoint.ts";
import { isCode, isNotFound } from "./errors.ts";

/** The title of the experiment `0`, which MLflow's users find in every project. */
export const DEFAULT_TITLE = "Default";

export const defaultExperiment = (project: string): string => `${project}/experiments/0`;

/** Makes the default experiment. False if the caller may not, or if another experiment has its title. */
export async function makeDefaultExperiment(call: BareCall): Promise<boolean> {
  try {
    await callService(call, TrackingService.method.createExperiment, {
      parent: call.project,
      experimentId: "0",
      experiment: { displayName: DEFAULT_TITLE },
    });
    return true;
  } catch (error) {
    // Somebody else made it at the same time.
    if (isCode(error, Code.AlreadyExists)) return true;
    if (isCode(error, Code.PermissionDenied)) return false;
    throw error;
  }
}

/** Does something with an experiment, and once more if it was the default one and is only now made. */
export async function withDefaultExperiment<T>(call: BareCall, experiment: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isMissing = experiment === defaultExperiment(call.project) && isNotFound(error);
    if (!isMissing || !(await makeDefaultExperiment(call))) throw error;
    return await work();
  }
}
