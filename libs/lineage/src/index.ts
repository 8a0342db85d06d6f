export type { Delivery } from "./delivery.ts";
export type { Send } from "./delivery-pass.ts";
export { type LineageOutbox, lineageOutbox } from "./outbox.ts";
export {
  ARTIFACT_KINDS,
  type ArtifactKind,
  type EventType,
  EXECUTION_KINDS,
  type ExecutionKind,
  type LineageArtifact,
  type LineageEvent,
  type LineageExecution,
  type LineageRecord,
  RECORD_LIMITS,
  recordDigest,
} from "./record.ts";
export {
  type LineageEdge,
  type LineageGraph,
  type LineageNode,
  type Reached,
  type Walk,
  type Way,
  walk,
} from "./walk.ts";
