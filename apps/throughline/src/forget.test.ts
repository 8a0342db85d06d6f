import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wait } from "@throughline/client";
import { CreateTrainingSetResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ForgettingState } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { ForgetEntityResultSchema } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { reasonOf } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  makeRelease,
  pushSales,
  registerModel,
  SHOP,
  timestamp,
  values,
} from "./testing-shop.ts";

let platform: PlatformForTests;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-keys-"));
  const keys = join(folder, "keys");
  await writeFile(keys, `# the keys of the tests\n1 ${Buffer.alloc(32, 3).toString("base64")}\n`);
  await chmod(keys, 0o600);
  platform = await platformForTests({ environment: { THROUGHLINE_PRIVACY_KEYS: keys } });
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

const START_S = 1_750_000_000n;
const sales = Array.from({ length: 6 }, (_, i) => ({
  shop: `shop-${i % 3}`,
  amount: BigInt(i),
  timeS: START_S + BigInt(i),
}));

test("what was forgotten leads over the thread to every model, release and deployment that had used it", async () => {
  const { connection, dir, httpUrl } = platform;
  const { parent, features, privacy, artifacts, inference } = connection;
  await createShop(connection);
  const segment = await pushSales(connection, sales);
  const service = await applyFeatures(connection, 1n);
  const spineDigest = await uploadTable(connection, dir, {
    columns: [
      { name: "shop", type: "string" },
      { name: "cutoff", type: "timestamp" },
      { name: "hour", type: "float64" },
    ],
    rows: sales.map(({ shop }) => [shop, timestamp(START_S + 1_000n), 1]),
  });
  // The policy comes over REST, as a platform team would set it.
  const rule = { column: "shop", class: "COLUMN_CLASS_IDENTIFIER", uses: [PSEUDONYM] };
  const set = await fetch(`${httpUrl}/v1/${parent}/sources/${SHOP.source}/privacyPolicy:set`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ policy: { columns: [rule] }, reason: "shops are people" }),
  });
  expect(await set.json()).toMatchObject({ policy: { version: "1", columns: [{ column: "shop" }] } });
  const asked = { parent, featureService: service.name, spineDigest, cutoffColumn: "cutoff" };
  const refused = await wait(
    connection,
    (await features.createTrainingSet(asked)).operation,
    CreateTrainingSetResultSchema,
  )
    .then(() => undefined)
    .catch((error: unknown) => error);
  expect(String(refused)).toMatch(/shop is an identifier/);
  const made = await features.createTrainingSet({ ...asked, purpose: "model" });
  const { trainingSet } = await wait(connection, made.operation, CreateTrainingSetResultSchema);
  if (!trainingSet) throw new Error("there is no training set");
  expect(trainingSet.privacy).toMatchObject({ purpose: "model", keyVersion: 1n });
  const origin = { trainingSet: trainingSet.name, trainingSetDigest: trainingSet.digest };
  const version = await registerModel(connection, { id: "sales", fixture: "logistic3", ...origin });
  const release = await makeRelease(connection, { version, fixture: "logistic3", service });
  const deployment = await deploy(connection, "sales", release);
  const ask = async (shop: string): Promise<string> =>
    (await inference.predict({ deployment, entity: values({ shop, hour: 9 }) })).prediction;
  const [about] = [await ask("shop-1"), await ask("shop-2")];

  const entity = `${parent}/entities/${SHOP.entity}`;
  const key = { values: values({ shop: "shop-1" }) };
  const { operation } = await privacy.forgetEntity({ entity, key, reason: "it closed" });
  const { forgetting } = await wait(connection, operation, ForgetEntityResultSchema);
  expect(forgetting).toMatchObject({ state: ForgettingState.DONE, actor: "tester", sources: [{ rowCount: 2n }] });
  const affected = new Map(forgetting?.affected.map((it) => [it.kind, it]));
  expect(affected.get("TRAINING_SET")).toMatchObject({ resource: trainingSet.name, rowCount: 2n });
  expect(affected.get("MODEL")?.resource).toBe(version.name);
  expect(affected.get("RELEASE")?.resource).toBe(release.name);
  expect(affected.get("DEPLOY")?.resource).toContain("deployments/sales");
  const predictions = forgetting?.affected.filter((it) => it.kind === "PREDICTION");
  expect(predictions?.map((it) => it.resource)).toEqual([about]);
  // The thread still knows the segment; its bytes are gone.
  const name = `${parent}/artifacts/${segment}`;
  expect((await artifacts.getArtifact({ name })).artifact?.digest).toBe(segment);
  const pieces = artifacts.downloadArtifact({ name });
  const gone = await pieces[Symbol.asyncIterator]()
    .next()
    .catch((error: unknown) => error);
  expect(reasonOf(gone)).toBe("ARTIFACT_WITHOUT_BYTES");
  expect(platform.bugs).toEqual([]);
});

const PSEUDONYM = { purposes: ["model"], treatment: { pseudonym: { domain: "shop" } } };
