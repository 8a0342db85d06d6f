/**
 * Measures models, versions, aliases and searches through the contracts, in one process on SQLite.
 *
 * Run it with `node apps/registry/bench/registry.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { pageTokens, systemClock } from "@throughline/kernel";
import { guard, inMemoryTransport, trustLocalCallers } from "@throughline/rpc";
import { openSqliteStore } from "@throughline/store";
import { createRegistryService } from "../src/service.ts";

const PROJECT = "projects/bench";
const MODEL = `${PROJECT}/models/m`;
const MANY = 10_000;

const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
const store = openSqliteStore(join(folder, "store.db"));
const blobs = await fileBlobStore(join(folder, "blobs"));
const service = await createRegistryService({
  store,
  blobs,
  clock: systemClock,
  pageTokens: pageTokens(new Uint8Array(32)),
  artifacts: { find: async () => undefined },
  files: { list: async () => undefined },
  featureServices: { find: async () => undefined, columns: async () => undefined },
  recordLineage: async () => {},
});
try {
  const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
  const mounts = service.mounts.filter((it) => it.service.typeName === RegistryService.typeName);
  const transport = inMemoryTransport(mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
  await measure(createClient(RegistryService, transport));
} finally {
  await service.close();
  await store.close();
  await blobs.close();
  await rm(folder, { recursive: true });
}

async function measure(models: Client<typeof RegistryService>): Promise<void> {
  const version = { sourceUri: "models:/m-0123456789abcdef" };
  await models.createModel({ parent: PROJECT, modelId: "m" });
  const create = () => models.createModelVersion({ parent: MODEL, version });
  await repeat("create a version, 1 caller", 1_000, 1, create);
  await repeat("create a version of one model, 16 callers", 1_000, 16, create);
  const alias = (i: number) =>
    models.setModelAlias({ model: MODEL, alias: "champion", version: BigInt((i % 1_000) + 1) });
  await repeat("set an alias, 1 caller", 1_000, 1, alias);
  const byAlias = { name: `${MODEL}/versions/champion` };
  await repeat("get a version by alias, 1 caller", 5_000, 1, () => models.getModelVersion(byAlias));
  const createModel = (i: number) =>
    models.createModel({
      parent: PROJECT,
      modelId: `many-${i}`,
      model: { displayName: `Model ${i}`, tags: { team: `t${i % 10}` } },
    });
  await repeat("create a model, 16 callers", MANY, 16, createModel);
  const inMany = (i: number) =>
    models.createModelVersion({
      parent: `${PROJECT}/models/many-${i % 1_000}`,
      version: { ...version, run: `${PROJECT}/runs/r${i}`, tags: { n: `${i % 100}` } },
    });
  await repeat("create a version of 1,000 models, 16 callers", MANY, 16, inMany);
  for (const filter of [
    "",
    "name = 'Model 77'",
    "name LIKE '%77%'",
    "name ILIKE 'model 7%'",
    "tags.team = 't7'",
    "aliases = 'champion'",
  ])
    await repeat(`search 10,000 models: ${filter}`, 10, 1, () => models.searchModels({ parent: PROJECT, filter }));
  for (const filter of [
    "",
    "name = 'Model 77'",
    "run_id = 'r777'",
    "tags.n = '77'",
    "name LIKE '%77%'",
    "version_number > 9",
  ])
    await repeat(`search 12,000 versions: ${filter}`, 10, 1, () =>
      models.searchModelVersions({ parent: PROJECT, filter }),
    );
  const orderBy = ["name ASC", "version_number DESC"];
  await repeat("search 12,000 versions by name", 3, 1, () => models.searchModelVersions({ parent: PROJECT, orderBy }));
}

/** Calls `work` so often, by so many callers at once, and prints what it took. */
async function repeat(
  what: string,
  times: number,
  callers: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  const startMs = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < times) await work(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const tookMs = performance.now() - startMs;
  console.log(
    `${what.padEnd(55)} ${(tookMs / times).toFixed(2).padStart(8)} ms ${Math.round((times / tookMs) * 1_000)
      .toString()
      .padStart(7)}/s`,
  );
}
