import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { WatchRunResponse } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

/** Two services that know nothing of each other but the database, as two replicas do. */
for (const database of everyDatabase()) {
  describe(`two replicas on ${database.name}`, () => {
    let one: ServiceForTests;
    let other: ServiceForTests;
    let name: string;

    beforeAll(async () => {
      const store = await database.empty();
      one = await serviceForTests(store);
      other = await serviceForTests(store);
      const { experiment } = await one.tracking.createExperiment({
        parent: "projects/p",
        experiment: { displayName: "e" },
      });
      const { run } = await one.tracking.createRun({
        parent: "projects/p",
        run: { experiment: experiment?.name ?? "" },
      });
      name = run?.name ?? "";
    });
    afterAll(async () => {
      await one.close();
      await other.close();
    });

    test("both log to one run at the same time, and nothing is lost", async () => {
      const log = (it: ServiceForTests, from: number) =>
        Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            it.tracking.logBatch({
              run: name,
              params: { [`p${from + i}`]: "1" },
              metrics: [{ key: "loss", value: from + i, step: BigInt(from + i), time: fromMs(1) }],
            }),
          ),
        );
      await Promise.all([log(one, 0), log(other, 100)]);
      const { run } = await one.tracking.getRun({ name });
      expect(Object.keys(run?.params ?? {})).toHaveLength(40);
      expect(run?.metrics[0]?.value).toBe(119);
      expect((await one.tracking.getMetricHistory({ run: name, key: "loss" })).metrics).toHaveLength(40);
    });

    test("a watcher of one sees what the other logs", async () => {
      const states: WatchRunResponse[] = [];
      for await (const state of one.tracking.watchRun({ name })) {
        states.push(state);
        if (states.length > 1) break;
        await other.tracking.logBatch({ run: name, metrics: [{ key: "loss", value: 500, step: 500n }] });
      }
      expect(states.map((it) => it.newMetrics.map((metric) => metric.value))).toEqual([[], [500]]);
    });

    test("a service that closes ends its watchers", async () => {
      const watched = (async () => {
        for await (const { run } of other.tracking.watchRun({ name })) {
          expect(run?.state).toBe(RunState.RUNNING);
          await other.service.close();
        }
      })();
      expect(await failure(watched)).toEqual(["Unavailable", "SERVICE_STOPPING"]);
    });
  });
}
