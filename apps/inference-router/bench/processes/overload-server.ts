import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inMemoryTransport, readiness, serveGrpc } from "@throughline/rpc";
import { openTelemetry } from "@throughline/telemetry";
// By path: no app depends on another, but what is measured over REST is what stands behind the gateway.
import { serveGateway } from "../../../gateway/src/gateway.ts";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";

/** The router of the bench `overload`, with a model that takes its time and one that takes none. Prints its ports: that of gRPC, and that of a gateway in the same process. */
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
const mounts = guardedMounts(service);
const { port } = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
const transport = inMemoryTransport(mounts);
const rest = await serveGateway({
  host: "127.0.0.1",
  port: 0,
  // Nobody is asked but the router.
  transports: {
    tracking: transport,
    registry: transport,
    "feature-store": transport,
    validation: transport,
    "inference-router": transport,
  },
  readiness: readiness(async () => {}),
  telemetry: openTelemetry({ serviceName: "overload" }),
  log: { info: () => {}, error: (_event, cause) => console.error(cause) },
  consoleDir: dir,
  hosts: [],
});
console.log(port, rest.port);
