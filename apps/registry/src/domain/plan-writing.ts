import { type Clock, notFound, revisionConflict } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import type { CanvasRecord } from "./canvas.ts";
import type { CardTextRecord } from "./card-text.ts";
import { changeTime } from "./change.ts";
import type { GateRecord } from "./gate.ts";
import type { Model } from "./model.ts";
import type { StatementRecord } from "./scorecard.ts";
import type { Written, WrittenStore } from "./written.ts";

/** What belongs to a model. */
export interface OfModel {
  readonly model: string;
}

/** What people write about models. */
export interface PlanStores {
  readonly gates: WrittenStore<GateRecord>;
  readonly canvases: WrittenStore<CanvasRecord & OfModel>;
  readonly cardTexts: WrittenStore<CardTextRecord & OfModel>;
  readonly statements: WrittenStore<StatementRecord & OfModel>;
}

export interface PlanDeps extends PlanStores {
  readonly findModel: (name: string, asOfMs?: number) => Promise<Model | undefined>;
  readonly clock: Clock;
  readonly run: RunCall;
}

/** A change that is only made if what is changed is at the etag. An empty etag is not checked. */
export interface Writing<T> {
  readonly name: string;
  readonly record: T;
  readonly etag: string;
  readonly reason: string;
}

/** Where something is written, and by whom. */
interface Place<T> {
  readonly store: WrittenStore<T>;
  readonly call: Call;
  /** Refuses what must not follow `current`. */
  readonly check?: (current: Written<T> | undefined) => Promise<void>;
}

/** Writes what follows what is there, as a compare-and-swap if an etag is given. */
export function write<T extends OfModel>(
  deps: PlanDeps,
  { store, call, check }: Place<T>,
  { name, record, etag, reason }: Writing<T>,
): Promise<Written<T>> {
  return deps.run(call, async () => {
    await knownModel(deps, record.model);
    const current = await store.get(name);
    // What was removed goes on with its revisions when it is written again.
    const [last] = current ? [current] : (await store.history(name, { limit: 1 })).items;
    const revision = last?.change.revision ?? 0;
    checkEtag({ name, change: { revision: current ? revision : 0 } }, etag);
    await check?.(current);
    const timeMs = changeTime(deps.clock.now(), last?.change.timeMs);
    const change = { actor: call.actor, reason, timeMs };
    const writes = await store.set(name, record, { ...change, current });
    return { writes, response: { name, record, change: { revision: revision + 1, ...change } } };
  });
}

/** Fails with REVISION_CONFLICT. */
export function checkEtag(
  { name, change }: { readonly name: string; readonly change: { readonly revision: number } },
  etag: string,
): void {
  const revision = String(change.revision);
  if (etag !== "" && etag !== revision) throw revisionConflict(name, etag, revision);
}

/** Fails with NOT_FOUND if the model is not there, or was not at an instant. */
export async function knownModel(
  { findModel }: Pick<PlanDeps, "findModel">,
  model: string,
  asOfMs?: number,
): Promise<void> {
  if (!(await findModel(model, asOfMs))) throw notFound(model);
}
