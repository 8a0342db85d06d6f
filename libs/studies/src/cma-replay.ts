import type { Steps } from "@throughline/kernel";
import type { CmaState } from "./cma-state.ts";
import type { Problem, Trial } from "./trial.ts";

/** Where a search stands: the distribution, and the number of its generation, from 1 on. */
export interface CmaPlace {
  readonly state: CmaState;
  readonly generation: number;
}

/** How a distribution goes on from generation to generation. */
export interface CmaCourse {
  readonly start: () => CmaState;
  /** `members` are the trials of the generation that ended first, as many as its population has. */
  readonly next: (place: CmaPlace, members: readonly Trial[]) => Steps<CmaState>;
}

interface Remembered extends CmaPlace {
  /** The trials of each generation before. */
  readonly members: readonly (readonly Trial[])[];
}

/** Searches whose last place is remembered. */
const REMEMBERED_MAX = 20;

/**
 * Speed alone, no answer depends on it: a place is used again only for the same problem and the very same trial objects,
 * which never change. Without it each ask would take as long as all generations before.
 */
const remembered = new Map<string, Remembered>();

/** The place that the trials lead to: each generation takes those of its trials that ended first. */
export function* replayed(problem: Problem, past: readonly Trial[], course: CmaCourse): Steps<CmaPlace> {
  const told = Map.groupBy(
    past.filter((it) => it.state === "COMPLETE"),
    (it) => it.generation,
  );
  const key = JSON.stringify([problem.space, problem.directions, problem.seed]);
  let place = known(key, told) ?? { state: course.start(), generation: 1, members: [] };
  for (;;) {
    const ended = told.get(place.generation) ?? [];
    const { population } = place.state.strategy;
    if (ended.length < population) break;
    const members = ended.slice(0, population);
    const generation = place.generation + 1;
    place = { state: yield* course.next(place, members), generation, members: [...place.members, members] };
    yield;
  }
  remembered.delete(key);
  remembered.set(key, place);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
  return place;
}

function known(key: string, told: ReadonlyMap<number, readonly Trial[]>): Remembered | undefined {
  const place = remembered.get(key);
  const same = place?.members.every((members, i) => members.every((it, k) => told.get(i + 1)?.[k] === it));
  return same ? place : undefined;
}
