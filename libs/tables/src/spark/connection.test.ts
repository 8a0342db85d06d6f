import { expect, test } from "vitest";
import { scratchTables } from "../scratch-tables.ts";
import { sparkAddress } from "./connection.ts";
import { openSparkTables } from "./open-spark-tables.ts";

test.each([
  ["sc://spark", { baseUrl: "http://spark:15002", userId: "throughline", token: undefined, isLoopback: false }],
  ["sc://spark:1234/", { baseUrl: "http://spark:1234", userId: "throughline", token: undefined, isLoopback: false }],
  ["sc://[::1]:5/;user_id=ann", { baseUrl: "http://[::1]:5", userId: "ann", token: undefined, isLoopback: true }],
  [
    "sc://spark/;use_ssl=true",
    { baseUrl: "https://spark:15002", userId: "throughline", token: undefined, isLoopback: false },
  ],
  ["sc://spark/;token=a=b", { baseUrl: "https://spark:15002", userId: "throughline", token: "a=b", isLoopback: false }],
  [
    "sc://127.0.0.1/;token=a",
    { baseUrl: "http://127.0.0.1:15002", userId: "throughline", token: "a", isLoopback: true },
  ],
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
  await using scratch = await scratchTables({ memoryLimitMiB: 256, threads: 1 });
  const { engine: embedded, path } = scratch;
  await using spark = await openSparkTables({ url: "sc://127.0.0.1:1", embedded, exchangeDir: path("exchange") });
  const { path: file } = await scratch.write([{ name: "x", type: "int64" }], [[1n]]);
  const unreached = { kind: "unavailable", reason: "TABLE_ENGINE_UNAVAILABLE" };
  await expect(spark.rowsIdentity({ segments: [file] })).rejects.toMatchObject(unreached);
  await expect(spark.ready()).rejects.toMatchObject(unreached);
  expect(await spark.readRows({ segments: [file], limit: 1 })).toMatchObject({ rows: [[1n]] });
  await spark.close();
  await expect(spark.rowsIdentity({ segments: [file] })).rejects.toMatchObject({ reason: "TABLE_CLOSED" });
});
