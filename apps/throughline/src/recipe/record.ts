import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Connection, upload, uploadPieces } from "@throughline/client";
import { type RecipeSchema, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { environmentState } from "./environment.ts";
import { execute } from "./execute.ts";
import { filesOf } from "./files.ts";
import { codeState } from "./git.ts";

/** What to run, and what belongs to it. */
export interface Recording {
  /** Display name of the experiment; it is created if there is none. */
  readonly experiment: string;
  /** Title of the run. Empty: the platform makes one. */
  readonly title: string;
  readonly command: readonly string[];
  /** Folder that the command is started in, within a Git repository. */
  readonly directory: string;
  readonly params: Readonly<Record<string, string>>;
  readonly seed: bigint | undefined;
  /** Files and folders that the command reads, within `directory`. */
  readonly inputs: readonly string[];
  /** Files and folders that the command makes, within `directory`. */
  readonly outputs: readonly string[];
  /** `host:port` of the platform's gRPC, told to the command. */
  readonly grpc: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A run that has ended. */
export interface Recorded {
  readonly run: string;
  readonly exitCode: number;
}

/**
 * Runs a command as a run: its code, environment, inputs, params, seed and command are recorded before it starts, and what
 * it made after it ended. A command that fails makes a FAILED run without outputs, one that a signal ended a KILLED one.
 */
export async function record(connection: Connection, recording: Recording): Promise<Recorded> {
  const { tracking, parent } = connection;
  const code = await codeState(recording.directory);
  const recipe = await recipeOf(connection, recording, code);
  const experiment = await experimentNamed(connection, recording.experiment);
  const created = await tracking.createRun({ parent, run: { experiment, displayName: recording.title, recipe } });
  const run = created.run?.name ?? "";
  const inputs = await filesOf(recording.directory, recording.inputs);
  const datasets = [];
  for (const { path, location } of inputs) {
    const { digest } = await upload(connection, location);
    datasets.push({ dataset: { digest, displayName: path }, context: "input" });
  }
  await tracking.logBatch({ run, params: { ...recording.params }, datasets });
  const exitCode = await asRun(connection, run, async () => {
    const code = await execute(recording.command, { ...recording, run });
    if (code === 0) await logOutputs(connection, { run, folder: recording.directory, paths: recording.outputs });
    return code;
  });
  return { run, exitCode };
}

/**
 * Ends a run as its work ended: FINISHED by code 0, KILLED by a signal, else FAILED; FAILED as well if the work fails, which
 * is then thrown on.
 */
export async function asRun(connection: Connection, run: string, work: () => Promise<number>): Promise<number> {
  const end = (state: RunState) =>
    connection.tracking.updateRun({ run: { name: run, state }, updateMask: { paths: ["state"] } });
  try {
    const code = await work();
    await end(stateOf(code));
    return code;
  } catch (error) {
    await end(RunState.FAILED).catch(() => {});
    throw error;
  }
}

function stateOf(code: number): RunState {
  if (code === 0) return RunState.FINISHED;
  return code > 128 ? RunState.KILLED : RunState.FAILED;
}

/** Uploads what a run made, under the paths that it has within the folder. */
export async function logOutputs(
  connection: Connection,
  { run, folder, paths }: { readonly run: string; readonly folder: string; readonly paths: readonly string[] },
): Promise<void> {
  for (const { path, location } of await filesOf(folder, paths)) {
    const { digest } = await upload(connection, location);
    await connection.tracking.logBatch({ run, artifacts: [{ path, digest }] });
  }
}

async function recipeOf(
  connection: Connection,
  { command, directory, seed }: Recording,
  code: Awaited<ReturnType<typeof codeState>>,
): Promise<MessageInitShape<typeof RecipeSchema>> {
  const { lock, runtime, platform } = await environmentState(command, { directory, top: code.top });
  return {
    code: {
      repository: code.repository,
      commit: code.commit,
      diffDigest: code.difference.length === 0 ? "" : await uploadBytes(connection, code.difference),
    },
    environment: { runtime, platform, lockDigest: lock === "" ? "" : await uploadBytes(connection, Buffer.from(lock)) },
    command: [...command],
    workingDirectory: code.workingDirectory,
    ...(seed !== undefined && { seed }),
  };
}

const uploadBytes = async (connection: Connection, bytes: Buffer): Promise<string> =>
  (await uploadPieces(connection, [bytes])).digest;

async function experimentNamed({ tracking, parent }: Connection, displayName: string): Promise<string> {
  const { experiments } = await tracking.listExperiments({ parent, displayName });
  const found = experiments[0] ?? (await tracking.createExperiment({ parent, experiment: { displayName } })).experiment;
  return found?.name ?? "";
}
