import { isAbsolute, resolve } from "node:path";
import { ConfigError, isDomainError, type Parse, resourceName, type Setting, text } from "@throughline/kernel";
import { sparkAddress } from "./connection.ts";
import { EVERYWHERE, locateIn, type SharedFolder } from "./shared-files.ts";

/** Stands for all projects. */
export const ALL_PROJECTS = "*";

const PROJECT = resourceName("projects/{project}");

const projects: Parse<readonly string[]> = (value) => {
  const ids = value.split(",").map((it) => it.trim());
  if (value === ALL_PROJECTS) return ids;
  const wrong = ids.find((it) => !PROJECT.matches(`projects/${it}`));
  if (wrong === undefined) return ids;
  throw new Error(`expected ids of projects with commas between them, or ${ALL_PROJECTS}; "${wrong}" is no id`);
};

const folder: Parse<string> = (value) => {
  if (!isAbsolute(value)) throw new Error("expected an absolute path");
  return value;
};

const sharedFolders: Parse<readonly SharedFolder[]> = (value) =>
  value.split(",").map((it) => {
    const [path = "", ...rest] = it.trim().split("=");
    const url = rest.length > 0 ? rest.join("=") : `file:${path}`;
    if (isAbsolute(path) && /^[a-z][a-z0-9+.-]*:./.test(url)) return { folder: path, url };
    throw new Error(
      `expected /folder or /folder=url with commas between them, such as /data=file:/mnt/data; "${it}" is not`,
    );
  });

/**
 * The settings of services whose projects may use Spark. An app spreads them into its own, and passes the values to
 * `openSparkProjects`.
 *
 * | variable | meaning | default |
 * |---|---|---|
 * | THROUGHLINE_SPARK | Spark's connection string, `sc://host:port/;token=...;use_ssl=true` | none: DuckDB alone |
 * | THROUGHLINE_SPARK_PROJECTS | ids of the projects that use Spark, with commas between them, or `*` | must be set then |
 * | THROUGHLINE_SPARK_EXCHANGE | folder that Spark and the service share, for results on their way | `spark` in the data folder, if Spark is on this machine |
 * | THROUGHLINE_SPARK_PATHS | other shared folders: `/folder` if it is called alike there, or `/folder=url` | all, if Spark is on this machine |
 */
export const SPARK_SETTINGS = {
  // Never shown, since it may hold a token: so it is read where messages leave it out.
  spark: { name: "THROUGHLINE_SPARK", parse: text, fallback: "" },
  sparkProjects: { name: "THROUGHLINE_SPARK_PROJECTS", parse: projects, fallback: [] },
  sparkExchange: { name: "THROUGHLINE_SPARK_EXCHANGE", parse: folder, fallback: "" },
  sparkPaths: { name: "THROUGHLINE_SPARK_PATHS", parse: sharedFolders, fallback: [] },
} as const satisfies Record<string, Setting<unknown>>;

/** The values of SPARK_SETTINGS. */
export interface SparkSettings {
  readonly spark: string;
  readonly sparkProjects: readonly string[];
  readonly sparkExchange: string;
  readonly sparkPaths: readonly SharedFolder[];
}

/** Where a service keeps its files. */
export interface ServiceFolders {
  /** For what is not configured. */
  readonly exchangeDir: string;
  /** Where the files are that Spark is to read. */
  readonly filesDir: string;
}

/** Which projects use Spark, and how. */
export interface SparkPlan {
  readonly url: string;
  readonly projects: readonly string[];
  readonly exchangeDir: string;
  readonly shared: readonly SharedFolder[];
}

/** What the settings say together; undefined if there is no Spark. Fails with a ConfigError that names all that does not fit. */
export function sparkPlan(settings: SparkSettings, { exchangeDir, filesDir }: ServiceFolders): SparkPlan | undefined {
  const { spark: url, sparkProjects, sparkExchange, sparkPaths } = settings;
  if (url === "") {
    const set = [sparkProjects.length > 0, sparkExchange !== "", sparkPaths.length > 0];
    const idle = OTHERS.filter((_, i) => set[i]).map((it) => `${it} is set, and THROUGHLINE_SPARK is not`);
    if (idle.length > 0) throw new ConfigError(idle);
    return undefined;
  }
  const problems: string[] = [];
  const isHere = isOnThisMachine(url, problems);
  if (sparkProjects.length === 0)
    problems.push(`THROUGHLINE_SPARK is set, and no project uses it: name some in ${OTHERS[0]}, or all with *`);
  if (sparkExchange === "" && !isHere)
    problems.push(`${OTHERS[1]} is not set: Spark is on another machine, and needs a folder that both share`);
  const shared = sparkPaths.length === 0 && isHere ? EVERYWHERE : sparkPaths;
  const files = resolve(filesDir);
  if (locateIn(shared)(`${files}/x`) === undefined)
    problems.push(`${OTHERS[2]} does not say how Spark finds the files in ${files}: add ${files}=URL`);
  if (problems.length > 0) throw new ConfigError(problems);
  return { url, projects: sparkProjects, exchangeDir: sparkExchange || resolve(exchangeDir), shared };
}

const OTHERS = [
  SPARK_SETTINGS.sparkProjects.name,
  SPARK_SETTINGS.sparkExchange.name,
  SPARK_SETTINGS.sparkPaths.name,
] as const;

/** Notes what is wrong with a connection string, in words without it. A wrong one has no other problems. */
function isOnThisMachine(url: string, problems: string[]): boolean {
  try {
    return sparkAddress(url).isLoopback;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    problems.push(`THROUGHLINE_SPARK: ${error.violations[0]?.description ?? error.message}`);
    return true;
  }
}
