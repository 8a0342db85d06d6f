export { canonicalJson, type Json } from "./canonical-json.ts";
export { type Clock, systemClock } from "./clock.ts";
export { ConfigError, flag, hostPort, integer, oneOf, type Parse, readConfig, type Setting, text } from "./config.ts";
export { Crowd, type Member } from "./crowd.ts";
export {
  type Digest,
  digestOfBytes,
  digestOfJson,
  digitsOfBytes,
  isDigest,
  parseDigest,
  streamingDigest,
} from "./digest.ts";
export {
  alreadyExists,
  DomainError,
  type DomainErrorOptions,
  type ErrorKind,
  type FieldViolation,
  invalidField,
  invariant,
  isDomainError,
  notFound,
  revisionConflict,
} from "./errors.ts";
export { exactSteps, parseExact, realJson, wholeJson } from "./exact-json.ts";
export { type NewId, timeOrderedIds } from "./ids.ts";
export { inTurns, type Steps } from "./in-turns.ts";
export { likePattern } from "./like.ts";
export { CALLER_SESSION, LIMITS } from "./limits.ts";
export { type MerkleTree, merkleTree } from "./merkle.ts";
export { MLFLOW_TAGS } from "./mlflow-tags.ts";
export { type Page, type PageTokens, pageSize, pageTokens } from "./paging.ts";
export { compareByTime, type PlacedPoint } from "./point-order.ts";
export { type ResourceName, resourceName } from "./resource-name.ts";
export { canonicalRowBytes, type FeatureValue, rowDigest, type TimestampNs } from "./row-digest.ts";
