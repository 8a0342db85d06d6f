import { DEFAULT_EXECUTION } from "../execution-settings.ts";
import type { ModelHosts } from "../model-host.ts";

/**
 * Loads models for batches: in processes of their own, which get the processor time that all others leave. Whoever waits for an answer
 * shares neither a run nor a process with the rows of a batch, nor the deaths that they may be the cause of.
 */
export const batchHosts = (hosts: Pick<ModelHosts, "load">): Pick<ModelHosts, "load"> => ({
  async load(model) {
    const loaded = await hosts.load({ ...model, work: "batch" });
    loaded.configure({ ...DEFAULT_EXECUTION, isBackground: true });
    return loaded;
  },
});
