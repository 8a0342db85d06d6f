import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Connection, download } from "@throughline/client";
import type { Recipe, Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type Comparison, compareRuns } from "./compare.ts";
import { environmentState, lockDifferences } from "./environment.ts";
import { execute } from "./execute.ts";
import { checkOut } from "./git.ts";
import { asRun, logOutputs } from "./record.ts";

/** What to run again, and where its code is. */
export interface Replay {
  /** `projects/{project}/runs/{run}`. */
  readonly run: string;
  /** A working copy that has the commit. */
  readonly repository: string;
  /** Go on even if the environment is another. */
  readonly anyEnvironment: boolean;
  /** `host:port` of the platform's gRPC, told to the command. */
  readonly grpc: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a replay went. */
export interface Replayed {
  /** The run that the replay made. */
  readonly run: string;
  readonly exitCode: number;
  /** Lines in which the environment differs from the recorded one. */
  readonly environmentDifferences: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/**
 * Runs a recorded run again in a fresh copy of its code, with its inputs, params and seed, as a run of its own, and compares
 * what the two made. Fails if the recipe is incomplete, the commit is not there, or the environment differs.
 */
export async function replay(connection: Connection, wanted: Replay): Promise<Replayed> {
  const { run: original } = await connection.tracking.getRun({ name: wanted.run });
  if (!original) throw new Error(`${wanted.run} was answered without a run`);
  const recipe = completeRecipe(original);
  const folder = await mkdtemp(join(tmpdir(), "throughline-replay-"));
  try {
    const code = join(folder, "code");
    const difference = await bytesOf(connection, recipe.code?.diffDigest ?? "", join(folder, "difference"));
    await checkOut(wanted.repository, { commit: recipe.code?.commit ?? "", difference }, code);
    const directory = join(code, recipe.workingDirectory);
    const lock = await bytesOf(connection, recipe.environment?.lockDigest ?? "", join(folder, "lock"));
    const present = await environmentState(recipe.command, { directory, top: code });
    const environmentDifferences = differencesFrom(recipe, lock.toString(), present);
    if (environmentDifferences.length > 0 && !wanted.anyEnvironment) throw environmentDiffers(environmentDifferences);
    await fetchInputs(connection, original, directory);
    return { ...(await runAgain(connection, { original, recipe }, { ...wanted, directory })), environmentDifferences };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place extends Replay {
  readonly directory: string;
}

async function runAgain(
  connection: Connection,
  { original, recipe }: { readonly original: Run; readonly recipe: Recipe },
  place: Place,
): Promise<Omit<Replayed, "environmentDifferences">> {
  const { tracking, parent } = connection;
  // The digest is the platform's to give.
  const again = { ...recipe, digest: "" };
  const tags = { "throughline.replay_of": original.name };
  const displayName = `replay of ${original.displayName || original.name.split("/").at(-1)}`.slice(0, 250);
  const created = await tracking.createRun({
    parent,
    run: { experiment: original.experiment, displayName, tags, recipe: again },
  });
  const run = created.run?.name ?? "";
  await tracking.logBatch({ run, params: original.params, datasets: original.datasets });
  const seed = recipe.seed;
  const exitCode = await asRun(connection, run, async () => {
    const code = await execute(recipe.command, { ...place, run, params: original.params, seed });
    const paths = code === 0 ? await presentAmong(place.directory, original) : [];
    await logOutputs(connection, { run, folder: place.directory, paths });
    return code;
  });
  const { run: replayed } = await tracking.getRun({ name: run });
  return { run, exitCode, comparisons: replayed ? compareRuns(original, replayed) : [] };
}

/** The outputs of the original that the replay has made as well. */
async function presentAmong(folder: string, original: Run): Promise<readonly string[]> {
  const paths = original.artifacts.map((it) => it.path);
  const there = await Promise.all(paths.map((path) => readable(join(folder, path))));
  return paths.filter((_, i) => there[i]);
}

const readable = (location: string): Promise<boolean> =>
  readFile(location).then(
    () => true,
    () => false,
  );

function completeRecipe({ name, recipe }: Run): Recipe {
  const missing = [...(recipe?.command.length ? [] : ["the command"]), ...(recipe?.code?.commit ? [] : ["the commit"])];
  if (recipe === undefined || missing.length > 0)
    throw new Error(
      `${name} cannot be run again. Not recorded: ${missing.join(", ")}. "throughline run record" records runs whole.`,
    );
  return recipe;
}

function differencesFrom(
  recipe: Recipe,
  lock: string,
  present: { readonly lock: string; readonly runtime: string; readonly platform: string },
): readonly string[] {
  const { runtime = "", platform = "" } = recipe.environment ?? {};
  const pairs: readonly (readonly [string, string])[] = [
    [runtime, present.runtime],
    [platform, present.platform],
  ];
  return [
    ...pairs.flatMap(([before, after]) => (before === after ? [] : [`- ${before}`, `+ ${after}`])),
    ...lockDifferences(lock, present.lock, 40),
  ];
}

const environmentDiffers = (lines: readonly string[]): Error =>
  new Error(
    `the environment is not the recorded one:\n  ${lines.join("\n  ")}\nInstall what was recorded, or go on with --any-environment.`,
  );

/** Brings the inputs to where the command expects them. What the code brought along is checked by its digest as well. */
async function fetchInputs(connection: Connection, original: Run, folder: string): Promise<void> {
  for (const { dataset, context } of original.datasets) {
    if (context !== "input" || !dataset) continue;
    const location = join(folder, ...safeNames(dataset.displayName));
    await mkdir(dirname(location), { recursive: true });
    await download(connection, dataset.digest, location);
  }
}

/** A name from elsewhere must not lead out of the folder. */
function safeNames(path: string): readonly string[] {
  const names = path.split("/");
  if (names.some((it) => it === "" || it === "." || it === ".." || /[\\:\0]/.test(it)))
    throw new Error(`the input ${JSON.stringify(path)} is not a path within the code: it is not fetched`);
  return names;
}

async function bytesOf(connection: Connection, digest: string, path: string): Promise<Buffer> {
  if (digest === "") return Buffer.of();
  await download(connection, digest, path);
  return readFile(path);
}
