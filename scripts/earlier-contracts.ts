import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./run.ts";

/** The contracts as they landed. */
export interface EarlierContracts {
  /** The git ref they come from. */
  readonly ref: string;
  /** A folder that buf reads like the checkout. */
  readonly folder: string;
}

/**
 * Unpacks the contracts of the landed main into the cache, beside the contracts of others that they import: those are
 * in no commit. Returns undefined if there is no main yet, or it has no contracts.
 */
export async function earlierContracts(): Promise<EarlierContracts | undefined> {
  const ref = await firstRef(["origin/main", "main"]);
  if (ref === undefined) return undefined;
  const { stdout } = await run(["git", "ls-tree", "--name-only", ref, "proto", "buf.yaml"], { quiet: true });
  if (stdout.trim() !== "buf.yaml\nproto") return undefined;

  const folder = join(ROOT, ".cache", "earlier-contracts");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "contracts.tar");
  const made = await run(["git", "archive", "--output", archive, ref, "proto", "buf.yaml"]);
  const unpacked = made.code === 0 && (await run(["tar", "-xf", archive, "-C", folder])).code === 0;
  if (!unpacked) throw new Error(`the contracts of ${ref} could not be unpacked into ${folder}`);
  rmSync(archive);
  const others = join(ROOT, ".cache", "protos");
  if (existsSync(others)) cpSync(others, join(folder, ".cache", "protos"), { recursive: true });
  return { ref, folder };
}

async function firstRef(candidates: readonly string[]): Promise<string | undefined> {
  for (const ref of candidates) {
    const { code } = await run(["git", "rev-parse", "--quiet", "--verify", `${ref}^{commit}`], { quiet: true });
    if (code === 0) return ref;
  }
  return undefined;
}
