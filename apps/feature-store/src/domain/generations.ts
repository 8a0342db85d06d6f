import { createHash } from "node:crypto";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import { onlineLayout } from "./online-layout.ts";
import type { OnlineStore } from "./online-store.ts";
import { withoutOverlay } from "./overlay-note.ts";
import { applyOver, readOver, type SeenOverlays } from "./overlay-store.ts";
import type { ReadGeneration } from "./read-generation.ts";
import type { Source } from "./source.ts";

/**
 * The online values of a source are kept in generations. A revert makes another one beside those that are read: an overlay
 * of what it touches, or all of them computed anew. One assignment makes it what is read, for all layouts of the source: no
 * request sees a mixture. Within the online store a generation of a layout is a layout of another name.
 */
export interface Generations {
  /** Learns what a service reads. Takes part as long as the process lives. Needed before it is read or written. */
  know(service: BoundService): Promise<void>;
  /** What is known to be read of a source: one selection for each layout. */
  of(project: string, source: string): readonly KnownLayout[];
  all(): readonly KnownLayout[];
  /** The views that known services read, whatever their versions. */
  views(): readonly Pick<FeatureView, "project" | "id">[];
  /** The generation that is read, without what lies over it. */
  current(project: string, source: string): string;
  /** The same with what lies over it. */
  reading(project: string, source: string): ReadGeneration;
  /** Makes a generation the one that is read, from this very moment; unless a later one is read, of which was learnt first. */
  change(project: string, source: string, next: ReadGeneration): void;
  /** Resolves when all reads and writes through `online` that have begun by now have ended: nobody is in an earlier generation. */
  settled(): Promise<void>;
  /** The online store as whoever reads and writes it sees it: every layout in its current generation. */
  readonly online: OnlineStore;
  /** The online store with all layouts in one generation. */
  within(generation: string): OnlineStore;
  /** The online store as it is: layouts in a generation are other layouts. */
  readonly store: OnlineStore;
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
    if (isEarlier(next, currents.get(key) ?? FIRST)) return;
    currents.set(key, next);
    hasLater ||= next.generation !== FIRST_GENERATION || next.overlay !== undefined;
  };
  const reading = (project: string, source: string): ReadGeneration => currents.get(keyOf(project, source)) ?? FIRST;
  const current = (project: string, source: string): string => reading(project, source).generation;
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
    all: () => [...layouts.values()],
    views: () => [...views.values()],
    current,
    reading,
    store: online,
    change: setCurrent,
    online: inGeneration(calls.counting(online), {
      generationOf: (id) => {
        const layout = layouts.get(id);
        return layout ? reading(layout.project, layout.source) : FIRST;
      },
      // Where nothing was ever reverted, as almost everywhere, reads cost what they cost without generations.
      isFirst: () => !hasLater,
    }),
    within(generation) {
      const only = { generation, since: 0 };
      return inGeneration(online, { generationOf: () => only, isFirst: () => false });
    },
  };
}

const FIRST: ReadGeneration = { generation: FIRST_GENERATION, since: 0 };

const isEarlier = (a: ReadGeneration, b: ReadGeneration): boolean =>
  a.since < b.since || (a.since === b.since && (a.folds ?? 0) < (b.folds ?? 0));

/** What a source says of itself. */
export const readingOf = ({
  generation = FIRST_GENERATION,
  generationSince: since = 0,
  overlay,
  generationFolds: folds = 0,
}: Pick<Source, "generation" | "generationSince" | "overlay" | "generationFolds">): ReadGeneration => ({
  generation,
  since,
  folds,
  ...(overlay !== undefined && { overlay }),
});

/** The id of a layout in a generation. */
export function layoutInGeneration(id: string, generation: string): string {
  if (generation === FIRST_GENERATION) return id;
  return createHash("sha256")
    .update(`${id}/${generation}`)
    .digest("hex")
    .slice(0, 2 * ID_BYTES);
}

/** Gives a series the name that it has in a generation. */
export function seriesInGeneration(series: Uint8Array, generation: string): Uint8Array {
  if (generation === FIRST_GENERATION) return series;
  const own = Buffer.from(series.buffer, series.byteOffset, ID_BYTES).toString("hex");
  return Buffer.concat([prefixOf(own, generation), series.subarray(ID_BYTES)]);
}

/** Prefixes that were made, by layout and generation: as many as there are layouts that were ever reverted. */
const prefixes = new Map<string, Buffer>();
const PREFIXES_MAX = 10_000;

function prefixOf(layout: string, generation: string): Buffer {
  const key = `${layout}/${generation}`;
  const known = prefixes.get(key);
  if (known) return known;
  if (prefixes.size >= PREFIXES_MAX) prefixes.clear();
  const made = Buffer.from(layoutInGeneration(layout, generation), "hex");
  prefixes.set(key, made);
  return made;
}

/** Tells the generation of a layout; `isFirst` that it is the first one for all of them. */
interface GenerationOf {
  generationOf(layout: string): ReadGeneration;
  isFirst(): boolean;
}

/** Puts the generation's name of a layout in the place of its own wherever the store is asked. */
function inGeneration(online: OnlineStore, { generationOf, isFirst }: GenerationOf): OnlineStore {
  const seen: SeenOverlays = new Map();
  const namesOf = (series: Uint8Array) => {
    const own = Buffer.from(series.buffer, series.byteOffset, ID_BYTES).toString("hex");
    const { generation, overlay } = generationOf(own);
    return {
      base: seriesInGeneration(series, generation),
      over: overlay === undefined ? undefined : seriesInGeneration(series, overlay),
    };
  };
  const noteOf = (name: string, generation: string): string =>
    layoutInGeneration(name.slice(0, 2 * ID_BYTES), generation) + name.slice(2 * ID_BYTES);
  const generationOfNote = (name: string): string => generationOf(name.slice(0, 2 * ID_BYTES)).generation;
  return {
    // The generation is looked up in the turn in which the store reads: questions of one call are of one generation.
    read: (questions) => (isFirst() ? online.read(questions) : readOver(online, questions, namesOf)),
    apply(change) {
      const generation = generationOfNote(change.state.name);
      const names = {
        note: noteOf(change.state.name, generation),
        seriesOf: (series: Uint8Array, overlay: string | undefined) =>
          seriesInGeneration(series, overlay ?? generation),
      };
      return applyOver(online, change, { names, seen });
    },
    async state(name) {
      const note = await online.state(noteOf(name, generationOfNote(name)));
      return note && withoutOverlay(note);
    },
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
  /** What was answered at once is over before anybody can ask. */
  const counted = <T>(answer: T | Promise<T>): T | Promise<T> => (answer instanceof Promise ? ending(answer) : answer);
  const ending = async <T>(answer: Promise<T>): Promise<T> => {
    const mine = now;
    mine.count += 1;
    try {
      return await answer;
    } finally {
      mine.count -= 1;
      if (mine.count === 0 && mine !== now) mine.end();
    }
  };
  return {
    counting: (online: OnlineStore): OnlineStore => ({
      read: (questions) => counted(online.read(questions)),
      apply: async (change) => ending(online.apply(change)),
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
