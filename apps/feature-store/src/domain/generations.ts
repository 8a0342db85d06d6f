import { createHash } from "node:crypto";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import { onlineLayout } from "./online-layout.ts";
import type { OnlineStore } from "./online-store.ts";

/**
 * The online values of a source are kept in generations. A revert computes all of them anew beside those that are read, and
 * one assignment makes the new ones the ones that are read, for all layouts of the source: no request sees a mixture.
 * Within the online store a generation of a layout is a layout of another name.
 */
export interface Generations {
  /** Learns what a service reads. Takes part as long as the process lives. Needed before it is read or written. */
  know(service: BoundService): Promise<void>;
  /** What is known to be read of a source: one selection for each layout. */
  of(project: string, source: string): readonly KnownLayout[];
  /** The views that known services read, whatever their versions. */
  views(): readonly Pick<FeatureView, "project" | "id">[];
  /** The generation that is read. */
  current(project: string, source: string): string;
  /** Makes a generation the one that is read, from this very moment; unless a later one is read, of which was learnt first. */
  change(project: string, source: string, next: ReadGeneration): void;
  /** Resolves when all reads and writes through `online` that have begun by now have ended: nobody is in an earlier generation. */
  settled(): Promise<void>;
  /** The online store as whoever reads and writes it sees it: every layout in its current generation. */
  readonly online: OnlineStore;
  /** The online store with all layouts in one generation. */
  within(generation: string): OnlineStore;
}

/** A generation that is read. */
export interface ReadGeneration {
  readonly generation: string;
  /** The data version that made it so; 0 for the first one. */
  readonly since: number;
}

/** A layout, and what of a service reads it. */
export interface KnownLayout {
  readonly id: string;
  readonly project: string;
  readonly source: string;
  readonly bound: BoundService;
  readonly selection: BoundSelection;
}

/** The generation of before the first revert: layouts have their own names. */
export const FIRST_GENERATION = "";

/** Bytes of a layout's id, with which its series begin; notes begin with its hexadecimal digits. */
const ID_BYTES = 12;

/** `generationOf` tells what is kept of a source. */
export function generations(
  online: OnlineStore,
  generationOf: (project: string, source: string) => Promise<ReadGeneration>,
): Generations {
  const layouts = new Map<string, KnownLayout>();
  const views = new Map<string, Pick<FeatureView, "project" | "id">>();
  const currents = new Map<string, ReadGeneration>();
  const keyOf = (project: string, source: string): string => `${project}/${source}`;
  let hasLater = false;
  const setCurrent = (project: string, source: string, next: ReadGeneration): void => {
    const key = keyOf(project, source);
    if (next.since < (currents.get(key)?.since ?? 0)) return;
    currents.set(key, next);
    hasLater ||= next.generation !== FIRST_GENERATION;
  };
  const current = (project: string, source: string): string =>
    currents.get(keyOf(project, source))?.generation ?? FIRST_GENERATION;
  const calls = callsUnderWay();
  return {
    settled: calls.settled,
    async know(bound) {
      for (const selection of bound.views) {
        const { id, project, source } = onlineLayout(selection.view);
        views.set(keyOf(project, selection.view.id), { project, id: selection.view.id });
        if (layouts.has(id)) continue;
        if (!currents.has(keyOf(project, source))) {
          // A revert that changes it while it is read is later, and stays.
          setCurrent(project, source, await generationOf(project, source));
        }
        layouts.set(id, { id, project, source, bound, selection });
      }
    },
    of: (project, source) => [...layouts.values()].filter((it) => it.project === project && it.source === source),
    views: () => [...views.values()],
    current,
    change: setCurrent,
    online: inGeneration(calls.counting(online), {
      generationOf: (id) => {
        const layout = layouts.get(id);
        return layout ? current(layout.project, layout.source) : FIRST_GENERATION;
      },
      // Where nothing was ever reverted, as almost everywhere, reads cost what they cost without generations.
      isFirst: () => !hasLater,
    }),
    within: (generation) => inGeneration(online, { generationOf: () => generation, isFirst: () => false }),
  };
}

/** The id of a layout in a generation. */
export function layoutInGeneration(id: string, generation: string): string {
  if (generation === FIRST_GENERATION) return id;
  return createHash("sha256")
    .update(`${id}/${generation}`)
    .digest("hex")
    .slice(0, 2 * ID_BYTES);
}

/** Tells the generation of a layout; `isFirst` that it is the first one for all of them. */
interface GenerationOf {
  generationOf(layout: string): string;
  isFirst(): boolean;
}

/** Puts the generation's name of a layout in the place of its own wherever the store is asked. */
function inGeneration(online: OnlineStore, { generationOf, isFirst }: GenerationOf): OnlineStore {
  const named = (id: string): string => layoutInGeneration(id, generationOf(id));
  const prefixes = new Map<string, Buffer>();
  const seriesOf = (series: Uint8Array): Uint8Array => {
    const own = Buffer.from(series.buffer, series.byteOffset, ID_BYTES).toString("hex");
    const generation = generationOf(own);
    if (generation === FIRST_GENERATION) return series;
    const key = `${own}/${generation}`;
    const prefix = prefixes.get(key) ?? Buffer.from(layoutInGeneration(own, generation), "hex");
    prefixes.set(key, prefix);
    return Buffer.concat([prefix, series.subarray(ID_BYTES)]);
  };
  const noteOf = (name: string): string => named(name.slice(0, 2 * ID_BYTES)) + name.slice(2 * ID_BYTES);
  return {
    // The generation is looked up in the turn in which the store reads: questions of one call are of one generation.
    read: (questions) =>
      isFirst()
        ? online.read(questions)
        : online.read({
            seeks: questions.seeks.map((it) => ({ ...it, series: seriesOf(it.series) })),
            spans: questions.spans.map((it) => ({ ...it, series: seriesOf(it.series) })),
          }),
    apply: ({ changes, state }) =>
      online.apply({
        changes: changes.map((it) => ({ ...it, series: seriesOf(it.series) })),
        state: { ...state, name: noteOf(state.name) },
      }),
    state: (name) => online.state(noteOf(name)),
    close: () => online.close(),
  };
}

/** Counts calls, so that it can be told when those of before have ended. */
function callsUnderWay() {
  interface Epoch {
    count: number;
    end(): void;
    readonly ended: Promise<void>;
  }
  const newEpoch = (): Epoch => {
    const { promise, resolve } = Promise.withResolvers<void>();
    return { count: 0, end: resolve, ended: promise };
  };
  let now = newEpoch();
  let before: Promise<unknown> = Promise.resolve();
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    const mine = now;
    mine.count += 1;
    try {
      return await call();
    } finally {
      mine.count -= 1;
      if (mine.count === 0 && mine !== now) mine.end();
    }
  };
  return {
    counting: (online: OnlineStore): OnlineStore => ({
      read: (questions) => counted(() => online.read(questions)),
      apply: (change) => counted(() => online.apply(change)),
      state: (name) => online.state(name),
      close: () => online.close(),
    }),
    async settled(): Promise<void> {
      const last = now;
      now = newEpoch();
      if (last.count === 0) last.end();
      before = Promise.all([before, last.ended]);
      await before;
    },
  };
}
