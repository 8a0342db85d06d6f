import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Line, Place } from "../lines.ts";
import { type Aim, atMoment, type Killer } from "../moment.ts";
import { type Random, whole } from "../random.ts";

/** Something that a process leaves on disk while it works, as it is seen from outside. */
type Trace =
  /** A file in between. */
  | "scratch"
  /** A file on its way into the object storage. */
  | "spool"
  /** An object. */
  | "object"
  /** A commit. */
  | "store"
  /** Online values. */
  | "online";

/** A step of some work: the process is killed at one of its traces, from the first after the work began. */
interface Step {
  readonly what: string;
  readonly trace: Trace;
  /** Part of the names of the files that count. */
  readonly file?: string;
  /** So many traces of the kind there may be. */
  readonly most: number;
}

const steps = (what: string, traces: readonly (readonly [Trace, number, string?])[]): readonly Step[] =>
  traces.map(([trace, most, file]) => ({ what, trace, most, ...(file !== undefined && { file }) }));

const STEPS: readonly Step[] = [
  ...steps("upload a file", [
    ["spool", 1],
    ["object", 1],
    ["store", 2],
  ]),
  ...steps("load a file", [
    ["scratch", 1, "loaded"],
    ["scratch", 1, "segment"],
    ["spool", 2],
    ["object", 2],
    ["store", 12],
  ]),
  ...steps("push rows", [
    ["scratch", 1, "segment"],
    ["spool", 1],
    ["object", 1],
    ["store", 4],
    ["online", 4],
  ]),
  ...steps("send a message of a stream", [
    ["object", 2],
    ["store", 4],
    ["online", 4],
  ]),
  ...steps("materialise", [
    ["scratch", 6],
    ["online", 12],
    ["store", 6],
  ]),
  ...steps("compact", [
    ["scratch", 2, "compacted"],
    ["spool", 2],
    ["object", 2],
    ["store", 12],
  ]),
  ...steps("revert", [
    ["scratch", 12],
    ["spool", 2],
    ["object", 2],
    ["online", 12],
    ["store", 16],
  ]),
];

/** One kill in three is by the clock or by writes, which meets starts too; the others are at a step. */
export const atStep: Aim = (aiming) => {
  const { random, place, kill } = aiming;
  if (random() < 0.33) return atMoment(aiming);
  const step = STEPS[whole(random, 0, STEPS.length - 1)] as Step;
  return killAt(step, { random, place, kill });
};

/** A step that does not come is not waited for longer than this once the work is written. */
const PATIENCE_MS = 10_000;
const BEGINS_MOST = 3;
/** How long after its trace the kill may come. */
const AFTER_MS_MOST = 12;

interface Killing {
  readonly random: Random;
  readonly place: Place;
  kill(): void;
}

function killAt({ what, trace, file = "", most }: Step, { random, place, kill }: Killing): Killer {
  const number = whole(random, 1, most);
  const afterMs = random() < 0.4 ? 0 : random() * AFTER_MS_MOST;
  const watchers: FSWatcher[] = [];
  const timers: NodeJS.Timeout[] = [];
  /** How often the work begins before it is the one to be hit: what comes later meets more data. */
  let beginsLeft = whole(random, 1, BEGINS_MOST);
  let count = 0;
  const traced = (name: string | null): void => {
    if (beginsLeft > 0 || !name?.includes(file) || ++count !== number) return;
    if (afterMs === 0) kill();
    else timers.push(setTimeout(kill, afterMs));
  };
  return {
    see(line: Line) {
      if (line.line === "checked") {
        timers.push(setTimeout(kill, PATIENCE_MS));
        watchers.push(...foldersOf(place, trace).map((it) => watching(it, traced)));
      }
      if (line.line === "begin" && line.what === what) beginsLeft -= 1;
    },
    cancel() {
      for (const it of timers) clearTimeout(it);
      for (const it of watchers) it.close();
    },
  };
}

interface Watched {
  readonly folder: string;
  /** Part of the names of the files that matter there. */
  readonly file?: string;
}

function foldersOf({ dir, servers }: Place, trace: Trace): readonly Watched[] {
  const { store, blobs, online } = servers ?? {};
  if (trace === "scratch") return [{ folder: join(dir, "online/scratch") }];
  if (trace === "spool") return [{ folder: join(dir, blobs === undefined ? "blobs/tmp" : "blob-cache/spool") }];
  if (trace === "object") return [{ folder: blobs ?? join(dir, "blobs/objects") }];
  if (trace === "online") return [{ folder: online ?? join(dir, "online/values") }];
  return store === undefined ? [{ folder: dir, file: "metadata.db" }] : [{ folder: store }];
}

function watching({ folder, file = "" }: Watched, traced: (name: string | null) => void): FSWatcher {
  const isDeep = file === "";
  const watcher = watch(folder, { recursive: isDeep, persistent: false }, (_, name) => {
    if (name?.includes(file)) traced(name);
  });
  // What is watched comes and goes all the time.
  watcher.on("error", () => {});
  return watcher;
}
