import { invalidField, notFound } from "@throughline/kernel";
import type { Call } from "./call.ts";
import { changeTime, type ListPage, type PageRequest } from "./change.ts";
import { GATES_MAX, type Gate, type GateRecord, targetOf } from "./gate.ts";
import { gatesExhausted } from "./gate-errors.ts";
import { checkEtag, knownModel, type PlanDeps, type Writing, write } from "./plan-writing.ts";
import type { Written, WrittenEntry } from "./written.ts";

/** A gate as callers see it. */
export const gateOf = ({ name, record, change }: Written<GateRecord>): Gate => ({ name, ...record, change });

/** Creates a gate, or changes it. Fails with NOT_FOUND for the model, REVISION_CONFLICT, GATES_EXHAUSTED, INVALID_FIELD. */
export const setGate = (deps: PlanDeps, call: Call, writing: Writing<GateRecord>): Promise<Gate> => {
  checkCondition(writing.record);
  const { model, targets } = writing.record;
  const record = { ...writing.record, targets: [...new Set(targets.map(targetOf))] };
  const check = async (current: Written<GateRecord> | undefined): Promise<void> => {
    if (!current && (await deps.gates.ofModel(model)).length >= GATES_MAX) throw gatesExhausted(model, GATES_MAX);
  };
  return write(deps, { store: deps.gates, call, check }, { ...writing, record }).then(gateOf);
};

/** Refuses what says nothing, or two things at once. */
function checkCondition({ condition }: GateRecord): void {
  if (condition.kind !== "METRIC") return;
  const { metric, threshold, minAbsoluteChange, minRelativeChange, canvasTarget } = condition;
  const path = "gate.condition.metric";
  if (canvasTarget !== "" && (metric !== "" || threshold !== undefined || (condition.slices?.columns.length ?? 0) > 0))
    throw invalidField(
      `${path}.canvas_target`,
      "the target says metric, threshold and slicing columns; leave them out",
    );
  if (canvasTarget === "" && metric === "") throw invalidField(`${path}.metric`, "name a metric or a canvas target");
  if (
    canvasTarget === "" &&
    threshold === undefined &&
    minAbsoluteChange === undefined &&
    minRelativeChange === undefined
  )
    throw invalidField(path, "give a threshold, a change against the baseline, or a canvas target");
}

/** The gate now or as it was. Fails with NOT_FOUND. */
export async function getGate({ gates }: Pick<PlanDeps, "gates">, name: string, asOfMs?: number): Promise<Gate> {
  const gate = await gates.get(name, asOfMs);
  if (!gate) throw notFound(name);
  return gateOf(gate);
}

/** All gates of a model by name, now or as they were at an instant. Fails with NOT_FOUND for the model. */
export async function listGates(deps: PlanDeps, model: string, asOfMs?: number): Promise<readonly Gate[]> {
  await knownModel(deps, model, asOfMs);
  return (await deps.gates.ofModel(model, asOfMs)).map(gateOf);
}

/** Fails with NOT_FOUND and REVISION_CONFLICT. */
export const deleteGate = (deps: PlanDeps, call: Call, { name, etag, reason }: Omit<Writing<unknown>, "record">) =>
  deps.run(call, async () => {
    const current = await deps.gates.get(name);
    if (!current) throw notFound(name);
    checkEtag(current, etag);
    const timeMs = changeTime(deps.clock.now(), current.change.timeMs);
    return { writes: deps.gates.remove(current, { actor: call.actor, reason, timeMs }), response: {} };
  });

/** The states of a gate, newest first. Fails with NOT_FOUND if it never was. */
export async function listGateChanges(
  deps: Pick<PlanDeps, "gates">,
  name: string,
  page: PageRequest,
): Promise<ListPage<WrittenEntry<GateRecord>>> {
  const states = await deps.gates.history(name, page);
  if (states.items.length === 0 && page.after === undefined) throw notFound(name);
  return states;
}
