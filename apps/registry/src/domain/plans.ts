import { invalidField } from "@throughline/kernel";
import type { Call } from "./call.ts";
import { type Canvas, type CanvasRecord, EMPTY_CANVAS } from "./canvas.ts";
import { type CardText, type CardTextRecord, EMPTY_CARD_TEXT } from "./card-text.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { knownModel, type OfModel, type PlanDeps, type Writing, write } from "./plan-writing.ts";
import type { StatementRecord } from "./scorecard.ts";
import type { Written, WrittenEntry } from "./written.ts";

/** Fails with NOT_FOUND for the model, REVISION_CONFLICT, and INVALID_FIELD for two targets of one id. */
export async function updateCanvas(
  deps: PlanDeps,
  call: Call,
  writing: Writing<CanvasRecord & OfModel>,
): Promise<Canvas> {
  const ids = writing.record.targets.map((it) => it.id);
  const twice = ids.findIndex((it, i) => ids.indexOf(it) !== i);
  if (twice >= 0) throw invalidField(`canvas.targets[${twice}].id`, `${ids[twice]} is there twice`);
  return canvasOf(await write(deps, { store: deps.canvases, call }, writing));
}

/** The canvas of a model, empty if nothing was written by then. Fails with NOT_FOUND for the model. */
export async function getCanvas(
  deps: Pick<PlanDeps, "canvases" | "findModel">,
  model: string,
  asOfMs?: number,
): Promise<Canvas> {
  await knownModel(deps, model, asOfMs);
  const canvas = await deps.canvases.get(`${model}/canvas`, asOfMs);
  return canvas ? canvasOf(canvas) : { name: `${model}/canvas`, ...EMPTY_CANVAS };
}

/** The states of a canvas, newest first. Fails with NOT_FOUND for the model. */
export async function listCanvasChanges(deps: PlanDeps, model: string, page: PageRequest): Promise<ListPage<Canvas>> {
  await knownModel(deps, model);
  return written(await deps.canvases.history(`${model}/canvas`, page), canvasOf);
}

/** The entries of a history of what is never removed. */
const written = <T, V>({ items, ...rest }: ListPage<WrittenEntry<T>>, convert: (it: Written<T>) => V): ListPage<V> => ({
  ...rest,
  items: items.flatMap(({ record, ...it }) => (record === undefined ? [] : [convert({ ...it, record })])),
});

const canvasOf = ({ name, record: { model: _, ...record }, change }: Written<CanvasRecord & OfModel>): Canvas => ({
  name,
  ...record,
  change,
});

/** Fails with NOT_FOUND for the model and REVISION_CONFLICT. */
export const updateCardText = async (
  deps: PlanDeps,
  call: Call,
  writing: Writing<CardTextRecord & OfModel>,
): Promise<CardText> => cardTextOf(await write(deps, { store: deps.cardTexts, call }, writing));

/** What people say of a model, empty if nothing was written by then. Fails with NOT_FOUND for the model. */
export async function getCardText(
  deps: Pick<PlanDeps, "cardTexts" | "findModel">,
  model: string,
  asOfMs?: number,
): Promise<CardText> {
  await knownModel(deps, model, asOfMs);
  const text = await deps.cardTexts.get(`${model}/card`, asOfMs);
  return text ? cardTextOf(text) : { name: `${model}/card`, ...EMPTY_CARD_TEXT };
}

/** The states of what people say, newest first. Fails with NOT_FOUND for the model. */
export async function listCardTextChanges(
  deps: PlanDeps,
  model: string,
  page: PageRequest,
): Promise<ListPage<CardText>> {
  await knownModel(deps, model);
  return written(await deps.cardTexts.history(`${model}/card`, page), cardTextOf);
}

const cardTextOf = ({
  name,
  record: { model: _, ...record },
  change,
}: Written<CardTextRecord & OfModel>): CardText => ({
  name,
  ...record,
  change,
});

/** Fails with NOT_FOUND for the model. */
export const setStatement = (
  deps: PlanDeps,
  call: Call,
  writing: Writing<StatementRecord & OfModel>,
): Promise<Written<StatementRecord & OfModel>> => write(deps, { store: deps.statements, call }, writing);
