import { openSparkProjects, type SparkProjects } from "@throughline/tables/spark";
import { sparkToTest, startSparkServer } from "@throughline/testing";
import { expect, test } from "vitest";
import { FLIGHTS, flights, openServiceForTests } from "./testing-service.ts";

const home = sparkToTest(process.env);
const TIME_LIMIT_MS = 600_000;

test.skipIf(home === undefined)(
  "statistics of projects on Spark have the digests of DuckDB's",
  {
    timeout: TIME_LIMIT_MS,
  },
  async () => {
    const server = await startSparkServer(home ?? "");
    const opened: SparkProjects[] = [];
    const used: string[] = [];
    const service = await openServiceForTests({
      projects: ["d", "s"],
      async engines(tables, folder) {
        const settings = { spark: server.url, sparkProjects: ["s"], sparkExchange: "", sparkPaths: [] };
        const engines = await openSparkProjects(settings, { tables, exchangeDir: folder, filesDir: "/" });
        opened.push(engines);
        const of = (project: string) => {
          used.push(project);
          return engines.of(project);
        };
        return { ...engines, of };
      },
    });
    try {
      const rows = [...flights(1, 0, 4_000), ...flights(2, 0, 10).map((row) => row.map(() => null))];
      const data = await service.upload(FLIGHTS, rows);
      const theirs = await service.statisticsOf(data, [], "d");
      const ours = await service.statisticsOf(data, [], "s");
      expect(used).toEqual(["d", "s"]);
      expect(ours.columns).toEqual(theirs.columns);
      expect(ours.digest).toBe(theirs.digest);
    } finally {
      await service[Symbol.asyncDispose]();
      await Promise.all(opened.map((it) => it.close()));
      await server.stop();
    }
  },
);
