import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PredictResponse } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { Dependency, type GraphNodeSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest } from "@throughline/kernel";
import { reasonOf, valueToProto } from "@throughline/rpc";
import type { RouterLimits } from "./limits.ts";
import type { Platform, Router } from "./testing-router.ts";

export type Node = MessageInitShape<typeof GraphNodeSchema>;
export interface More {
  readonly dependency?: Dependency;
  readonly deadline?: { readonly seconds: bigint; readonly nanos: number };
}

export interface ModelOptions {
  readonly inputs?: string[];
  readonly input?: string;
  readonly output?: string;
  readonly columns?: number[];
}

/** A node that runs a model. */
export const model = (name: string, options: ModelOptions = {}, more: More = {}): Node => ({
  name,
  kind: {
    case: "model",
    value: {
      inputTensor: options.input ?? "input",
      outputTensor: options.output ?? "score",
      inputs: options.inputs ?? [],
      outputColumns: options.columns ?? [],
    },
  },
  ...more,
});

export const soft = { dependency: Dependency.SOFT };
export const ms = (value: number) => ({ seconds: 0n, nanos: value * 1_000_000 });

export const entity = (fields: Record<string, number | string>): Record<string, Value> =>
  Object.fromEntries(Object.entries(fields).map(([name, it]) => [name, valueToProto(it)]));

/** The reason of a failure. */
export const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "OK",
    (error: unknown) => reasonOf(error) ?? String(error),
  );

export const ABC = { a: 1, b: 2, c: 3 };

interface Served {
  readonly nodes: readonly Node[];
  readonly outputNode: string;
  readonly uses: Readonly<Record<string, string>>;
  readonly features: boolean;
}

/** A router with deployments whose releases have graphs. */
export interface Graphs {
  readonly on: Platform;
  /** The one that runs now. */
  router(): Router;
  /** Ends the router and starts another one. */
  restart(): Promise<void>;
  /** Serves a graph at a deployment of its own; the models are named as `node: fixture`. */
  serve(nodes: readonly Node[], outputNode: string, uses: Record<string, string>): Promise<string>;
  /** The same for a release that reads no features. */
  serveTensors: Graphs["serve"];
  ask(deployment: string, fields?: Record<string, number | string>, requestId?: string): Promise<PredictResponse>;
}

export async function graphs(on: Platform, limits: Partial<RouterLimits> = { banditsRefreshMs: 0 }): Promise<Graphs> {
  const start = () => on.start(limits);
  let router = await start();
  let count = 0;
  const serve = async ({ nodes, outputNode, uses, features }: Served): Promise<string> => {
    const deployment = `projects/default/deployments/graph-${count++}`;
    const models: Record<string, Digest> = {};
    for (const [node, fixture] of Object.entries(uses)) models[node] = await on.model(fixture);
    const release = on.registry.graph({ graph: { nodes: [...nodes], outputNode }, models, features });
    on.registry.deploy(deployment, { [release]: 10_000 });
    await router.serving(deployment, [release]);
    return deployment;
  };
  return {
    on,
    router: () => router,
    async restart() {
      await router.close();
      router = await start();
    },
    serve: (nodes, outputNode, uses) => serve({ nodes, outputNode, uses, features: true }),
    serveTensors: (nodes, outputNode, uses) => serve({ nodes, outputNode, uses, features: false }),
    ask: (deployment, fields = ABC, requestId = "") =>
      router.inference.predict({ deployment, entity: entity(fields), requestId }),
  };
}
