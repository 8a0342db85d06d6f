import type { Call } from "./call.ts";
import { changeTime } from "./change.ts";
import type { CheckGates } from "./check-gates.ts";
import type { ModelVersion } from "./model.ts";
import { stageMoved, tooManyInStage } from "./model-errors.ts";
import { latestInStage, type ModelHead, withLatest } from "./model-head.ts";
import type { StoredVersion, VersionRecord } from "./model-store.ts";
import { headChange, type ModelDeps, runInTurn } from "./models.ts";
import { parseVersionName } from "./names.ts";
import { ARCHIVED, stageOf } from "./stages.ts";
import { changedVersion, presentVersion } from "./version-changes.ts";

export interface TransitionDeps extends ModelDeps {
  readonly checkGates: CheckGates;
}

/** Where a version is to go. */
export interface Transition {
  readonly name: string;
  readonly stage: string;
  /** Where it must be now. Empty: not checked. */
  readonly expectedStage: string;
  readonly archiveExisting: boolean;
  readonly reason: string;
}

/** Most versions that one transition archives: each takes two of the writes of a commit. */
const ARCHIVED_MAX = 400;

/**
 * Moves a version to a stage; where it is already nothing changes. Fails with NOT_FOUND, STAGE_MOVED, GATES_UNMET and
 * TOO_MANY_IN_STAGE.
 */
export const transitionVersion = (deps: TransitionDeps, call: Call, wanted: Transition): Promise<ModelVersion> => {
  const stage = stageOf(wanted.stage);
  const plan = async () => {
    const { model, head, stored } = await presentVersion(deps, wanted.name);
    const from = stored.record.stage;
    if (wanted.expectedStage !== "" && stageOf(wanted.expectedStage) !== from)
      throw stageMoved(wanted.name, stageOf(wanted.expectedStage), from);
    const others =
      wanted.archiveExisting && stage !== ARCHIVED ? await othersIn(deps, stored, { stage, head: head.record }) : [];
    const moves = [
      ...(from === stage ? [] : [{ it: stored, to: stage }]),
      ...others.map((it) => ({ it, to: ARCHIVED })),
    ];
    if (moves.length === 0)
      return { writes: [], response: await changedVersion(deps, wanted.name, { head, next: stored }) };
    const change = headChange(deps, { actor: call.actor, reason: wanted.reason }, head);
    const attempt = { subject: wanted.name, target: `stages/${stage}`, ...change };
    const decision = from === stage ? [] : await deps.checkGates(attempt);
    const record = await headAfter(deps, head.record, moves);
    const changes = moves.map(({ it, to }) => {
      const timeMs = changeTime(change.timeMs, it.change.timeMs);
      const after: VersionRecord = { ...it.record, stage: to, updateTimeMs: timeMs };
      return { it, next: { revision: it.revision + 1, record: after, change: { ...change, timeMs } } };
    });
    const events = changes.map(({ it, next }) => stageEvent(model.record.displayName, it.record, next.record));
    const writes = [
      ...decision,
      ...changes.flatMap(({ it, next }) => deps.versions.replace(it, next.record, next.change)),
      ...(await deps.heads.set(model.name, record, { current: head, change })),
      ...(await deps.events(head.record.project, events)),
    ];
    const next = changes.find(({ it }) => it === stored)?.next ?? stored;
    return { writes, response: await changedVersion(deps, wanted.name, { head, next }) };
  };
  const { model } = parseVersionName(wanted.name, "name");
  return runInTurn(deps, call, { model, plan });
};

const stageEvent = (name: string, before: VersionRecord, after: VersionRecord) =>
  ({
    event: "model_version_stage.changed",
    data: { name, version: String(after.version), from_stage: before.stage, to_stage: after.stage },
  }) as const;

async function othersIn(
  { versions }: ModelDeps,
  { name, record }: StoredVersion,
  { stage, head }: { readonly stage: string; readonly head: ModelHead },
): Promise<readonly StoredVersion[]> {
  const found = await versions.inStage(record.model, stage, { from: head.first, limit: ARCHIVED_MAX + 2 });
  const others = found.filter((it) => it.name !== name);
  if (others.length > ARCHIVED_MAX) throw tooManyInStage(stage, ARCHIVED_MAX);
  return others;
}

/** A version that leaves its stage; to nowhere if `to` is left out. */
interface Move {
  readonly it: StoredVersion;
  readonly to?: string;
}

/** The head after these versions of its model left their stages for others. */
export async function headAfter(
  { versions }: Pick<ModelDeps, "versions">,
  before: ModelHead,
  moves: readonly Move[],
): Promise<ModelHead> {
  let head = before;
  const leaving = new Set(moves.map(({ it }) => it.name));
  for (const { it } of moves) {
    const { model, stage, version } = it.record;
    if (latestInStage(head, stage) !== version) continue;
    const found = await versions.inStage(model, stage, { from: head.first, limit: leaving.size + 1 });
    head = withLatest(head, stage, found.find((other) => !leaving.has(other.name))?.record.version ?? 0);
  }
  for (const { it, to } of moves)
    if (to !== undefined && it.record.version > latestInStage(head, to)) head = withLatest(head, to, it.record.version);
  return head;
}
