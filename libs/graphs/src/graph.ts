/**
 * How the parts of a release work together. An answer is pulled from the output node; what the fields mean stands in the contract.
 * Durations are in milliseconds, and what is at its default is left out where the type says so.
 */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Empty: the only node. */
  readonly outputNode: string;
}

/** One node. It has one of the members of `NodeKinds`, or none if the caller said nothing of what it does. */
export interface GraphNode extends Partial<NodeKinds> {
  readonly name: string;
  /** Left out: only the request's deadline holds. */
  readonly deadlineMs?: number;
  /** Left out: HARD. */
  readonly dependency?: "SOFT";
}

/** What nodes can do. */
export interface NodeKinds {
  readonly model: ModelNode;
  readonly transform: TransformNode;
  readonly enrich: EnrichNode;
  readonly combine: CombineNode;
  readonly switch: SwitchNode;
  readonly split: SplitNode;
  readonly bandit: BanditNode;
  readonly outlierGate: OutlierGateNode;
  readonly shadow: ShadowNode;
  readonly cache: CacheNode;
}

/** What one node does. */
export type NodeKind = { [K in keyof NodeKinds]: { readonly case: K; readonly value: NodeKinds[K] } }[keyof NodeKinds];

/** The name that stands for the features of the release, which are fetched before any node runs. */
export const REQUEST = "request";

/** Runs a model. */
export interface ModelNode {
  readonly inputTensor: string;
  readonly outputTensor: string;
  readonly outputColumn: number;
  /** Left out: `request`. */
  readonly inputs?: readonly string[];
  /** Left out: `outputColumn` alone. */
  readonly outputColumns?: readonly number[];
}

export interface TransformNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly TransformOutput[];
}

export type ComputedType = "DOUBLE" | "INT" | "BOOL" | "STRING";

export interface TransformOutput {
  readonly name: string;
  readonly expression: string;
  readonly type: ComputedType;
}

/** Looks up features by other keys than the release's own. */
export interface EnrichNode {
  readonly featureService: string;
  /** 0 while it is not known yet. */
  readonly featureServiceVersion: number;
  readonly digest: string;
  readonly viewVersions: Readonly<Record<string, number>>;
  readonly features: readonly string[];
  readonly requestFeatures: readonly string[];
  readonly keys: readonly KeyBinding[];
  readonly inputs: readonly string[];
}

/** Where an entity key or a request feature comes from: one of the two. */
export interface KeyBinding {
  readonly key: string;
  readonly requestField?: string;
  readonly column?: string;
}

export type CombineMethod = "MEAN" | "WEIGHTED" | "VOTE" | "EXPRESSION";

export interface CombineNode {
  readonly inputs: readonly string[];
  readonly method: CombineMethod;
  readonly weights: readonly number[];
  readonly threshold: number;
  readonly expression: string;
  readonly fallback?: number;
}

export interface SwitchNode {
  readonly inputs: readonly string[];
  readonly cases: readonly { readonly condition: string; readonly node: string }[];
  readonly defaultNode: string;
}

export interface SplitNode {
  readonly branches: readonly { readonly node: string; readonly weightBasisPoints: number }[];
  readonly stickyField: string;
  /** Empty: none. */
  readonly defaultNode: string;
}

export type ArmPolicy = "EPSILON_GREEDY" | "UCB1" | "THOMPSON_BERNOULLI" | "THOMPSON_GAUSSIAN" | "LINEAR_THOMPSON";

export interface BanditNode {
  readonly arms: readonly { readonly node: string; readonly floorBasisPoints: number }[];
  readonly policy: ArmPolicy;
  readonly epsilon: number;
  readonly contextFeatures: readonly string[];
  /** Empty: `actual`. */
  readonly reward: string;
  /** Empty: none. */
  readonly defaultNode: string;
  readonly inputs: readonly string[];
}

/** Has `mahalanobis` or `model`. */
export interface OutlierGateNode {
  readonly inputs: readonly string[];
  readonly mahalanobis?: MahalanobisMethod;
  readonly model?: AnomalyModelMethod;
  readonly falsePositiveRate: number;
  readonly passNode: string;
  /** Empty: outliers get no answer. */
  readonly otherwiseNode: string;
}

export interface MahalanobisMethod {
  readonly mean: readonly number[];
  /** Row by row. */
  readonly inverseCovariance: readonly number[];
  /** Of the squared distance. */
  readonly limit: number;
}

export interface AnomalyModelMethod {
  readonly inputTensor: string;
  readonly outputTensor: string;
  readonly outputColumn: number;
  readonly threshold: number;
  readonly outlierBelow: boolean;
}

export interface ShadowNode {
  readonly primaryNode: string;
  readonly mirrorNodes: readonly string[];
}

export interface CacheNode {
  readonly node: string;
  readonly ttlMs: number;
  readonly maxEntries: number;
}

const CASES: readonly (keyof NodeKinds)[] = [
  "model",
  "transform",
  "enrich",
  "combine",
  "switch",
  "split",
  "bandit",
  "outlierGate",
  "shadow",
  "cache",
];

/** What a node does; undefined if nothing is said of it. */
export function kindOf(node: GraphNode): NodeKind | undefined {
  const found = CASES.find((it) => node[it] !== undefined);
  return found && ({ case: found, value: node[found] } as NodeKind);
}

/** Whether a node runs a model of the release: then the manifest has one under the node's name. */
export const runsModel = ({ model, outlierGate }: GraphNode): boolean =>
  model !== undefined || outlierGate?.model !== undefined;
