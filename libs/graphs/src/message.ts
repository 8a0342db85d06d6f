import type {
  AnomalyModelMethod,
  BanditNode,
  CombineNode,
  EnrichNode,
  MahalanobisMethod,
  ModelNode,
  OutlierGateNode,
  ShadowNode,
  SplitNode,
  SwitchNode,
} from "./graph.ts";

/** A graph as generated messages hold it; stated here so that nothing in this library knows the contracts. */
export interface GraphMessage {
  readonly nodes: readonly NodeMessage[];
  readonly outputNode: string;
}

export interface NodeMessage {
  readonly name: string;
  readonly kind: KindMessage | { readonly case: undefined; readonly value?: undefined };
  readonly deadline?: DurationMessage | undefined;
  readonly dependency: number;
}

export interface DurationMessage {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** What is the same in messages and in the domain is not said twice. */
export type KindMessage =
  | { readonly case: "model"; readonly value: Required<ModelNode> }
  | { readonly case: "transform"; readonly value: TransformMessage }
  | { readonly case: "enrich"; readonly value: EnrichMessage }
  | { readonly case: "combine"; readonly value: CombineMessage }
  | { readonly case: "switch"; readonly value: SwitchNode }
  | { readonly case: "split"; readonly value: SplitNode }
  | { readonly case: "bandit"; readonly value: Omit<BanditNode, "policy"> & { readonly policy: number } }
  | { readonly case: "outlierGate"; readonly value: GateMessage }
  | { readonly case: "shadow"; readonly value: ShadowNode }
  | { readonly case: "cache"; readonly value: CacheMessage };

export interface TransformMessage {
  readonly inputs: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly expression: string; readonly type: number }[];
}

export interface EnrichMessage extends Omit<EnrichNode, "featureServiceVersion" | "viewVersions" | "keys"> {
  readonly featureServiceVersion: bigint;
  readonly viewVersions: Readonly<Record<string, bigint>>;
  readonly keys: readonly KeyMessage[];
}

export interface KeyMessage {
  readonly key: string;
  readonly source:
    | { readonly case: "requestField" | "column"; readonly value: string }
    | { readonly case: undefined; readonly value?: undefined };
}

export interface CombineMessage extends Omit<CombineNode, "method" | "fallback"> {
  readonly method: number;
  readonly fallback?: number | undefined;
}

export interface GateMessage extends Omit<OutlierGateNode, "mahalanobis" | "model"> {
  readonly method:
    | { readonly case: "mahalanobis"; readonly value: MahalanobisMethod }
    | { readonly case: "model"; readonly value: AnomalyModelMethod }
    | { readonly case: undefined; readonly value?: undefined };
}

export interface CacheMessage {
  readonly node: string;
  readonly ttl?: DurationMessage | undefined;
  readonly maxEntries: number;
}

/** Names of enum values by their numbers in the contract. */
export const COLUMN_TYPES = ["UNSPECIFIED", "DOUBLE", "INT", "BOOL", "STRING"] as const;
export const COMBINE_METHODS = ["UNSPECIFIED", "MEAN", "WEIGHTED", "VOTE", "EXPRESSION"] as const;
export const ARM_POLICIES = [
  "UNSPECIFIED",
  "EPSILON_GREEDY",
  "UCB1",
  "THOMPSON_BERNOULLI",
  "THOMPSON_GAUSSIAN",
  "LINEAR_THOMPSON",
] as const;
export const SOFT = 2;
