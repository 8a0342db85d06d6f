export { type CheckedTransforms, checkTransforms } from "./check.ts";
export {
  type Column,
  type Columns,
  type ColumnType,
  type ColumnValue,
  columnOf,
  MISSING_TEXT,
  MISSING_WHOLE,
} from "./column.ts";
export { checkConstants, fixedConstants, type TransformConstants } from "./constants.ts";
export { type RawColumn, TRANSFORM_LIMITS, type TransformDefinition } from "./definition.ts";
export { type LearningPass, learnConstants, nextPass, type PassState } from "./learning.ts";
export {
  type AttachedModel,
  attachTransforms,
  onnxNeeds,
  TRANSFORM_PROPERTIES,
  transformsModel,
} from "./onnx/attach.ts";
export type { OnnxNeeds } from "./onnx/graph.ts";
export { applyTransforms, type OutputRows, type ReadyTransforms, readyTransforms } from "./transforms.ts";
