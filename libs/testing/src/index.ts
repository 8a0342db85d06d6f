export { type ChromiumForTests, chromiumProgram, startChromium } from "./chromium.ts";
export { type Database, everyDatabase } from "./databases.ts";
export { buildMongodbServer, type MongodbServer, mongodbServerProgram, startMongodbServer } from "./mongodb-server.ts";
export { type Python, preparePython, type Running } from "./python.ts";
export {
  buildS3Servers,
  type S3Server,
  type S3ServerKind,
  s3ServerKinds,
  s3ServersToTest,
  serverProgramsDir,
} from "./s3-server.ts";
export { type ServerProcess, type ServerProgram, startServer } from "./server-process.ts";
export { buildSparkS3, sparkOnS3, sparkS3Library } from "./spark-s3.ts";
export { buildSparkServer, type SparkServer, sparkToTest, startSparkServer } from "./spark-server.ts";
