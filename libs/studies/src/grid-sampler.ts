import { DomainError } from "@throughline/kernel";
import { hashOf } from "./chance.ts";
import { type Parameter, type ParameterValue, type Params, stepped, valueAt, valueCount } from "./parameter.ts";
import { isActive, paramsKey, type Space } from "./space.ts";
import type { Ask, Problem, Suggestion } from "./trial.ts";

/** Most cells of a grid. */
const GRID_CELLS_MAX = 10_000;

/**
 * A cell of the grid that no trial had, in an order by chance; undefined when there is none left. Trials that failed are not
 * repeated. Fails as `gridOf` does.
 */
export function gridSuggestion(
  { problem, past }: Ask,
  { floatPoints }: { readonly floatPoints: number },
): Suggestion | undefined {
  const had = new Set(past.map((it) => paramsKey(problem.space, it.params)));
  const free = orderedCells(problem, floatPoints).find(({ key }) => !had.has(key));
  return free && { params: free.params, generation: 0 };
}

interface Cell {
  readonly params: Params;
  readonly key: string;
}

/** Grids whose order is remembered. Speed alone, no answer depends on it. */
const REMEMBERED_MAX = 20;
const remembered = new Map<string, readonly Cell[]>();

function orderedCells({ space, seed }: Problem, floatPoints: number): readonly Cell[] {
  const grid = JSON.stringify([space, seed, floatPoints]);
  const known = remembered.get(grid);
  if (known !== undefined) return known;
  const cells = gridOf(space, floatPoints)
    .map((params, i) => ({ params, key: paramsKey(space, params), place: hashOf([seed, i]), i }))
    .sort((a, b) => a.place - b.place || a.i - b.i);
  remembered.set(grid, cells);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
  return cells;
}

/**
 * Every combination of values. A float without a step has `floatPoints` of them, evenly from end to end. Fails with
 * GRID_TOO_LARGE.
 */
export function gridOf(space: Space, floatPoints: number): readonly Params[] {
  let cells: readonly Params[] = [{}];
  for (const parameter of space) {
    // A parameter of very many values would fill the memory before it could be refused.
    const count = parameter.kind === "float" && parameter.step === undefined ? floatPoints : valueCount(parameter);
    if (count > GRID_CELLS_MAX) throw gridTooLarge();
    const values = valuesOf(parameter, floatPoints);
    const next = cells.flatMap((params) =>
      isActive(parameter, params) ? values.map((value) => ({ ...params, [parameter.name]: value })) : [params],
    );
    if (next.length > GRID_CELLS_MAX) throw gridTooLarge();
    cells = next;
  }
  return cells;
}

function valuesOf(parameter: Parameter, floatPoints: number): readonly ParameterValue[] {
  if (parameter.kind === "categorical") return parameter.choices;
  const count = valueCount(parameter);
  if (Number.isFinite(count)) return Array.from({ length: count }, (_, i) => stepped(parameter, i));
  return Array.from({ length: floatPoints }, (_, i) =>
    valueAt(parameter, floatPoints === 1 ? 0.5 : i / (floatPoints - 1)),
  );
}

const gridTooLarge = (): DomainError =>
  new DomainError(
    "invalid",
    "GRID_TOO_LARGE",
    `The grid has more than ${GRID_CELLS_MAX} cells. Use larger steps or fewer points, or another sampler.`,
    { metadata: { cellsMax: String(GRID_CELLS_MAX) } },
  );
