import { DomainError } from "@throughline/kernel";
import type { FreshnessAlert, FreshnessAlerts } from "./freshness-alerts.ts";

/** How often views are looked at. */
const LOOK_EVERY_MS = 10_000;
/** How soon after rows came in: those of many pushes are looked at together. */
const SOON_MS = 1_000;
/** Calls that may watch alerts at once. */
const WATCHERS_MAX = 1_000;
/** How long an alert that another process kept may go unnoticed by those who watch here. */
const POLL_MS = 2_000;

/** Watches over the freshness of views, as long as the service works. */
export interface Alerting {
  /** Looks now, and from time to time from then on. To be called once. */
  start(): void;
  /** Rows came in: what was stale may have recovered. */
  committed(): void;
  /** Looks now. Whoever asks while it is looked waits for another look. */
  look(): Promise<void>;
  /** Told of each alert that this process keeps. */
  onAlert(tell: (alert: FreshnessAlert) => void): void;
  /** The alerts of a project behind a number, and each that comes, until `signal` is aborted. Fails with TOO_MANY_WATCHERS. */
  watch(
    project: string,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<FreshnessAlert, void, undefined>;
  close(): Promise<void>;
}

/** What it is made of. */
export interface AlertingOptions {
  readonly alerts: FreshnessAlerts;
  find(signal: AbortSignal): Promise<readonly FreshnessAlert[]>;
}

export function alerting({ alerts, find }: AlertingOptions): Alerting {
  const closing = new AbortController();
  const listeners: ((alert: FreshnessAlert) => void)[] = [];
  const wakers = new Set<() => void>();
  let underWay: Promise<void> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const findAll = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    const found = await find(closing.signal);
    for (const alert of found) for (const tell of listeners) tell(alert);
    if (found.length > 0) for (const wake of [...wakers]) wake();
  };
  const look = (): Promise<void> => {
    const mine = underWay.then(findAll);
    underWay = mine.catch(() => {});
    return mine;
  };
  // What fails is looked at again by the next look, and readiness tells that the storage fails.
  const lookQuietly = (): void => void look().catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  return {
    look,
    start() {
      lookQuietly();
      timer = setInterval(lookQuietly, LOOK_EVERY_MS);
      // It must not keep a process alive that has nothing else to do.
      timer.unref();
    },
    committed() {
      soon ??= setTimeout(() => {
        soon = undefined;
        lookQuietly();
      }, SOON_MS);
      soon.unref();
    },
    onAlert: (tell) => void listeners.push(tell),
    watch: (project, after, signal) =>
      watch({ alerts, wakers, project, signal: AbortSignal.any([signal, closing.signal]) }, after),
    async close() {
      closing.abort(new Error("the service stops"));
      clearInterval(timer);
      clearTimeout(soon);
      for (const wake of [...wakers]) wake();
      await underWay;
    },
  };
}

interface Watching {
  readonly alerts: FreshnessAlerts;
  readonly wakers: Set<() => void>;
  readonly project: string;
  readonly signal: AbortSignal;
}

async function* watch({ alerts, wakers, project, signal }: Watching, after: number | undefined) {
  if (wakers.size >= WATCHERS_MAX) throw tooManyWatchers();
  let wake = (): void => {};
  // Registered before it looks, so that no alert comes unseen between a look and the wait behind it.
  let isNews = false;
  const told = (): void => {
    isNews = true;
    wake();
  };
  wakers.add(told);
  signal.addEventListener("abort", told, { once: true });
  try {
    for (let last = after ?? (await alerts.newest(project)); !signal.aborted; ) {
      isNews = false;
      const found = await alerts.after(project, last);
      for (const it of found) yield it;
      last = found.at(-1)?.number ?? last;
      if (found.length > 0 || isNews || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    }
  } finally {
    wakers.delete(told);
    signal.removeEventListener("abort", told);
  }
}

const tooManyWatchers = (): DomainError =>
  new DomainError(
    "exhausted",
    "TOO_MANY_WATCHERS",
    `${WATCHERS_MAX} calls watch alerts already. Close one, or list the alerts from time to time.`,
  );
