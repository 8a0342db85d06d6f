// By path: what every bench over HTTP loads servers with.
import { openConnection, type Target } from "../../../gateway/bench/load/connection.ts";

/** One kind of request, and how many ask it at once. */
export interface Case {
  readonly entities: number;
  readonly callers: number;
  /** How many times as many requests a second as the peer. */
  readonly asked: number;
}

export const CASES: readonly Case[] = [
  { entities: 1, callers: 1, asked: 10 },
  { entities: 1, callers: 16, asked: 10 },
  { entities: 100, callers: 1, asked: 20 },
  { entities: 100, callers: 16, asked: 20 },
];

/** The features that are read, by their names in the view. */
export const FEATURES: readonly string[] = Array.from({ length: 10 }, (_, j) => `f${j}`);

/** Feature j of entity i, as repository.py writes it. */
const featureValue = (i: number, j: number): number => ((i * (2 * j + 3) + j) % 1_000_003) / 1_000_003;

/** Fails unless a value is that of feature j of an entity. */
export function checkValue(id: number, j: number, value: unknown): void {
  if (value !== featureValue(id, j)) throw new Error(`f${j} of entity ${id} is ${value}`);
}

/** Gives the entities of one request after the other: the same sequence for all that are measured. */
export function entityIds({ entities }: Case, rows: number): () => readonly number[] {
  let state = 5;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % rows;
  };
  return () => Array.from({ length: entities }, next);
}

interface Reply {
  readonly metadata: { readonly feature_names: readonly string[] };
  readonly results: readonly { readonly values: readonly number[] }[];
}

export const REST_PATH = "/get-online-features";

/** What is asked over Feast's REST API. */
const restBody = (ids: readonly number[]) => ({
  features: FEATURES.map((name) => `online:${name}`),
  entities: { entity_id: ids },
});

/** How many different requests are asked before the first is asked again. */
export const BODIES = 10_000;

/** The bodies of requests over Feast's REST API, a line each. */
export const restBodies = (it: Case, rows: number): string => {
  const nextIds = entityIds(it, rows);
  return Array.from({ length: BODIES }, () => JSON.stringify(restBody(nextIds()))).join("\n");
};

/** Asks once over Feast's REST API, and gives back the answer. Fails unless all values are right. */
export async function checkedRest(it: Case, rows: number, target: Target): Promise<Buffer> {
  const ids = entityIds(it, rows)();
  const connection = await openConnection(target);
  const { body } = await connection.exchange("POST", REST_PATH, JSON.stringify(restBody(ids)));
  connection.close();
  check(JSON.parse(body.toString("utf8")) as Reply, ids);
  return body;
}

function check({ metadata, results }: Reply, ids: readonly number[]): void {
  for (let j = 0; j < FEATURES.length; j++) {
    const values = results[metadata.feature_names.indexOf(`f${j}`)]?.values;
    ids.forEach((id, row) => void checkValue(id, j, values?.[row]));
  }
}
