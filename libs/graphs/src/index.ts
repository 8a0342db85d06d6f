export { type CheckedGraph, checkGraph } from "./check-graph.ts";
export type { EnrichedColumns, GraphFacts, Signature, TensorSpec } from "./facts.ts";
export { graphFromMessage } from "./from-message.ts";
export {
  type AnomalyModelMethod,
  type ArmPolicy,
  type BanditNode,
  type CacheNode,
  type CombineMethod,
  type CombineNode,
  type ComputedType,
  type EnrichNode,
  type Graph,
  type GraphNode,
  type KeyBinding,
  kindOf,
  type MahalanobisMethod,
  type ModelNode,
  type NodeKind,
  type NodeKinds,
  type OutlierGateNode,
  REQUEST,
  runsModel,
  type ShadowNode,
  type SplitNode,
  type SwitchNode,
  type TransformNode,
  type TransformOutput,
} from "./graph.ts";
export { graphJson, nodeJson } from "./graph-json.ts";
export type { GraphMessage } from "./message.ts";
export type { Column, ColumnType, OutputType } from "./node-output.ts";
export { type GraphPlan, type PlannedNode, planGraph } from "./plan.ts";
export { type Reference, referencesOf } from "./references.ts";
export { graphToMessage } from "./to-message.ts";
