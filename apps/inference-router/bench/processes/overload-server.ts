import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveGrpc } from "@throughline/rpc";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";

/** The router of the bench `overload`, with a model that takes its time and one that takes none. Prints its port. */
const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));
// Ends with the process that measures.
process.stdin.on("end", () => process.exit(0)).resume();

const platform = await openPlatform(dir);
const { service, serving } = await platform.start();
for (const [id, output] of Object.entries({ slow: "score", logistic3: "probabilities" })) {
  const release = platform.registry.release(await platform.model(id), { output, features: false });
  platform.registry.deploy(`projects/default/deployments/${id}`, { [release]: 10_000 });
  await serving(`projects/default/deployments/${id}`, [release]);
}
const { port } = await serveGrpc({ mounts: guardedMounts(service), host: "127.0.0.1", port: 0 });
console.log(port);
