import { createClient } from "@connectrpc/connect";
import { uploadPieces, wait } from "@throughline/client";
import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import {
  StorageService,
  SweepStorageResultSchema,
} from "@throughline/contracts/throughline/tracking/v1/storage_service_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";

let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform.stop());

const sweep = async (dryRun = false) => {
  const { connection } = platform;
  const storage = createClient(StorageService, connection.transport);
  const { operation } = await storage.sweepStorage({ parent: connection.parent, dryRun });
  return wait(connection, operation, SweepStorageResultSchema);
};

test("a purge lets bytes go, but for those that a model version needs, until the version is deleted", async () => {
  const { connection } = platform;
  const { parent, tracking, files, registry, artifacts } = connection;
  const digestOf = async (text: string) => (await uploadPieces(connection, [Buffer.from(text)])).digest;
  const [kept, gone] = [await digestOf("an opaque model"), await digestOf("a picture of it")];
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "storage" } });
  const { run } = await tracking.createRun({ parent, run: { experiment: experiment?.name ?? "" } });
  const name = run?.name ?? "";
  await files.putFiles({
    parent: name,
    files: [
      { path: "model/model.pkl", digest: kept },
      { path: "picture.png", digest: gone },
    ],
  });
  const { model } = await registry.createModel({ parent, modelId: "opaque" });
  const { version } = await registry.createModelVersion({
    parent: model?.name ?? "",
    version: { digest: kept, format: ModelFormat.OPAQUE },
  });
  expect(await sweep()).toMatchObject({ condemnedCount: 0n, neededCount: 0n });
  await tracking.deleteRun({ name });
  await tracking.purgeRun({ name });
  await expect.poll(() => sweep(true), { timeout: 60_000 }).toMatchObject({ condemnedCount: 1n, neededCount: 1n });
  expect(await sweep()).toMatchObject({ dryRun: false, condemnedCount: 1n, condemnedBytes: 15n, neededCount: 1n });
  await expect(artifacts.getArtifact({ name: `${parent}/artifacts/${gone}` })).rejects.toThrow();
  await artifacts.getArtifact({ name: `${parent}/artifacts/${kept}` });
  await registry.deleteModelVersion({ name: version?.name ?? "" });
  // What is on its way to the thread still names the bytes.
  await expect.poll(() => sweep(true), { timeout: 60_000 }).toMatchObject({ condemnedCount: 1n });
  expect(await sweep()).toMatchObject({ condemnedCount: 1n, waitingCount: 1n, erasedCount: 0n });
  // Whoever uploads again takes back what waits.
  expect(await digestOf("a picture of it")).toBe(gone);
  expect(await sweep()).toMatchObject({ takenBackCount: 1n, waitingCount: 1n });
  expect(platform.bugs).toEqual([]);
});
