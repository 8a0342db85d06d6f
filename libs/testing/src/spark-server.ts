import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { listens, serversFolder } from "./mongodb-server.ts";
import { preparePython } from "./python.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A running Spark Connect server on one machine, and its connection string. */
export interface SparkServer extends ServerProcess {
  readonly url: string;
}

const REQUIREMENTS = join(import.meta.dirname, "spark-requirements.txt");

const sparkFolder = (env: Environment): string => join(serversFolder(env), "spark");

/** The folder of the installed Spark, or undefined if `buildSparkServer` has not run yet. */
export function sparkHome(env: Environment): string | undefined {
  const libraries = join(sparkFolder(env), "lib");
  const homes = existsSync(libraries)
    ? readdirSync(libraries).map((it) => join(libraries, it, "site-packages", "pyspark"))
    : [];
  return homes.find((it) => existsSync(join(it, "bin", "spark-submit")));
}

/** The installed Spark to test with; undefined unless THROUGHLINE_TEST_SPARK is 1 and it is there: its lane takes minutes. */
export const sparkToTest = (env: Environment): string | undefined =>
  env["THROUGHLINE_TEST_SPARK"] === "1" ? sparkHome(env) : undefined;

/** Installs Spark with pip unless it is there (about a minute, once, 0.9 GB), and returns its folder. It runs on Java 17 or later. */
export async function buildSparkServer(env: Environment): Promise<string> {
  await preparePython(REQUIREMENTS, sparkFolder(env));
  const home = sparkHome(env);
  if (home === undefined) throw new Error(`pip installed no Spark into ${sparkFolder(env)}`);
  return home;
}

/**
 * Starts a server with two worker threads and 2 GiB of memory (about 10 s), and with further settings. What it keeps on disk is in its
 * data folder.
 */
export async function startSparkServer(
  home: string,
  further: Readonly<Record<string, string>> = {},
): Promise<SparkServer> {
  const server = await startServer({
    name: "spark",
    // Spark's own script for this would start another process, which its end would leave behind.
    command: join(home, "bin", "spark-submit"),
    args: (port, dir) => [
      ...["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]"],
      ...Object.entries({ ...SETTINGS, ...settingsOf(port, dir), ...further }).flatMap(([key, value]) => [
        "--conf",
        `${key}=${value}`,
      ]),
      "spark-internal",
    ],
    // Java takes the encoding of file names from the locale.
    env: { SPARK_HOME: home, SPARK_LOCAL_IP: "127.0.0.1", LC_ALL: "C.UTF-8" },
    ready: listens,
    timeoutMs: 240_000,
  });
  return { ...server, url: `sc://127.0.0.1:${server.port}` };
}

const SETTINGS = {
  "spark.driver.memory": "2g",
  "spark.driver.bindAddress": "127.0.0.1",
  "spark.driver.host": "127.0.0.1",
  "spark.connect.grpc.binding.address": "127.0.0.1",
  "spark.ui.enabled": "false",
  // Tests have few rows: what Spark plans for a cluster would be 200 empty tasks a step.
  "spark.sql.shuffle.partitions": "4",
};

/** Half of the processor time of short jobs goes into the second compiler and into collecting garbage beside them. */
const QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

const settingsOf = (port: number, dir: string): Readonly<Record<string, string>> => ({
  "spark.connect.grpc.binding.port": String(port),
  "spark.local.dir": join(dir, "local"),
  "spark.sql.warehouse.dir": join(dir, "warehouse"),
  "spark.driver.extraJavaOptions": `${QUICK_JAVA} -Djava.io.tmpdir=${dir} -Dderby.system.home=${dir}`,
});
