export {
  hasEnded,
  type Operation,
  type OperationError,
  type OperationResponse,
  type OperationRun,
  type OperationState,
  type OperationWork,
} from "./operation.ts";
export {
  type Operations,
  type OperationsOptions,
  openOperations,
  type StartRequest,
} from "./operations.ts";
