export { acceptWaiting } from "./accept-waiting.ts";
export type { Address } from "./address.ts";
export { BackwardWriter } from "./backward-writer.ts";
export { type Caller, headerReader } from "./call-context.ts";
export {
  ACTOR_HEADER,
  type Authenticate,
  callerOf,
  requireToken,
  type TokenHolder,
  trustLocalCallers,
} from "./caller.ts";
export { packedDetails, reasonOf, translate } from "./errors.ts";
export { type GrpcServer, type GrpcServerOptions, serveGrpc } from "./grpc-server.ts";
export { timeoutMsOf } from "./grpc-status.ts";
export { type GuardOptions, guard } from "./guard.ts";
export { healthMount, type Readiness, readiness } from "./health.ts";
export { isGated, type LoadGate, overloaded, PROCESS_GATE } from "./load-gate.ts";
export { type GroupLimit, inGroups, untilAborted } from "./message-groups.ts";
export { type Mount, mount, type Service } from "./mount.ts";
export {
  type CallObserver,
  callObserver,
  forwardedHeaders,
  type ObservedCall,
  type ObserveOptions,
} from "./observe.ts";
export { writeKind, writeTime } from "./online-features-response-codec.ts";
export {
  type OperationsView,
  type OperationView,
  operationDispatch,
  operationHandlers,
  operationToProto,
} from "./operations.ts";
export {
  artifactFinder,
  type FoundArtifact,
  type FoundFeatureService,
  featureServiceFinder,
  lineageSender,
  lineageWalker,
  type SentLineageRecord,
} from "./peers.ts";
export { policyOf, policyTable } from "./policy.ts";
export { endAtUncaught, onceSignalled } from "./process-end.ts";
export { referenceHandlers } from "./references.ts";
export { reflectionMount } from "./reflection.ts";
export {
  analysisSourceFromProto,
  banditPolicyFromProto,
  measurementFromProto,
  measurementToProto,
  verdictFromProto,
} from "./rollout-messages.ts";
export { ROUTERS_SETTING, type Routers, routersAt } from "./routers.ts";
export { adminPage, type RunConfig, type RunOptions, runService } from "./run-service.ts";
export { type SelfWritten, WRITTEN } from "./self-written.ts";
export { authenticateFor, readTokens, SERVICE_SETTINGS, serviceUrl } from "./service-config.ts";
export { durationToNs, fromMs, fromNs, toMs, toNs } from "./time.ts";
export { grpcTransport, inMemoryTransport, passOn } from "./transports.ts";
export { validate } from "./validation.ts";
export { valueFromProto, valueToProto } from "./value.ts";
export { PROCESS_ROOM, type Waiting } from "./waiting-room.ts";
