import { type TellingDeps, tellFreshness } from "../domain/tell-freshness.ts";

/** How often the feature store is asked, in projects where somebody wants to be told. */
const LOOK_EVERY_MS = 5_000;

/** The following of the freshness of feature views at work. */
export interface FreshnessFollowing {
  /** Looks now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** Looks for alerts of the feature store from time to time, and gives them to the webhooks that want them. */
export function followFreshness(deps: TellingDeps): FreshnessFollowing {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    const mine = underWay.then(() => tellFreshness(deps, stop.signal));
    underWay = mine.catch(() => undefined);
    return mine;
  };
  // One after the other: a feature store that does not answer would have them queue up.
  const next = (): void => {
    if (!stop.signal.aborted) timer = setTimeout(() => void turn(), LOOK_EVERY_MS).unref();
  };
  // What fails, such as a feature store that is away, is looked for again by the next look.
  const turn = (): Promise<void> =>
    look()
      .catch(() => undefined)
      .then(next);
  next();
  return {
    look,
    async close() {
      stop.abort(new Error("the service stops"));
      clearTimeout(timer);
      await underWay;
    },
  };
}
