import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import { localFiles } from "./local-artifacts.ts";
import type {
  MlflowSource,
  SourceDataset,
  SourceLoggedModel,
  SourcePoint,
  SourceRun,
  SourceVersion,
} from "./source.ts";

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

const RUN_STATES = ["", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
const LOGGED_MODEL_STATES = ["PENDING", "PENDING", "READY", "FAILED"] as const;

/** Reads the folder `mlruns` that MLflow without a database has written: each thing is a folder, each value a file. */
export function folderSource(mlruns: string): MlflowSource {
  const damaged: string[] = [];
  /** What `meta.yaml` of a folder says; undefined if it has none, or none that can be read. */
  const metaOf = async (folder: string): Promise<Fields | undefined> => {
    const path = join(folder, "meta.yaml");
    const isFile = (await lstat(path).catch(() => undefined))?.isFile() === true;
    try {
      return isFile ? fieldsOf(await readFile(path, "utf8")) : undefined;
    } catch (error) {
      damaged.push(`${path} cannot be read: ${(error as Error).message.split("\n")[0]}`);
      return undefined;
    }
  };
  const experimentFolder = async (id: string): Promise<string> => {
    const isThere = (await folders(mlruns)).includes(id);
    return isThere ? join(mlruns, id) : join(mlruns, ".trash", id);
  };
  return {
    async *experiments() {
      for (const root of [mlruns, join(mlruns, ".trash")]) {
        for (const name of await folders(root)) {
          const meta = await metaOf(join(root, name));
          if (meta?.["experiment_id"] === undefined) continue;
          const isDeleted = meta["lifecycle_stage"] === "deleted";
          const createTimeMs = Number(meta["creation_time"] ?? 0);
          const tags = await valuesIn(join(root, name, "tags"));
          yield { id: name, name: text(meta["name"]), isDeleted, tags, createTimeMs };
        }
      }
    },
    async *runs(experimentId) {
      const root = await experimentFolder(experimentId);
      for (const name of await folders(root)) {
        const meta = await metaOf(join(root, name));
        if (meta !== undefined && "run_id" in meta) yield runOf({ metaOf, experiment: root }, name, meta);
      }
    },
    async *history(runId, key) {
      for (const root of [mlruns, join(mlruns, ".trash")]) {
        for (const experiment of await folders(root)) {
          const path = join(root, experiment, runId, "metrics", ...key.split("/"));
          if ((await lstat(path).catch(() => undefined))?.isFile()) yield* pointsIn(path);
        }
      }
    },
    async *loggedModels(experimentId) {
      const root = join(await experimentFolder(experimentId), "models");
      for (const name of await folders(root)) {
        const meta = await metaOf(join(root, name));
        if (meta?.["lifecycle_stage"] !== "deleted" && meta !== undefined) yield loggedModelOf(join(root, name), meta);
      }
    },
    files: (owner) => localFiles(dirname(mlruns), owner),
    async *models() {
      const root = join(mlruns, "models");
      for (const name of await folders(root)) {
        const meta = await metaOf(join(root, name));
        if (meta === undefined) continue;
        const aliases = Object.entries(await valuesIn(join(root, name, "aliases")));
        yield {
          name,
          description: text(meta["description"]),
          tags: await valuesIn(join(root, name, "tags")),
          aliases: Object.fromEntries(aliases.map(([alias, version]) => [alias, Number(version)])),
        };
      }
    },
    async *versions(model) {
      const root = join(mlruns, "models", model);
      const found: SourceVersion[] = [];
      for (const name of await folders(root)) {
        const meta = name.startsWith("version-") ? await metaOf(join(root, name)) : undefined;
        if (meta === undefined || meta["current_stage"] === "Deleted_Internal") continue;
        found.push(versionOf(meta, await valuesIn(join(root, name, "tags"))));
      }
      yield* found.sort((a, b) => a.version - b.version);
    },
    async location(model, version) {
      const meta = await metaOf(join(mlruns, "models", model, `version-${version}`));
      return text(meta?.["storage_location"]) || text(meta?.["source"]);
    },
    damaged: () => damaged,
    close() {},
  };
}

/** Names of the folders in a folder; none if it is not there. */
async function folders(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((it) => it.isDirectory())
    .map((it) => it.name)
    .sort();
}

type MetaOf = (folder: string) => Promise<Fields | undefined>;

/** Ids of digits would lose some as numbers. */
function fieldsOf(source: string): Fields {
  const fields: unknown = parse(source, { intAsBigInt: true, maxAliasCount: 0 });
  if (typeof fields !== "object" || fields === null) throw new Error("it has no fields");
  return fields as Fields;
}

/** Every file below a folder by its path: the keys of params, tags and metrics may have slashes. */
async function valuesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const paths = await filesBelow(folder);
  const pairs = paths.map(async (path) => [keyOf(folder, path), await readFile(path, "utf8")] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

const keyOf = (folder: string, path: string): string => relative(folder, path).split(sep).join("/");

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
}

async function* pointsIn(path: string): AsyncIterable<SourcePoint> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    if (line.trim() !== "") yield pointOf(line.split(" "));
}

const pointOf = ([time = "0", value = "0", step = "0"]: readonly string[]): SourcePoint => ({
  timeMs: Number(time),
  value: numberOf(value),
  step: BigInt(step),
});

/** Python writes `inf`, `-inf` and `nan`. */
const numberOf = (written: string): number =>
  /^-?inf/i.test(written) ? (written.startsWith("-") ? -1 : 1) * Number.POSITIVE_INFINITY : Number(written);

/** The folder of an experiment, and how records in it are read. */
interface Place {
  readonly metaOf: MetaOf;
  readonly experiment: string;
}

async function runOf(place: Place, name: string, meta: Fields): Promise<SourceRun> {
  const { metaOf, experiment } = place;
  const folder = join(experiment, name);
  const endTimeMs = Number(meta["end_time"] ?? 0);
  const outputs = await Promise.all(
    (await folders(join(folder, "outputs"))).map((it) => metaOf(join(folder, "outputs", it))),
  );
  const inputs = await Promise.all(
    (await folders(join(folder, "inputs"))).map((it) => metaOf(join(folder, "inputs", it))),
  );
  const known = inputs.filter((it) => it !== undefined);
  const datasets = known.filter((it) => it["source_type"] === "DATASET");
  return {
    id: name,
    name: text(meta["run_name"]),
    status: RUN_STATES[Number(meta["status"])] ?? "",
    startTimeMs: Number(meta["start_time"] ?? 0),
    ...(endTimeMs > 0 && { endTimeMs }),
    isDeleted: meta["lifecycle_stage"] === "deleted",
    artifactUri: text(meta["artifact_uri"]),
    params: await valuesIn(join(folder, "params")),
    tags: await valuesIn(join(folder, "tags")),
    metricKeys: (await filesBelow(join(folder, "metrics"))).map((path) => keyOf(join(folder, "metrics"), path)),
    datasets: (await Promise.all(datasets.map((it) => datasetOf(place, it)))).flat(),
    modelInputs: known.filter((it) => it["destination_type"] === "MODEL_INPUT").map((it) => text(it["destination_id"])),
    modelOutputs: outputs.flatMap((it) =>
      it ? [{ id: text(it["destination_id"]), step: BigInt(text(it["step"]) || 0) }] : [],
    ),
  };
}

async function datasetOf({ metaOf, experiment }: Place, input: Fields): Promise<readonly SourceDataset[]> {
  // A record may say anything: only what is in the folder of data sets is one.
  const meta = await metaOf(join(experiment, "datasets", basename(text(input["source_id"]))));
  if (meta === undefined) return [];
  const tags = Object.entries((input["tags"] as Fields | null) ?? {}).map(([key, value]) => [key, text(value)]);
  return [
    {
      name: text(meta["name"]),
      digest: text(meta["digest"]),
      sourceType: text(meta["source_type"]),
      source: text(meta["source"]),
      schema: text(meta["schema"]),
      profile: text(meta["profile"]),
      tags: Object.fromEntries(tags),
    },
  ];
}

async function loggedModelOf(folder: string, meta: Fields): Promise<SourceLoggedModel> {
  const metrics = [];
  for (const path of await filesBelow(join(folder, "metrics"))) {
    const key = keyOf(join(folder, "metrics"), path);
    for (const line of (await readFile(path, "utf8")).split("\n").filter((it) => it.trim() !== "")) {
      const parts = line.split(" ");
      const [, , , runId = "", datasetName = "", datasetDigest = ""] = parts;
      metrics.push({ ...pointOf(parts), key, runId, datasetName, datasetDigest });
    }
  }
  return {
    id: text(meta["model_id"]),
    name: text(meta["name"]),
    sourceRunId: text(meta["source_run_id"]),
    status: LOGGED_MODEL_STATES[Number(meta["status"])] ?? "PENDING",
    modelType: text(meta["model_type"]),
    artifactUri: text(meta["artifact_location"]),
    params: await valuesIn(join(folder, "params")),
    tags: await valuesIn(join(folder, "tags")),
    metrics,
  };
}

const versionOf = (meta: Fields, tags: Readonly<Record<string, string>>): SourceVersion => ({
  version: Number(meta["version"]),
  description: text(meta["description"]),
  tags,
  stage: text(meta["current_stage"]) || "None",
  runId: text(meta["run_id"]),
  runLink: text(meta["run_link"]),
  source: text(meta["source"]),
});
