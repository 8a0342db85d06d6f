import type { Write } from "@throughline/store";

/** Takes layouts out of an online store, for good. */
export interface LayoutRemoval {
  /** True if other processes may read and write the same store. */
  readonly isShared: boolean;
  /**
   * Removes all entries and the note of a layout, in small steps between which others read and write. Nobody else may write
   * to the layout. Reads of this process that began before find the layout whole. Doing it again, or for one that is not
   * there, is harmless.
   */
  removeLayout(id: string): Promise<void>;
  /** Resolves when what was changed before survives a failure of the power, too. */
  flush(): Promise<void>;
}

/** Where a generation stands. */
export type GenerationState = "preparing" | "current" | "retired";

/** One generation of a source's online values: all of them, or what lies over another one. */
export interface Generation {
  readonly project: string;
  readonly source: string;
  readonly generation: string;
  /** The generation that it lies over. Undefined if it has all values. */
  readonly over?: string;
  readonly state: GenerationState;
  /** Ids of the layouts that were computed in it. */
  readonly layouts: readonly string[];
  /** The data version since which it is right. Undefined while it is prepared, and for the first one. */
  readonly since?: number;
  /** When it was begun, or somebody last said that it is being prepared. */
  readonly timeMs?: number;
}

/**
 * Which generations have entries in the online store, so that none is left behind there, whatever ends the process. The power may take
 * the last changes away from the online store, but nothing from here: what a record tells is flushed before it is told. Laws, checked by
 * `testGenerationLog`:
 * - What was put is there until it was removed.
 * - Of one that is prepared either the commit of `finishing` succeeds or it is given up, never both.
 */
export interface GenerationLog {
  put(generation: Generation): Promise<void>;
  /** The same, to be part of a commit. */
  putting(generation: Generation): readonly Write[];
  /** The same for one that was prepared until now. Fails with PREPARATION_GIVEN_UP if it was given up, as its commit does with REVISION_CONFLICT. */
  finishing(generation: Generation): Promise<readonly Write[]>;
  /** Says that it is still prepared. Nothing happens if it is not. */
  touch(generation: Generation, timeMs: number): Promise<void>;
  /** Retires one of which nobody said anything since it was read, and gives it; otherwise undefined. */
  giveUp(read: Generation): Promise<Generation | undefined>;
  /** Retires one that is still prepared. Gives it as it is then: what was made current stays so. Undefined if it is gone. */
  retire(generation: Generation): Promise<Generation | undefined>;
  get(generation: Pick<Generation, "project" | "source" | "generation">): Promise<Generation | undefined>;
  remove(generation: Generation): Promise<void>;
  everything(): AsyncIterable<Generation>;
}
