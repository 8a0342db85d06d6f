import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sparkAddress } from "./connection.ts";
import { openSparkTables } from "./open-spark-tables.ts";

test.each([
  ["sc://spark", { baseUrl: "http://spark:15002", userId: "throughline", token: undefined }],
  ["sc://spark:1234/", { baseUrl: "http://spark:1234", userId: "throughline", token: undefined }],
  ["sc://[::1]:5/;user_id=ann", { baseUrl: "http://[::1]:5", userId: "ann", token: undefined }],
  ["sc://spark/;use_ssl=true", { baseUrl: "https://spark:15002", userId: "throughline", token: undefined }],
  ["sc://spark/;token=a=b", { baseUrl: "https://spark:15002", userId: "throughline", token: "a=b" }],
  ["sc://127.0.0.1/;token=a", { baseUrl: "http://127.0.0.1:15002", userId: "throughline", token: "a" }],
])("the connection string %s is understood", (url, address) => {
  expect(sparkAddress(url)).toEqual(address);
});

test.each(["spark:15002", "http://spark", "sc://", "sc://spark:99999999", "sc://a@spark", "sc://spark/;x=1"])(
  "the connection string %s is refused",
  (url) => {
    expect(() => sparkAddress(url)).toThrow(expect.objectContaining({ reason: "TABLE_BAD_PLAN" }));
  },
);

test("a server that is not there fails the call, and not the program", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tables-"));
  const config = {
    dataDir: join(folder, "data"),
    exchangeDir: join(folder, "exchange"),
    memoryLimitMiB: 256,
    threads: 1,
  };
  const spark = await openSparkTables({ ...config, url: "sc://127.0.0.1:1" });
  const columns = [{ name: "x", type: "int64" }] as const;
  const { path } = await spark.importRows({ columns, output: join(folder, "x.parquet") }, [[1n]]);
  await expect(spark.rowsIdentity({ segments: [path] })).rejects.toMatchObject({
    kind: "unavailable",
    reason: "TABLE_ENGINE_DIED",
  });
  await spark.close();
  await expect(spark.rowsIdentity({ segments: [path] })).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
  await rm(folder, { recursive: true });
});
