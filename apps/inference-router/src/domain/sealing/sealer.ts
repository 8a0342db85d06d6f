import { hourOf } from "./hour.ts";
import { type Hour, type SealingHour, sealHour } from "./seal-hour.ts";
import type { LogPart } from "./sealable-log.ts";
import type { SealedLog } from "./sealed-log.ts";

/** Seals the log hour by hour in the background, and moves what is sealed and old to the blob store. */
export interface Sealer {
  /** Looks at every deployment once: seals the hours that are over, and moves old parts. */
  look(): Promise<void>;
  /** Seals everything that a deployment has now. Gives what this call sealed, oldest first. */
  seal(deployment: string, signal: AbortSignal): Promise<readonly SealedLog[]>;
  close(): Promise<void>;
}

export interface SealerOptions extends SealingHour {
  /** Pause between two looks. */
  readonly lookMs: number;
  /** How long the parts of the log stay in their folder; then they are moved to the blob store, if they are sealed. */
  readonly localMs: number;
  readonly onProblem: (deployment: string, error: unknown) => void;
}

export function sealer(options: SealerOptions): Sealer {
  const { log, clock, lookMs, onProblem } = options;
  const closing = new AbortController();
  const known = new Map<string, Set<string>>();
  let turn: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  /** One after the other: two at once would seal the same hour. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  };
  const sealedIn = (deployment: string): Set<string> => {
    const found = known.get(deployment) ?? new Set<string>();
    known.set(deployment, found);
    return found;
  };
  const sealDue = async (deployment: string, beforeMs: number, signal: AbortSignal): Promise<readonly SealedLog[]> => {
    await log.seal(deployment, beforeMs);
    const isSealed = sealedIn(deployment);
    const done: SealedLog[] = [];
    for (const hour of await unsealedHours(options, { deployment, beforeMs, isSealed })) {
      const sealed = await sealHour(options, hour, signal);
      for (const it of sealed.segments) isSealed.add(it.segment);
      done.push(sealed);
    }
    return done;
  };
  const moveOld = async (deployment: string): Promise<void> => {
    const isSealed = sealedIn(deployment);
    const before = clock.now() - options.localMs;
    for (const { segment, hourMs, isMoved } of log.parts(deployment)) {
      if (isMoved || hourMs >= before || !isSealed.has(segment)) continue;
      closing.signal.throwIfAborted();
      await log.moveAway(deployment, segment, async (path) => (await options.file.keep(path)).digest);
    }
  };
  const look = (): Promise<void> =>
    inTurn(async () => {
      for (const deployment of log.deployments()) {
        try {
          closing.signal.throwIfAborted();
          await sealDue(deployment, hourOf(clock.now()), closing.signal);
          await moveOld(deployment);
        } catch (error) {
          if (closing.signal.aborted) return;
          onProblem(deployment, error);
        }
      }
    });
  const later = (): void => {
    timer = setTimeout(() => void look().finally(() => !closing.signal.aborted && later()), lookMs);
    timer.unref();
  };
  later();

  return {
    look,
    seal: (deployment, signal) =>
      inTurn(() => sealDue(deployment, Number.POSITIVE_INFINITY, AbortSignal.any([signal, closing.signal]))),
    async close() {
      closing.abort();
      clearTimeout(timer);
      await turn;
    },
  };
}

interface Due {
  readonly deployment: string;
  /** Only parts of hours before this one. */
  readonly beforeMs: number;
  /** Segments that are known to be sealed; those that turn out to be are added. */
  readonly isSealed: Set<string>;
}

/** What is to be sealed, oldest first: what a crash left half done as it was begun, and then the other parts by their hours. */
async function unsealedHours(
  { log, sealed }: SealingHour,
  { deployment, beforeMs, isSealed }: Due,
): Promise<readonly Hour[]> {
  const parts = log.parts(deployment).filter((it) => it.bytes > 0);
  // Only what is sealed was ever moved.
  for (const it of parts) if (it.isMoved) isSealed.add(it.segment);
  const open = parts.filter((it) => !isSealed.has(it.segment));
  const oldest = open[0];
  if (oldest === undefined) return [];
  const left = new Map(open.map((it) => [it.segment, it]));
  const hours: Hour[] = [];
  for await (const known of sealed.since(deployment, oldest.hourMs)) {
    // What others have sealed on the same store is of no matter here.
    const mine = known.segments.flatMap((it) => left.get(it.segment) ?? []);
    if (mine.length === 0) continue;
    for (const it of mine) left.delete(it.segment);
    if (known.state === "SEALED") for (const it of mine) isSealed.add(it.segment);
    else hours.push({ deployment, hourMs: known.hourMs, parts: mine, begun: known });
  }
  const due: readonly LogPart[] = [...left.values()].filter((it) => it.hourMs < beforeMs);
  for (const [hourMs, of] of Map.groupBy(due, (it) => it.hourMs)) hours.push({ deployment, hourMs, parts: of });
  return hours.sort((a, b) => ((a.parts[0]?.segment ?? "") < (b.parts[0]?.segment ?? "") ? -1 : 1));
}
