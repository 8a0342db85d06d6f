import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openPlatform } from "./testing-router.ts";

/** A router process for the tests: begins a batch, prints the name of its operation, and works on until it is killed. */
const [, , dir = ""] = process.argv;
await mkdir(dir, { recursive: true });
const platform = await openPlatform(dir);
const router = await platform.start({ batchPartRows: 500 });
const deployment = "projects/default/deployments/killed";
const release = platform.registry.release(await platform.model("logistic3"), { output: "probabilities", column: 1 });
platform.registry.deploy(deployment, { [release]: 10_000 });
await router.serving(deployment, [release]);

const columns = [
  { name: "key", type: "string" },
  { name: "a", type: "float64" },
  { name: "b", type: "float64" },
  { name: "c", type: "int64" },
] as const;
const output = join(dir, "input.parquet");
const rows = Array.from({ length: 4_200 }, (_, i) => [`k${i}`, i / 3, -1 / (i + 1), BigInt(i % 5)] as const);
await platform.tables.importRows({ output, columns }, rows);
const { digest } = await platform.blobs.put(createReadStream(output));
// The last step never ends, so that the batch is under way whenever the kill comes.
Object.assign(platform.tables, { writeQuery: () => new Promise<never>(() => {}) });
const { operation } = await router.batches.batchPredict({ deployment, inputDigest: digest });
process.stdout.write(`${operation?.name}\n`);
