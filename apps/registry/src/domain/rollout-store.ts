import type { Write } from "@throughline/store";
import type { ListPage, PageRequest } from "./change.ts";
import type { Rollout } from "./rollout.ts";
import type { Decision } from "./rollout-decision.ts";

/** Rollouts of a deployment, or of all of a project. */
export type RolloutsOf = { readonly deployment: string } | { readonly project: string };

/**
 * Rollouts and every state they had. Laws:
 * - Of several writers of one revision of a rollout exactly one succeeds. Revisions are dense from 1.
 * - `get` at an instant gives the newest state not after it, undefined if there was none.
 */
export interface RolloutStore {
  /** Writes the state that follows the revision before its own. */
  set(rollout: Rollout): Promise<readonly Write[]>;
  get(name: string, asOfMs?: number): Promise<Rollout | undefined>;
  /** The greatest number of a deployment's rollouts; 0 if it has none. */
  lastNumber(deployment: string): Promise<number>;
  /** Newest first: of one deployment, or of all of a project; with an instant, those that had begun by then, as they were. */
  list(of: RolloutsOf, page: PageRequest, asOfMs?: number): Promise<ListPage<Rollout>>;
  /** Every state, newest first. */
  history(name: string, page: PageRequest): Promise<ListPage<Rollout>>;
}

/** Decisions of a rollout. */
export interface DecisionsOf {
  readonly rollout: string;
  /** Only those after which something was different. */
  readonly effectiveOnly: boolean;
  /** Only those that had been taken by then. */
  readonly asOfMs?: number;
}

/** Decisions, which never change. Law: of several that are inserted under one sequence of a rollout exactly one succeeds. */
export interface DecisionStore {
  insert(decision: Decision): readonly Write[];
  get(rollout: string, sequence: number): Promise<Decision | undefined>;
  /** Sequence of the newest, or of the newest at an instant; 0 if there is none. */
  lastSequence(rollout: string, asOfMs?: number): Promise<number>;
  /** Newest first. */
  list(of: DecisionsOf, page: PageRequest): Promise<ListPage<Decision>>;
}
