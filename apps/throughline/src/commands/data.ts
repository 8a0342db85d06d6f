import { extname } from "node:path";
import { toJson } from "@bufbuild/protobuf";
import { type Connection, connect, upload } from "@throughline/client";
import {
  CreateTrainingSetResultSchema,
  FileFormat,
  LoadSourceResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { type TrainingSet, TrainingSetSchema } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { Command } from "commander";
import { drawing, shownUntilEnded } from "./progress.ts";
import { wholeName } from "./whole-name.ts";

interface DataFlags {
  readonly grpc: string;
  readonly project: string;
  readonly token?: string;
}

interface TrainingSetFlags extends DataFlags {
  readonly spine: string;
  readonly cutoff: string;
  readonly label: readonly string[];
  readonly json: boolean;
}

/** `throughline load`, `throughline training-set` and `throughline watch`: long work of the platform, with its progress. */
export function addData(program: Command): void {
  withFlags(program.command("load <source> <file>"))
    .description("load a Parquet or CSV file (by its ending) into a source, such as sources/flights flights.parquet")
    .action(load);
  withFlags(program.command("training-set <service>"))
    .description(
      "join a feature service, such as featureServices/flights, to a spine, and certify that no row knows the future",
    )
    .requiredOption("--spine <file>", "Parquet file with the keys, the cut-off, and labels if there are any")
    .requiredOption("--cutoff <column>", "its column that holds each row's cut-off")
    .option(
      "--label <column>",
      "a column that is a label; may be repeated",
      (it, all: readonly string[]) => [...all, it],
      [],
    )
    .option("--json", "the training set as JSON", false)
    .action(trainingSet);
  withFlags(program.command("watch <operation>"))
    .description("show how far an operation is until it ends, such as operations/feature-store.0198")
    .action(watch);
}

const withFlags = (command: Command): Command =>
  command
    .option("--grpc <host:port>", "the platform's gRPC address", "127.0.0.1:9090")
    .option("--project <project>", "the project of a name that leaves it out", "default")
    .option("--token <token>", "who you are, where the platform asks");

const connected = ({ grpc, project, token }: DataFlags): Connection =>
  connect({ baseUrl: `http://${grpc}`, project, ...(token && { token }) });

const FORMATS: Readonly<Record<string, FileFormat>> = { ".parquet": FileFormat.PARQUET, ".csv": FileFormat.CSV };

async function load(given: string, file: string, flags: DataFlags): Promise<void> {
  const format = FORMATS[extname(file).toLowerCase()];
  if (format === undefined) throw new Error(`${file} ends neither in .parquet nor in .csv`);
  const connection = connected(flags);
  const source = wholeName(given, flags.project);
  const { digest } = await upload(connection, file);
  const { operation } = await connection.features.loadSource({ source, digest, format });
  const { segment } = await shownUntilEnded(connection, operation, LoadSourceResultSchema);
  process.stdout.write(`${source}: ${segment?.rowCount} rows, data version ${segment?.dataVersion}\n`);
}

async function trainingSet(given: string, flags: TrainingSetFlags): Promise<void> {
  const connection = connected(flags);
  const { digest: spineDigest } = await upload(connection, flags.spine);
  const { operation } = await connection.features.createTrainingSet({
    parent: connection.parent,
    featureService: wholeName(given, flags.project),
    spineDigest,
    cutoffColumn: flags.cutoff,
    labelColumns: [...flags.label],
  });
  const { trainingSet: made } = await shownUntilEnded(connection, operation, CreateTrainingSetResultSchema);
  if (!made) throw new Error("the platform answered without a training set");
  process.stdout.write(
    flags.json ? `${JSON.stringify(toJson(TrainingSetSchema, made), undefined, 2)}\n` : certified(made),
  );
}

function certified({ name, rowCount, digest, fileDigest, certificate: it }: TrainingSet): string {
  return [
    `${name}: ${rowCount} rows, ${digest}`,
    `file ${fileDigest}`,
    `certificate ${it?.passed ? "passed" : "failed"}: ${it?.sampledRowCount} rows joined again by plain loops, ` +
      `${it?.mismatchCount} values differ, ${it?.laterKnowledgeCount} values were known later, ${it?.suspects.length} suspects`,
    "",
  ].join("\n");
}

async function watch(given: string, flags: DataFlags): Promise<void> {
  const { operations } = connected(flags);
  const draw = drawing(process.stderr);
  let failure: string | undefined;
  for await (const { operation } of operations.watchOperation({ name: wholeName(given, flags.project) })) {
    draw.show(operation);
    failure = operation?.error?.message;
  }
  draw.end();
  if (failure !== undefined) throw new Error(failure);
}
