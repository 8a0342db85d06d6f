import type { Write } from "@throughline/store";
import type { ListPage, PageRequest } from "./change.ts";
import type { Deployment } from "./deployment.ts";

/** Most states of a deployment that are listed: the newest. */
export const DEPLOYMENT_STATES_MAX = 1_000;

/** A state of a deployment, with its place among the changes of all deployments. */
export interface FeedEntry {
  /** From 1, dense, in the order of the commits of all processes. */
  readonly sequence: number;
  readonly state: Deployment;
}

/**
 * Deployments and every state they had. Laws:
 * - Of several writers of one revision of a deployment exactly one succeeds. Revisions are dense from 1.
 * - `get` at an instant gives the newest state not after it, undefined if there was none, or it was deleted in it. Lists leave out what is
 *   deleted, or was then; `newest`, `history` and the feed do not.
 * - The feed has every state once, in one order for all readers: who has read up to a sequence never misses one after it,
 *   whichever process wrote it.
 */
export interface DeploymentStore {
  /** Writes the state that follows the revision before its own. */
  append(state: Deployment): Promise<readonly Write[]>;
  /** Changes nothing, and makes the batch fail with REVISION_CONFLICT unless the deployment is in this state. */
  hold(state: Deployment): Write;
  get(name: string, asOfMs?: number): Promise<Deployment | undefined>;
  /** The newest state, be it that in which the deployment was deleted. */
  newest(name: string): Promise<Deployment | undefined>;
  atRevision(name: string, revision: number): Promise<Deployment | undefined>;
  /** By name; of all projects if none is named. */
  list(project: string | undefined, page: PageRequest): Promise<ListPage<Deployment>>;
  /** Those of a project as they were at an instant, by name. */
  listAsOf(project: string, asOfMs: number, page: PageRequest): Promise<ListPage<Deployment>>;
  /** The newest `limit` (up to DEPLOYMENT_STATES_MAX) states, newest first; with an instant, of those up to then. */
  history(name: string, limit: number, asOfMs?: number): Promise<readonly Deployment[]>;
  /** Sequence of the newest state of all; 0 if there is none. */
  lastSequence(): Promise<number>;
  /** States after a sequence, in order. */
  feed(after: number, limit: number): Promise<readonly FeedEntry[]>;
}
