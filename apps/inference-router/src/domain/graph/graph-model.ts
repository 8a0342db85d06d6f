import type { Clock } from "@throughline/kernel";
import type { LoadedModel, ModelRun } from "../model-host.ts";
import { graphStatistics } from "../model-statistics.ts";
import type { CompiledGraph } from "./compile.ts";
import { askWithTensors, tensorSignature } from "./tensor-rows.ts";

/** The models of a graph, looked at from outside as one: it is ready when all are, and its runs are answers of the whole graph. */
export function graphModel(parts: {
  readonly graph: CompiledGraph;
  readonly models: ReadonlyMap<string, LoadedModel>;
  readonly clock: Clock;
}): LoadedModel {
  const { graph, models, clock } = parts;
  const all = [...models.values()];
  const readers = [...models].flatMap(([node, it]) => (graph.requestReaders.has(node) ? [it] : []));
  const signature = tensorSignature(graph, readers);
  return {
    signature,
    isRowwise: false,
    isReady: () => all.every((it) => it.isReady()),
    configure(settings) {
      const mirroring = { ...settings, isBackground: true } as const;
      for (const [node, it] of models) it.configure(graph.afterwards.has(node) ? mirroring : settings);
    },
    statistics: () => {
      const runs = all.map((it) => it.statistics());
      return graphStatistics(graph.counter.read(), runs);
    },
    async run({ tensors, signal = new AbortController().signal }: ModelRun) {
      const asked = { tensors, entity: {}, asOfNs: BigInt(clock.now()) * 1_000_000n, seed: "" };
      const call = { signal, headers: new Headers() };
      const { outputs } = await askWithTensors(graph, signature, { ...asked, call });
      return outputs;
    },
    async release() {
      await Promise.all(all.map((it) => it.release()));
    },
  };
}
