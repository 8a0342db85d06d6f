/**
 * Unary calls over REST: a gateway in front of tracking, both in one process with SQLite, called from another process.
 * Prints calls a second, and the server's processor time for each. `--seconds 3` and `--rounds 3` are the defaults;
 * `--serve` only serves and prints the address of an experiment, for other programs to call.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRouterTransport } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { callObserver, guard, inMemoryTransport, readiness, trustLocalCallers } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { createTrackingService } from "../../tracking/src/index.ts";
import { serveGateway } from "../src/index.ts";
import { closedLoop, expectNoFailure, type Job, median, percentile } from "./load/closed-loop.ts";
import type { Target } from "./load/connection.ts";
import { cpuSeconds } from "./load/process-cost.ts";

const PARENT = "/v1/projects/p";
const CALLERS_MAX = 32;

/** Serves until the process is told to end. */
async function serve(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-gateway-bench-"));
  const store = await openStore(`sqlite://${join(dir, "store.db")}`);
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const shared = {
    store,
    blobs,
    clock: systemClock,
    newId: timeOrderedIds(systemClock),
    pageTokens: pageTokens(new Uint8Array(32)),
  };
  const service = await createTrackingService(shared);
  const telemetry = openTelemetry({ serviceName: "bench" });
  const observe = callObserver({ telemetry, log: silentLog, logCalls: false });
  const guarded = service.mounts.map((it) => guard(it, { authenticate: trustLocalCallers, observe }));
  const away = createRouterTransport(() => {});
  const gateway = await serveGateway({
    host: "127.0.0.1",
    port: 0,
    telemetry,
    log: silentLog,
    consoleDir: dir,
    hosts: [],
    readiness: readiness(async () => {}),
    transports: {
      tracking: inMemoryTransport(guarded),
      registry: away,
      "feature-store": away,
      validation: away,
      "inference-router": away,
    },
  });
  process.send?.(gateway.port);
  const url = `http://127.0.0.1:${gateway.port}`;
  const created = await (
    await fetch(`${url}${PARENT}/experiments`, post({ experiment: { displayName: "one" } }))
  ).json();
  if (!process.send)
    process.stdout.write(`${url}/v1/${(created as { experiment: { name: string } }).experiment.name}\n`);
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), once(process, "disconnect")]);
  await ended;
  await gateway.stop(0);
  await service.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
  process.exit();
}

const post = (body: object) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** The calls that are measured, without an end. */
async function loads(target: Target): Promise<ReadonlyMap<string, Iterable<Job>>> {
  const url = `http://${target.host}:${target.port}`;
  const made = await fetch(
    `${url}${PARENT}/experiments`,
    post({ experiment: { displayName: "bench", tags: { a: "b" } } }),
  );
  const { experiment } = (await made.json()) as { experiment: { name: string } };
  const runs: string[] = [];
  for (let i = 0; i < CALLERS_MAX; i++) {
    const begun = await fetch(`${url}${PARENT}/runs`, post({ run: { experiment: experiment.name } }));
    runs.push(((await begun.json()) as { run: { name: string } }).run.name);
  }
  const read: Job = async (call) => void (await call("GET", `/v1/${experiment.name}`));
  const logged = (step: number): Job => {
    const metrics = [{ key: "loss", value: 1 / (step + 1), step: String(step) }];
    return async (call) => void (await call("POST", `/v1/${runs[step % runs.length]}:logBatch`, { metrics }));
  };
  return new Map([
    ["read an experiment", endless(() => read)],
    ["log one metric, durably", endless(logged)],
  ]);
}

function* endless<T>(make: (i: number) => T): Generator<T, void> {
  for (let i = 0; ; i++) yield make(i);
}

async function bench(server: ChildProcess, seconds: number, rounds: number): Promise<void> {
  const [port] = (await once(server, "message")) as [number];
  const target: Target = { host: "127.0.0.1", port, quickAck: false };
  const rows: object[] = [];
  for (const [name, jobs] of await loads(target)) {
    for (const callers of [1, CALLERS_MAX]) {
      await closedLoop({ target, callers, jobs: kept(jobs), forMs: 1_500 });
      const rates: number[] = [];
      const costs: number[] = [];
      const p99s: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const before = cpuSeconds(server.pid ?? 0);
        const loaded = await closedLoop({ target, callers, jobs: kept(jobs), forMs: seconds * 1_000 });
        expectNoFailure(loaded);
        costs.push(((cpuSeconds(server.pid ?? 0) - before) / loaded.jobs) * 1e6);
        rates.push(loaded.jobs / loaded.seconds);
        p99s.push(percentile(loaded.latenciesMs, 0.99));
      }
      const round = (value: number, digits = 0): number => Number(value.toFixed(digits));
      rows.push({
        call: name,
        callers,
        "calls/s": round(median(rates)),
        "server µs/call": round(median(costs)),
        "p99 ms": round(median(p99s), 2),
      });
    }
  }
  console.table(rows);
}

/** The end of one loop over the jobs is not their end. */
const kept = (jobs: Iterable<Job>): Iterable<Job> => ({
  [Symbol.iterator]: () => {
    const all = jobs[Symbol.iterator]();
    return { next: () => all.next() };
  },
});

const { values } = parseArgs({
  options: {
    serve: { type: "boolean", default: false },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
  },
});
if (values.serve) await serve();
else {
  const server = fork(import.meta.filename, ["--serve"]);
  await bench(server, Number(values.seconds), Number(values.rounds)).finally(() => server.kill());
}
