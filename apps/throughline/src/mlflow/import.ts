import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "@throughline/client";
import { isHopeless } from "./import-parts.ts";
import type { Kind, Tally } from "./report.ts";
import type { MlflowSource } from "./source.ts";

/** Everything that an import works with. */
export interface Import {
  readonly connection: Connection;
  readonly source: MlflowSource;
  readonly counts: Tally;
  readonly progress: (line: string) => void;
  /** Logged models that are only here for versions to be registered from their files: MLflow has deleted them. */
  readonly broughtBack: Map<string, BroughtBack>;
}

/**
 * Of a logged model that was brought back: an earlier import has left it, all its files are here, or some are awaited from
 * the next import.
 */
export type BroughtBack = "left" | "whole" | "awaited";

/** Copies one thing. If the platform refuses it, or its records make no sense, that is a problem, and the import goes on. */
export async function attempt(
  { counts }: Pick<Import, "counts">,
  { kind, what }: { readonly kind: Kind; readonly what: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isHopeless(error)) throw error;
    counts.add(kind, 1, 0);
    counts.problem(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs work, and goes on if what it creates is there. */
export async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (ConnectError.from(error).code !== Code.AlreadyExists) throw error;
  }
}

/** How many of the wanted pairs are among the stored ones. */
export const equalIn = (stored: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): number =>
  Object.entries(wanted).filter(([key, value]) => stored[key] === value).length;

export const hasAll = (stored: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  equalIn(stored, wanted) === Object.keys(wanted).length;
