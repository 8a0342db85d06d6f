import { resolve } from "node:path";
import { type Connection, connect } from "@throughline/client";
import { plainTable } from "@throughline/flights/plain-table";
import type { Command } from "commander";
import { record } from "../recipe/record.ts";
import { type Replayed, replay } from "../recipe/replay.ts";
import { wholeName } from "./whole-name.ts";

interface CallFlags {
  readonly grpc: string;
  readonly project: string;
  readonly token?: string;
}

interface RecordFlags extends CallFlags {
  readonly experiment: string;
  readonly name: string;
  readonly param: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly seed?: string;
}

interface ReplayFlags extends CallFlags {
  readonly repository: string;
  readonly anyEnvironment: boolean;
  readonly json: boolean;
}

/** `throughline run record -- python train.py`, `throughline run replay RUN`. */
export function addRuns(program: Command, environment: Readonly<Record<string, string | undefined>>): void {
  const runs = program.command("run").description("run commands so that they can be run again, and run them again");
  withCallFlags(runs.command("record <command...>"))
    .description("run a command in a Git repository, and record everything that is needed to run it again")
    .requiredOption("--experiment <title>", "the experiment; it is created if there is none")
    .option("--name <title>", "title of the run", "")
    .option("--param <key=value>", "a param, told to the command; may be repeated", collect, [])
    .option("--input <path>", "a file or folder that the command reads; may be repeated", collect, [])
    .option("--output <path>", "a file or folder that the command makes; may be repeated", collect, [])
    .option("--seed <number>", "seed of random numbers, told to the command")
    .action(async (command: readonly string[], flags: RecordFlags) => {
      const { experiment, name: title, input: inputs, output: outputs, grpc } = flags;
      const params = Object.fromEntries(flags.param.map(paramOf));
      const seed = flags.seed === undefined ? undefined : seedOf(flags.seed);
      const what = { experiment, title, command, directory: process.cwd(), params, seed, inputs, outputs };
      const { run, exitCode } = await record(connection(flags), { ...what, grpc, environment });
      process.stdout.write(`${run}\n`);
      process.exitCode = exitCode;
    });
  withCallFlags(runs.command("replay <run>"))
    .description("run a recorded run again, and tell which of its outputs are equal")
    .option("--repository <folder>", "a working copy that has the run's commit", ".")
    .option("--any-environment", "go on even if packages or the interpreter differ", false)
    .option("--json", "as JSON", false)
    .action(async (run: string, flags: ReplayFlags) => {
      const name = wholeName(run.includes("/") ? run : `runs/${run}`, flags.project);
      const { grpc, anyEnvironment } = flags;
      const wanted = { run: name, repository: resolve(flags.repository), anyEnvironment, grpc, environment };
      const replayed = await replay(connection(flags), wanted);
      process.stdout.write(flags.json ? `${JSON.stringify(replayed, undefined, 2)}\n` : `${report(replayed)}\n`);
      process.exitCode = isEqual(replayed) ? 0 : 1;
    });
}

const withCallFlags = (command: Command): Command =>
  command
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--project <project>", "the project", "default")
    .option("--token <token>", "who you are, where the platform asks");

const connection = ({ grpc, project, token }: CallFlags): Connection =>
  connect({ baseUrl: `http://${grpc}`, project, ...(token && { token }) });

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function paramOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`--param ${text} is not of the form key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function seedOf(text: string): bigint {
  if (!/^-?\d{1,18}$/.test(text)) throw new Error(`--seed ${text} is not a whole number of at most 18 digits`);
  return BigInt(text);
}

const isEqual = ({ exitCode, comparisons }: Replayed): boolean =>
  exitCode === 0 && comparisons.every((it) => it.result === "equal");

function report(replayed: Replayed): string {
  const shown = plainTable(["", "name", "result", "recorded", "now"]);
  for (const { kind, name, result, before, after } of replayed.comparisons)
    shown.push([kind, name, result, shorten(before), result === "equal" ? "" : shorten(after)]);
  const equal = replayed.comparisons.filter((it) => it.result === "equal").length;
  const ending = replayed.exitCode === 0 ? "" : ` The command ended with code ${replayed.exitCode}.`;
  const environment = replayed.environmentDifferences.map((it) => `  ${it}\n`).join("");
  return [
    shown.toString(),
    ...(environment === "" ? [] : [`The environment differed:\n${environment}`]),
    `${replayed.run}: ${equal} of ${replayed.comparisons.length} are equal.${ending}`,
  ].join("\n");
}

const shorten = (text: string): string => (text.startsWith("sha256:") ? text.slice(0, 19) : text.slice(0, 40));
