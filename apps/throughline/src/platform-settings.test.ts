import { readdirSync } from "node:fs";
import { join } from "node:path";
import { wait } from "@throughline/client";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { valueFromProto } from "@throughline/rpc";
import { mongodbServerProgram, startMongodbServer } from "@throughline/testing";
import { expect, onTestFinished, test } from "vitest";
import { platformForTests } from "./testing-platform.ts";
import { applyFeatures, createShop, pushSales, SHOP, values } from "./testing-shop.ts";

/** What the environment says to services holds where they run in one process, too. */
test.each(["THROUGHLINE_TABLE_MEMORY_MIB", "THROUGHLINE_TABLE_THREADS", "THROUGHLINE_TABLE_PROCESSES"])(
  "%s that cannot be is refused by its name",
  async (name) => {
    await expect(platformForTests({ environment: { [name]: "much" } })).rejects.toThrow(name);
  },
);

const filesIn = (dir: string) => readdirSync(dir, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());

/** The total of what a shop has sold, as it is online. Gives the files of the embedded online store, too. */
async function onlineTotal(environment: Readonly<Record<string, string>>) {
  const platform = await platformForTests({ environment });
  onTestFinished(() => platform.stop());
  const { connection, dir } = platform;
  const { features } = connection;
  const timeS = BigInt(Math.floor(Date.now() / 1_000)) - 3_600n;
  await createShop(connection);
  const featureService = (await applyFeatures(connection, 1n)).name;
  await pushSales(
    connection,
    [3n, 4n].map((amount, i) => ({ shop: "a", amount, timeS: timeS + BigInt(i) })),
  );
  await wait(connection, (await features.materialize({ featureService })).operation, MaterializeResultSchema);
  const rows = [{ values: values({ shop: "a", hour: 1 }) }];
  const { features: names, vectors } = await features.getOnlineFeatures({ featureService, rows });
  const total = vectors[0]?.values[names.indexOf(`${SHOP.view}__total`)]?.value;
  return { total: valueFromProto(total), files: filesIn(join(dir, "online")) };
}

test("online values are embedded in the data folder", async () => {
  const { total, files } = await onlineTotal({});
  expect(total).toBe(7n);
  expect(files.length).toBeGreaterThan(0);
});

const program = mongodbServerProgram(process.env);

test.runIf(program !== undefined)("online values are where THROUGHLINE_ONLINE_STORE says", async () => {
  if (program === undefined) return;
  const mongodb = await startMongodbServer(program);
  onTestFinished(() => mongodb.stop());
  const { total, files } = await onlineTotal({ THROUGHLINE_ONLINE_STORE: `${mongodb.url}/online` });
  expect(total).toBe(7n);
  expect(files).toEqual([]);
});
