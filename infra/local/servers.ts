/**
 * Starts a server of MongoDB's protocol and one of S3's on free ports of this machine, with empty folders, until Ctrl-C:
 * `node infra/local/servers.ts`. It prints the flags with which `npm start` and `npm run demo` use them.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { buildMongodbServer, buildS3Servers, s3ServerKinds, startMongodbServer } from "@throughline/testing";

const DATABASE = "throughline";
const BUCKET = "throughline";

process.stderr.write("Building the servers where they are missing: up to ten minutes, once.\n");
const [program] = await Promise.all([buildMongodbServer(process.env), buildS3Servers(process.env)]);
const minio = s3ServerKinds(process.env).find((it) => it.name === "minio");
if (!minio) throw new Error("there is no launcher of MinIO");

const [mongodb, s3] = await Promise.all([startMongodbServer(program), minio.start()]);
const { port, accessKey, secretKey } = s3;
// To this server a bucket is a folder.
await mkdir(join(s3.dir, BUCKET));
const store = `${mongodb.url}/${DATABASE}`;
const blobs = `s3://${accessKey}:${secretKey}@127.0.0.1:${port}/${BUCKET}?tls=false`;
process.stdout.write(`--store ${store} --blobs '${blobs}'\n`);
process.stderr.write("Data are removed at the end: Ctrl-C.\n");

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    if (isStopping) return;
    isStopping = true;
    await Promise.all([mongodb.stop(), s3.stop()]);
    process.exit(0);
  });
}
