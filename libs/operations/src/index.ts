export {
  hasEnded,
  type Operation,
  type OperationError,
  type OperationResponse,
  type OperationState,
} from "./operation.ts";
export {
  type OperationRun,
  type Operations,
  type OperationsOptions,
  openOperations,
  type StartRequest,
} from "./operations.ts";
