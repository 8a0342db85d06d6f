import type { LogMetricsResponse } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { failure, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const parent = "projects/p";

for (const database of everyDatabase()) {
  describe(`metrics of runs on ${database.name}`, () => {
    let it: ServiceForTests;
    let experiment: string;
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const created = await it.tracking.createExperiment({ parent, experiment: { displayName: "metrics" } });
      experiment = created.experiment?.name ?? "";
    });
    const newRun = async (): Promise<string> =>
      (await it.tracking.createRun({ parent, run: { experiment } })).run?.name ?? "";

    describe("sampling", () => {
      test("a curve keeps its ends and its extremes, and a short one is whole", async () => {
        const run = await newRun();
        const other = await newRun();
        const values = Array.from({ length: 20_000 }, (_, i) => (i === 7_777 ? 99 : i === 11_111 ? -99 : Math.sin(i)));
        for (let at = 0; at < values.length; at += 2_500) {
          const metrics = values
            .slice(at, at + 2_500)
            .map((value, i) => ({ key: "loss", value, step: BigInt(at + i), time: fromMs(at + i) }));
          await it.tracking.logBatch({ run, metrics });
        }
        await it.tracking.logBatch({
          run: other,
          metrics: [1, 2].map((value) => ({ key: "loss", value, step: BigInt(value) })),
        });
        const query = { parent, runs: [run, other], keys: ["loss", "never"], points: 100 };
        const { curves } = await it.tracking.sampleMetrics(query);
        expect(curves.map((curve) => [curve.run, curve.key, curve.complete])).toEqual([
          [run, "loss", false],
          [other, "loss", true],
        ]);
        const steps = curves[0]?.points.map((point) => Number(point.step)) ?? [];
        expect(steps.length).toBeLessThanOrEqual(100);
        expect(steps).toEqual(steps.toSorted((a, b) => a - b));
        expect(steps).toEqual(expect.arrayContaining([0, 7_777, 11_111, 19_999]));
        expect(curves[0]?.points.every((point) => point.value === values[Number(point.step)])).toBe(true);
        const part = await it.tracking.sampleMetrics({ ...query, startStep: 7_000n, endStep: 7_002n });
        expect(part.curves.map((curve) => curve.points.map((point) => point.step))).toEqual([
          [7_000n, 7_001n, 7_002n],
          [],
        ]);
      });

      test("a run that is not there, or of another project, is refused", async () => {
        const keys = ["loss"];
        const absent = it.tracking.sampleMetrics({ parent, runs: ["projects/p/runs/none"], keys });
        expect(await failure(absent)).toEqual(["NotFound", "NOT_FOUND"]);
        const foreign = it.tracking.sampleMetrics({ parent: "projects/q", runs: [await newRun()], keys });
        expect(await failure(foreign)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      });
    });

    describe("a stream", () => {
      const point = (value: number) => ({ key: "loss", value, step: BigInt(value), time: fromMs(1) });
      const send = async (...messages: readonly object[]): Promise<readonly number[]> => {
        async function* all() {
          yield* messages;
        }
        const answers: LogMetricsResponse[] = [];
        for await (const answer of it.tracking.logMetrics(all())) answers.push(answer);
        return answers.map((answer) => Number(answer.acknowledgedSequence));
      };
      const history = async (run: string) =>
        (await it.tracking.getMetricHistory({ run, key: "loss" })).metrics.map((metric) => metric.value);

      test("goes on after a broken connection, and stores nothing twice", async () => {
        const run = await newRun();
        const first = { run, streamId: "s" };
        const sent = await send({ ...first, sequence: 1n, metrics: [point(1)] }, { sequence: 2n, metrics: [point(2)] });
        expect(sent.at(-1)).toBe(2);
        // The second message was not acknowledged in the eyes of the sender, who changed it.
        const again = { sequence: 2n, metrics: [point(9)] };
        expect(await send(first, again, { sequence: 3n, metrics: [point(3), point(4)] })).toEqual([2, 2, 3]);
        expect(await history(run)).toEqual([1, 2, 3, 4]);
        expect(await send({ run, streamId: "another", sequence: 1n, metrics: [point(5)] })).toEqual([1]);
        expect(await send(first)).toEqual([3]);
      });

      test("stores and tells what came before a message that is wrong, though they came together", async () => {
        const run = await newRun();
        const first = { run, streamId: "s", sequence: 1n, metrics: [point(1)] };
        const told: number[] = [];
        const gap = { sequence: 4n, metrics: [point(4)] };
        const nameless = { sequence: 3n, metrics: [{ ...point(3), key: "" }] };
        for (const wrong of [gap, nameless]) {
          async function* messages() {
            yield first;
            yield { sequence: 2n, metrics: [point(2)] };
            yield wrong;
          }
          const reading = async () => {
            for await (const answer of it.tracking.logMetrics(messages()))
              told.push(Number(answer.acknowledgedSequence));
          };
          await expect(reading()).rejects.toThrow();
          expect(told.at(-1)).toBe(2);
        }
        expect(await history(run)).toEqual([1, 2]);
      });

      test("with a gap, without a run or an id, of two runs, or to a deleted run is refused", async () => {
        const run = await newRun();
        const first = { run, streamId: "s" };
        expect(await failure(send({ ...first, sequence: 2n, metrics: [point(1)] }))).toEqual([
          "FailedPrecondition",
          "SEQUENCE_GAP",
        ]);
        expect(await failure(send({ run, sequence: 1n }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        expect(await failure(send({ streamId: "s", sequence: 1n }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        const second = { run: await newRun(), sequence: 1n };
        expect(await failure(send(first, second))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
        await it.tracking.deleteRun({ name: run });
        const late = send({ ...first, sequence: 1n, metrics: [point(1)] });
        expect(await failure(late)).toEqual(["FailedPrecondition", "RUN_DELETED"]);
        expect(await history(run)).toEqual([]);
      });
    });

    test("points that come at the same time are all stored, repetitions once, and one that is refused is refused alone", async () => {
      const run = await newRun();
      // As many as a run may have, with names of the greatest length.
      const keys = Array.from({ length: 3_472 }, (_, i) => String(i).padStart(250, "k"));
      // In parts: the imitation of MongoDB takes no transactions as large as all of them.
      for (let at = 0; at < keys.length; at += 500) {
        const metrics = keys.slice(at, at + 500).map((key) => ({ key, value: 0, time: fromMs(1) }));
        await it.tracking.logBatch({ run, metrics });
      }
      const [first = "", second = ""] = keys;
      const steps = Array.from({ length: 30 }, (_, i) => BigInt(i + 1));
      const log = (key: string, step: bigint) =>
        failure(it.tracking.logBatch({ run, metrics: [{ key, value: Number(step), step, time: fromMs(2) }] }));
      const outcomes = await Promise.all([
        ...steps.map((step) => log(step === 7n ? "one more" : first, step)),
        ...steps.map(() => log(second, 1n)),
      ]);
      expect(outcomes.map(([code]) => code)).toEqual([
        ...steps.map((step) => (step === 7n ? "ResourceExhausted" : "OK")),
        ...steps.map(() => "OK"),
      ]);
      const stored = async (key: string) =>
        (await it.tracking.getMetricHistory({ run, key })).metrics.map((metric) => metric.step);
      expect(await stored(first)).toEqual([0n, ...steps.filter((step) => step !== 7n)]);
      expect(await stored(second)).toEqual([0n, 1n]);
    });

    describe("a history by time", () => {
      const page = (run: string, pageSize: number, pageToken: string) =>
        it.tracking.getMetricHistory({ run, key: "loss", byTime: true, pageSize, pageToken });
      const values = async (run: string, pageSize: number): Promise<readonly number[]> => {
        const found: number[] = [];
        for (let token = ""; ; ) {
          const { metrics, nextPageToken } = await page(run, pageSize, token);
          found.push(...metrics.map((metric) => metric.value));
          if (nextPageToken === "") return found;
          token = nextPageToken;
        }
      };

      test("goes by time, step and value, whatever the steps are, page by page", async () => {
        const run = await newRun();
        const points = [
          [9, 1, 10],
          [4, 2, 9],
          [3, 3, 8],
          [3, 3, 7],
          [3, 3, Number.NaN],
          [3, 3, Number.NEGATIVE_INFINITY],
          [1, 9, 0],
          [8, 1, 1],
        ] as const;
        const metrics = points.map(([step, time, value]) => ({
          key: "loss",
          step: BigInt(step),
          time: fromMs(time),
          value,
        }));
        await it.tracking.logBatch({ run, metrics });
        const inOrder = [1, 10, 9, Number.NEGATIVE_INFINITY, Number.NaN, 7, 8, 0];
        for (const size of [1, 2, 3, 100]) expect(await values(run, size)).toEqual(inOrder);
        const { metrics: byStep } = await it.tracking.getMetricHistory({ run, key: "loss", pageSize: 2 });
        expect(byStep.map((metric) => metric.value)).toEqual([0, 8]);
      });

      test("of a training that was begun anew has the new points last, also where they fill many pages", async () => {
        const run = await newRun();
        const count = 1_200;
        for (const start of [0, count]) {
          const metrics = Array.from({ length: count / 2 }, (_, i) => ({
            key: "loss",
            step: BigInt(i),
            time: fromMs(start + i),
            value: start + i,
          }));
          await it.tracking.logBatch({ run, metrics });
        }
        const found = await values(run, 250);
        expect(found).toHaveLength(count);
        expect(found).toEqual(found.toSorted((a, b) => a - b));
      });

      test("that stands so as it is stored comes whole, and a token is good for its own order alone", async () => {
        const run = await newRun();
        const metrics = [1, 2, 3].map((i) => ({ key: "loss", step: BigInt(i), time: fromMs(i), value: i }));
        await it.tracking.logBatch({ run, metrics });
        expect(await values(run, 1)).toEqual([1, 2, 3]);
        const { nextPageToken: pageToken } = await page(run, 1, "");
        const asked = { run, key: "loss", pageSize: 1, pageToken };
        expect(await failure(it.tracking.getMetricHistory(asked))).toEqual(["InvalidArgument", "BAD_PAGE_TOKEN"]);
      });
    });

    test("a run may have thousands of metrics, and all of them come back", async () => {
      const run = await newRun();
      const count = 3_000;
      const metrics = Array.from({ length: count }, (_, i) => ({ key: `layer/${i}`, value: i }));
      await it.tracking.logBatch({ run, metrics });
      await it.tracking.logBatch({ run, metrics: [{ key: "layer/77", value: -1, step: 1n }] });
      const read = await it.tracking.getRun({ name: run });
      const values = new Map(read.run?.metrics.map((metric) => [metric.key, metric.value]));
      expect(values.size).toBe(count);
      expect([values.get("layer/77"), values.get("layer/78")]).toEqual([-1, 78]);
      const { runs } = await it.tracking.searchRuns({ parent, filter: "metrics.`layer/77` = -1" });
      expect(runs.map(({ name }) => name)).toEqual([run]);
    });
  });
}
