import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createRouterTransport } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { callObserver, guard, inMemoryTransport, readiness, trustLocalCallers } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { createTrackingService } from "../../tracking/src/index.ts";
import { serveGateway } from "../src/index.ts";

/**
 * Serves a gateway in front of tracking, both in this process, and prints the address of an experiment. With a number of
 * seconds as its argument it also calls it over 32 connections from this process, and prints how often a second; without,
 * it waits for another program to do so.
 */
const seconds = Number(process.argv[2] ?? 0);
const dir = mkdtempSync(join(tmpdir(), "throughline-gateway-bench-"));
const store = await openStore(`sqlite://${join(dir, "store.db")}`);
const blobs = await fileBlobStore(join(dir, "blobs"));
const newId = timeOrderedIds(systemClock);
const service = await createTrackingService({
  store,
  blobs,
  clock: systemClock,
  newId,
  pageTokens: pageTokens(new Uint8Array(32)),
});
const telemetry = openTelemetry({ serviceName: "bench" });
const observe = callObserver({ telemetry, log: silentLog, logCalls: false });
const tracking = inMemoryTransport(service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe })));
const away = createRouterTransport(() => {});
const gateway = await serveGateway({
  ...{
    host: "127.0.0.1",
    port: 0,
    telemetry,
    log: silentLog,
    consoleDir: dir,
    hosts: [],
    readiness: readiness(async () => {}),
  },
  transports: { tracking, registry: away, "feature-store": away, validation: away, "inference-router": away },
});
const url = `http://127.0.0.1:${gateway.port}`;
const created = await fetch(`${url}/v1/projects/p/experiments`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ experiment: { displayName: "bench", tags: { team: "a", stage: "b" } } }),
});
const { experiment } = (await created.json()) as { experiment: { name: string } };
process.stdout.write(`${url}/v1/${experiment.name}\n`);
if (seconds === 0) await new Promise((resolve) => process.once("SIGINT", resolve));
else
  process.stdout.write(
    `${Math.round((await callFor(seconds)) / seconds)} calls a second, caller and gateway in one process\n`,
  );
await gateway.stop(0);
await service.close();
await store.close();
rmSync(dir, { recursive: true, force: true });

async function callFor(duration: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  let count = 0;
  let isOver = false;
  const caller = async (): Promise<void> => {
    for (; !isOver; count++) {
      await new Promise<void>((resolve, reject) => {
        request(`${url}/v1/${experiment.name}`, { agent }, (answer) => answer.resume().once("end", resolve))
          .once("error", reject)
          .end();
      });
    }
  };
  const callers = Array.from({ length: 32 }, caller);
  await delay(duration * 1_000);
  isOver = true;
  await Promise.all(callers);
  agent.destroy();
  return count;
}
