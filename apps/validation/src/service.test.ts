import { DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { afterAll, describe, expect, test } from "vitest";
import { FLIGHTS, flights, openServiceForTests, parent } from "./testing-service.ts";

const service = await openServiceForTests();
afterAll(() => service[Symbol.asyncDispose]());
const { client, records, upload, ended, statisticsOf, sizeOf, put, folder } = service;

describe("statistics", () => {
  test("are computed from a file by digest, kept, listed and told of on the thread", async () => {
    const data = await upload(FLIGHTS, flights(1, 0));
    const statistics = await statisticsOf(data);
    expect(statistics.rowCount).toBe(600n);
    expect(statistics.columns.map((it) => [it.name, it.presentCount, it.missingCount, it.kind.case])).toEqual([
      ["delay", 585n, 15n, "numeric"],
      ["seats", 600n, 0n, "numeric"],
      ["carrier", 600n, 0n, "text"],
      ["late", 600n, 0n, "numeric"],
      ["at", 600n, 0n, "numeric"],
    ]);
    expect((await client.getStatistics({ name: statistics.name })).statistics).toEqual(statistics);
    expect(statistics.name).toBe(`projects/p/statistics/${statistics.digest.slice(7, 23)}`);
    const listed = (await client.listStatistics({ parent })).statistics.find((it) => it.name === statistics.name);
    expect(listed).toMatchObject({ digest: statistics.digest, columns: [] });
    expect(await sizeOf(statistics.digest)).toBeGreaterThan(1_000);
    await expect.poll(() => records.map((it) => it.execution.resource)).toContain(statistics.name);
    expect(records.find((it) => it.execution.resource === statistics.name)).toMatchObject({
      execution: { kind: "VALIDATE", project: "projects/p", actor: "local" },
      artifacts: [{ digest: statistics.digest, kind: "STATISTICS" }],
      events: [
        { digest: data, type: "INPUT", role: "data" },
        { digest: statistics.digest, type: "OUTPUT" },
      ],
    });
  });

  test("of the same file and columns are the same, in whatever order they are asked for", async () => {
    const data = await upload(FLIGHTS, flights(2, 0));
    const first = await statisticsOf(data, ["seats", "delay"]);
    expect(await statisticsOf(data, ["delay", "seats"])).toEqual(first);
    expect(first.columns.map((it) => it.name)).toEqual(["delay", "seats"]);
    expect((await statisticsOf(data)).digest).not.toBe(first.digest);
  });

  test("of a file that the project does not know are refused at once", async () => {
    const dataDigest = `sha256:${"0".repeat(64)}`;
    await expect(client.computeStatistics({ parent, dataDigest })).rejects.toMatchObject({
      message: expect.stringContaining("no artifact"),
    });
    const elsewhere = client.computeStatistics({
      parent: "projects/q",
      dataDigest: await upload(FLIGHTS, flights(1, 0)),
    });
    await expect(elsewhere).rejects.toThrow("no artifact");
  });

  test("of a column that is not there, and of a file that is no Parquet, fail without naming a place", async () => {
    const data = await upload(FLIGHTS, flights(1, 0));
    const absent = await ended(
      (await client.computeStatistics({ parent, dataDigest: data, columns: ["nope"] })).operation,
    );
    expect(absent.error).toMatchObject({ reason: "COLUMN_UNKNOWN" });
    const digest = await put(Buffer.from("not a table"));
    const broken = await ended((await client.computeStatistics({ parent, dataDigest: digest })).operation);
    expect(broken.error).toMatchObject({ reason: "DATA_UNREADABLE" });
    for (const it of [absent, broken]) expect(it.error?.message).not.toContain(folder);
  });

  test("of a table without rows, and of columns without values, are defined", async () => {
    const empty = await statisticsOf(await upload(FLIGHTS, []));
    expect(empty.rowCount).toBe(0n);
    const hollow = Array.from({ length: 200 }, () => [Number.NaN, null, null, null, null]);
    const hollowStatistics = await statisticsOf(await upload(FLIGHTS, hollow));
    const full = await statisticsOf(await upload(FLIGHTS, flights(3, 0)));
    for (const current of [empty, hollowStatistics]) {
      const { report } = await client.compareStatistics({ parent, baseline: full.name, current: current.name });
      expect(new Set(report?.columns.map((it) => it.verdict))).toEqual(new Set([DriftVerdict.NOT_ENOUGH_DATA]));
    }
  });
});

test("a name of another project is refused, wherever it stands", async () => {
  const here = (await statisticsOf(await upload(FLIGHTS, flights(1, 0)))).name;
  const elsewhere = here.replace("projects/p", "projects/q");
  const compare = (more: object) => client.compareStatistics({ parent, baseline: here, current: here, ...more });
  await expect(compare({ baseline: elsewhere })).rejects.toThrow("baseline:");
  await expect(compare({ current: elsewhere })).rejects.toThrow("current:");
  await expect(compare({ schema: "projects/q/schemas/s" })).rejects.toThrow("schema:");
  const foreign = client.validateStatistics({ statistics: here, schema: "projects/q/schemas/s" });
  await expect(foreign).rejects.toThrow("schema:");
});

test("things that are not there are NOT_FOUND", async () => {
  await expect(client.getStatistics({ name: "projects/p/statistics/none" })).rejects.toThrow("does not exist");
  await expect(client.getSchema({ name: "projects/p/schemas/none" })).rejects.toThrow("does not exist");
  await expect(client.getEvaluation({ name: "projects/p/evaluations/none" })).rejects.toThrow("does not exist");
});
