import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { serversFolder } from "./mongodb-server.ts";
import type { S3Server } from "./s3-server.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PROJECT = join(import.meta.dirname, "spark-s3.xml");
/** Beside the files: which project they are of. */
const MARKER = "installed.xml";

const libraryFolder = (env: Environment): string => join(serversFolder(env), "spark-s3");

const isThere = (folder: string): boolean =>
  existsSync(join(folder, MARKER)) && readFileSync(join(folder, MARKER), "utf8") === readFileSync(PROJECT, "utf8");

/** The files with which Spark reads S3 by itself: Hadoop's library and what it needs. Undefined if `buildSparkS3` has not run. */
export function sparkS3Library(env: Environment): readonly string[] | undefined {
  const folder = libraryFolder(env);
  if (!isThere(folder)) return undefined;
  return readdirSync(folder)
    .filter((it) => it.endsWith(".jar"))
    .map((it) => join(folder, it));
}

/** Has Maven copy the files, unless they are there (0.7 GB, most of it Amazon's). It needs Maven Central or what stands in for it. */
export async function buildSparkS3(env: Environment): Promise<void> {
  const folder = libraryFolder(env);
  if (isThere(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${unfinished}`];
  await promisify(execFile)("mvn", ["--batch-mode", "--quiet", "--file", PROJECT, ...copy], {
    env: { ...env },
    timeout: 20 * 60_000,
  });
  await writeFile(join(unfinished, MARKER), readFileSync(PROJECT));
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** Settings of a Spark that reads the objects of a server by itself: `s3a://{bucket}/...`. */
export const sparkOnS3 = (
  library: readonly string[],
  { port, accessKey, secretKey }: S3Server,
): Readonly<Record<string, string>> => ({
  "spark.jars": library.join(","),
  "spark.hadoop.fs.s3a.endpoint": `http://127.0.0.1:${port}`,
  "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
  "spark.hadoop.fs.s3a.path.style.access": "true",
  "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
  "spark.hadoop.fs.s3a.access.key": accessKey,
  "spark.hadoop.fs.s3a.secret.key": secretKey,
});
