import { homedir } from "node:os";
import { join } from "node:path";
import { joinFlights, lineProgress } from "@throughline/flights";
import { sparkToTest, startSparkServer } from "@throughline/testing";
import { expect, test } from "vitest";
import { platformForTests } from "./testing-platform.ts";

const home = sparkToTest(process.env);
const TIME_LIMIT_MS = 900_000;
/** The virtual environment is the same as the demonstration's, and kept for the next time. */
const cache = process.env["THROUGHLINE_CACHE"] ?? join(homedir(), ".cache", "throughline");

test.skipIf(home === undefined)(
  "the training set of the flights is the same from both engines",
  {
    timeout: TIME_LIMIT_MS,
  },
  async () => {
    const server = await startSparkServer(home ?? "");
    const platform = await platformForTests({
      environment: { THROUGHLINE_SPARK: server.url, THROUGHLINE_SPARK_PROJECTS: "on-spark" },
    });
    const lines: string[] = [];
    const joined = (project: string) =>
      joinFlights(
        {
          grpcTarget: platform.grpcTarget,
          httpUrl: platform.httpUrl,
          environment: process.env,
          workDir: join(platform.dir, "work"),
          pythonDir: join(cache, "flights-python"),
          progress: lineProgress((text) => lines.push(text)),
        },
        project,
      );
    try {
      const [theirs, ours] = [await joined("on-duckdb"), await joined("on-spark")];
      console.log(`${lines.join("")}${theirs.rowCount} rows, ${theirs.digest} from DuckDB, ${ours.digest} from Spark`);
      const { digest, fileDigest, certificateDigest, rowCount } = theirs;
      expect(ours).toMatchObject({ digest, fileDigest, certificateDigest, rowCount });
      expect(ours.certificate).toMatchObject({ passed: true, mismatchCount: 0n, laterKnowledgeCount: 0n });
      expect(platform.bugs).toEqual([]);
    } finally {
      await platform.stop();
      await server.stop();
    }
  },
);
