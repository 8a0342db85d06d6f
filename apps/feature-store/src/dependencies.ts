import type { Transport } from "@connectrpc/connect";
import type { BlobStore } from "@throughline/blobs";
import type { Clock, NewId, PageTokens } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { KeyRing } from "@throughline/privacy";
import type { Store } from "@throughline/store";
import type { ProjectEngines, TableEngine } from "@throughline/tables";
import type { LineageWalker } from "./domain/forget/affected.ts";
import type { LayoutRemoval } from "./domain/generation-log.ts";
import type { ArtifactFinder } from "./domain/load-source.ts";
import type { OnlineStore } from "./domain/online-store.ts";

/** What the feature store is built on. It closes none of these. */
export interface FeatureStoreDependencies {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** The engines of projects that have another one than `tables`; none has if left out. */
  readonly engines?: ProjectEngines;
  /** An absolute path of a folder for online values and files in between. One process at a time may use it. */
  readonly onlineDir: string;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** Tells which uploaded files a project knows. */
  readonly artifacts: ArtifactFinder;
  /** Reaches the service that has the prediction log. Undefined: nothing is made of what was served. */
  readonly inferenceRouter?: Transport;
  /** Reaches the service that has models and releases. Undefined: it is not known who reads the features, nor how important they are. */
  readonly registry?: Transport;
  /** Brings one record to the service that keeps the thread. Called again, with pauses, until it resolves. */
  readonly recordLineage: (record: LineageRecord) => Promise<void>;
  /** Tells what was made of an artifact, by the thread. */
  readonly lineageWalker: LineageWalker;
  /** The secrets that pseudonyms, tokens, noise and the records of forgettings are made with; none if left out. Never stored, never logged. */
  readonly privacyKeys?: KeyRing;
  /**
   * After so many milliseconds without a sign of it, another process on the same online store has ended what it read or prepared. 90,000
   * if left out.
   */
  readonly othersMs?: number;
  /** Files of a source that are left alone as long as no more of them are small; more are merged. 64 if left out. */
  readonly filesMax?: number;
  /** Opens the store of online values in a folder: the embedded one if left out. The service closes it. */
  readonly openOnline?: (dir: string) => Promise<OnlineStore & LayoutRemoval>;
}
