export { type Comparison, type Condition, type FieldPath, type Filter, ID, type Order, type Scalar } from "./filter.ts";
export { type Idempotent, idempotent, type Outcome, type RequestIdentity } from "./idempotency.ts";
export { type HistoryEntry, type LastOfEachQuery, lastOfEach } from "./last-of-each.ts";
export { STORE_LIMITS } from "./limits.ts";
export { type FindMentions, type MentionedIn, type MentionedStore, mentionedStore, type Unneeded } from "./mentions.ts";
export { type ObservedCall, observed, observedStore } from "./observed.ts";
export { openStore } from "./open-store.ts";
export type {
  Collection,
  CollectionDefinition,
  Document,
  DocumentWrite,
  Found,
  IndexDefinition,
  Query,
  RevisionWrite,
  Store,
  ValueWrite,
  Write,
  Writes,
} from "./port.ts";
export type { Position } from "./position.ts";
export type {
  AttributeChange,
  AttributeCondition,
  AttributeFilter,
  AttributeName,
  AttributeOrder,
  AttributeValue,
  FoundSubject,
  SearchIndex,
  SearchPage,
  SearchQuery,
  SearchWrite,
  SearchWrites,
} from "./search.ts";
export type {
  AppendWrite,
  Point,
  Sample,
  SampleRange,
  Series,
  SeriesPoint,
  SeriesRange,
  SeriesSummary,
} from "./series.ts";
export { openSqliteStore } from "./sqlite/sqlite-store.ts";
export {
  type Change,
  type Current,
  type PastQuery,
  type Versioned,
  type VersionedCollection,
  type VersionedPage,
  type VersionedQuery,
  type VersionedWrites,
  versionedCollection,
} from "./versioned.ts";
