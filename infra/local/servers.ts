/**
 * Starts a server of MongoDB's protocol and one of S3's on free ports of this machine, with empty folders, until Ctrl-C:
 * `node infra/local/servers.ts`. It prints the flags with which `npm start` and `npm run demo` use them. With `--spark` it also starts
 * Spark, and tells the environment with which all projects use it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  buildMongodbServer,
  buildS3Servers,
  buildSparkServer,
  s3ServerKinds,
  startMongodbServer,
  startSparkServer,
} from "@throughline/testing";

const { values: asked } = parseArgs({ options: { spark: { type: "boolean", default: false } } });

const DATABASE = "throughline";
const BUCKET = "throughline";

process.stderr.write("Building the servers where they are missing: up to ten minutes, once.\n");
const [program] = await Promise.all([buildMongodbServer(process.env), buildS3Servers(process.env)]);
const minio = s3ServerKinds(process.env).find((it) => it.name === "minio");
if (!minio) throw new Error("there is no launcher of MinIO");

const spark = asked.spark ? await startSparkServer(await buildSparkServer(process.env)) : undefined;
const [mongodb, s3] = await Promise.all([startMongodbServer(program), minio.start()]);
const { port, accessKey, secretKey } = s3;
// To this server a bucket is a folder.
await mkdir(join(s3.dir, BUCKET));
const store = `${mongodb.url}/${DATABASE}`;
const blobs = `s3://${accessKey}:${secretKey}@127.0.0.1:${port}/${BUCKET}?tls=false`;
process.stdout.write(`--store ${store} --blobs '${blobs}'\n`);
if (spark) process.stderr.write(`THROUGHLINE_SPARK=${spark.url} THROUGHLINE_SPARK_PROJECTS='*'\n`);
process.stderr.write("Data are removed at the end: Ctrl-C.\n");

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await Promise.all([mongodb.stop(), s3.stop(), spark?.stop()]);
    process.exit(0);
  });
}
