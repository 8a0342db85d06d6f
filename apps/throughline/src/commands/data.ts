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
import { fits } from "../resource-methods.ts";
import { shownResult, shownUntilEnded } from "./progress.ts";
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

interface Expected {
  readonly collection: string;
  readonly example: string;
}

/** The whole name of a resource. Fails for one of another kind, before anything is sent. */
function named(given: string, { project }: DataFlags, { collection, example }: Expected): string {
  const name = wholeName(given, project);
  if (!fits(`projects/*/${collection}/*`, name))
    throw new Error(`${given} is not a name such as ${example}: "throughline list ${collection}" shows what there is.`);
  return name;
}

/** Bytes are sent to the project of the resource that needs them. */
const inProjectOf = (name: string, flags: DataFlags): DataFlags => ({ ...flags, project: name.split("/")[1] ?? "" });

const FORMATS: Readonly<Record<string, FileFormat>> = { ".parquet": FileFormat.PARQUET, ".csv": FileFormat.CSV };

async function load(given: string, file: string, flags: DataFlags): Promise<void> {
  const format = FORMATS[extname(file).toLowerCase()];
  if (format === undefined) throw new Error(`${file} ends neither in .parquet nor in .csv`);
  const source = named(given, flags, { collection: "sources", example: "sources/flights" });
  const connection = connected(inProjectOf(source, flags));
  const { digest } = await upload(connection, file);
  const { operation } = await connection.features.loadSource({ source, digest, format });
  const { segment } = await shownResult(connection, operation, LoadSourceResultSchema);
  process.stdout.write(`${source}: ${segment?.rowCount} rows, data version ${segment?.dataVersion}\n`);
}

async function trainingSet(given: string, flags: TrainingSetFlags): Promise<void> {
  const featureService = named(given, flags, { collection: "featureServices", example: "featureServices/flights" });
  const connection = connected(inProjectOf(featureService, flags));
  const { digest: spineDigest } = await upload(connection, flags.spine);
  const { operation } = await connection.features.createTrainingSet({
    parent: connection.parent,
    featureService,
    spineDigest,
    cutoffColumn: flags.cutoff,
    labelColumns: [...flags.label],
  });
  const { trainingSet: made } = await shownResult(connection, operation, CreateTrainingSetResultSchema);
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
  await shownUntilEnded(connected(flags), wholeName(given, flags.project));
}
