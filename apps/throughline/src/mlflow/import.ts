import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "@throughline/client";
import type { Kind, Tally } from "./report.ts";
import type { MlflowSource } from "./source.ts";

/** Everything that an import works with. */
export interface Import {
  readonly connection: Connection;
  readonly source: MlflowSource;
  readonly counts: Tally;
  readonly progress: (line: string) => void;
  /** Logged models that are only here for versions to be registered from their files: MLflow has deleted them. */
  readonly broughtBack: Set<string>;
}

/** Failures that everything after them would meet too. */
const HOPELESS: readonly Code[] = [
  Code.Unavailable,
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.DeadlineExceeded,
  Code.Canceled,
];

/** Copies one thing. If the platform refuses it, or its records make no sense, that is a problem, and the import goes on. */
export async function attempt(
  { counts }: Pick<Import, "counts">,
  { kind, what }: { readonly kind: Kind; readonly what: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (HOPELESS.includes(ConnectError.from(error).code)) throw error;
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
