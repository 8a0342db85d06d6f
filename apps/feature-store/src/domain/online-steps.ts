import type { OnlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineStore } from "./online-store.ts";
import { afterExtractStep, changesOf, type ExtractStep } from "./online-write.ts";

/** Rows of one commit of an extract. */
export interface Step extends Omit<ExtractStep, "rowCount"> {
  readonly rows: readonly OnlineRow[];
}

/** Applies steps one after the other. What the next one writes is put together while one is written. */
export function inTurn(online: OnlineStore, layout: OnlineLayout) {
  let written = 0;
  let underWay: Promise<number | undefined> = Promise.resolve(0);
  const settled = async (): Promise<boolean> => {
    const count = await underWay;
    underWay = Promise.resolve(0);
    written += count ?? 0;
    return count !== undefined;
  };
  return {
    /** Resolves to false if the step before was not the next one: then this one is not applied either. */
    async apply({ rows, ...rest }: Step): Promise<boolean> {
      const advance = (note: string | undefined) => afterExtractStep(note, { ...rest, rowCount: rows.length });
      const changes = changesOf(layout, rows);
      if (!(await settled())) return false;
      underWay = online.apply({ changes, state: { name: layout.id, advance } });
      // Whoever waits for it is told.
      underWay.catch(() => {});
      return true;
    },
    /** Resolves when nothing is under way. Fails if the last step did. */
    async end(): Promise<void> {
      await settled();
    },
    written: () => written,
  };
}
