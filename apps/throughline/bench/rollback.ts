/**
 * Rollbacks under traffic: requests at a steady rate while a deployment goes to another release and is rolled back, again and again.
 *
 * `--rate N` requests a second (1,000), `--rollbacks N` (200), `--pause-ms N` between changes (1,500), `--split` for a process for each
 * service. The two releases have another model and another version of the features, so that an answer that mixes them shows.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { wait } from "@throughline/client";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { startUp } from "../src/testing-process.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  makeRelease,
  pushSales,
  registerModel,
  SHOP,
  values,
} from "../src/testing-shop.ts";

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "1000" },
    rollbacks: { type: "string", default: "200" },
    "pause-ms": { type: "string", default: "1500" },
    split: { type: "boolean", default: false },
  },
});
const [rate, rollbacks, pauseMs] = [flags.rate, flags.rollbacks, flags["pause-ms"]].map(Number) as [
  number,
  number,
  number,
];
/** Requests that may be under way; with more the rate is not held, which is told. */
const UNDER_WAY_MAX = 2_000;
const SCORES = { answers_a: 0.25, answers_b: 0.75 } as const;

/** What an answer of a release has, all of it or none. */
interface Whole {
  readonly digest: string;
  readonly score: number;
  readonly viewVersion: bigint;
}

/** A request that was answered: when it began and ended, and by which release. */
interface Answered {
  readonly startMs: number;
  readonly endMs: number;
  readonly release: string;
}

const folder = await mkdtemp(join(tmpdir(), "rollback-"));
const up = await startUp("--data", join(folder, "data"), ...(flags.split ? ["--split"] : []));
const { connection } = up;
try {
  const { deployment, first, second, whole } = await prepare();
  const answered: Answered[] = [];
  const failures = new Map<string, number>();
  let mixed = 0;
  let held = 0;
  let underWay = 0;
  const ask = async (): Promise<void> => {
    const startMs = performance.now();
    try {
      const entity = values({ shop: "first", hour: 12 });
      const it = await connection.inference.predict({ deployment, entity });
      const expected = whole.get(it.release);
      const isWhole =
        expected?.digest === it.releaseDigest &&
        expected.score === it.score &&
        expected.viewVersion === it.viewVersions[SHOP.view];
      if (!isWhole) mixed += 1;
      answered.push({ startMs, endMs: performance.now(), release: it.release });
    } catch (error) {
      const why = String(error);
      failures.set(why, (failures.get(why) ?? 0) + 1);
    } finally {
      underWay -= 1;
    }
  };
  const leaving = new AbortController();
  const traffic = (async () => {
    const begin = performance.now();
    for (let sent = 0; !leaving.signal.aborted; ) {
      const due = Math.floor(((performance.now() - begin) / 1_000) * rate);
      for (; sent < due; sent++) {
        if (underWay >= UNDER_WAY_MAX) held += 1;
        else {
          underWay += 1;
          void ask();
        }
      }
      await delay(1);
    }
    while (underWay > 0) await delay(5);
  })();
  const switches: {
    readonly kind: string;
    readonly acknowledgedMs: number;
    readonly from: string;
    readonly to: string;
  }[] = [];
  const changed = (kind: string, from: Release, to: Release) =>
    switches.push({ kind, acknowledgedMs: performance.now(), from: from.name, to: to.name });
  await delay(pauseMs);
  const begin = performance.now();
  for (let i = 0; i < rollbacks; i++) {
    await connection.deployments.setTraffic({
      name: deployment,
      traffic: [{ release: second.name, weightBasisPoints: 10_000 }],
      reason: `forward ${i}`,
    });
    changed("forward", first, second);
    await delay(pauseMs);
    await connection.deployments.rollBackDeployment({ name: deployment, reason: `back ${i}` });
    changed("rollback", second, first);
    await delay(pauseMs);
  }
  const seconds = (performance.now() - begin) / 1_000;
  leaving.abort();
  await traffic;
  const failed = [...failures.values()].reduce((sum, it) => sum + it, 0);
  const perSecond = Math.round(answered.length / seconds);
  console.log(`${answered.length} requests in ${seconds.toFixed(0)} s (${perSecond}/s), ${rollbacks} rollbacks`);
  console.log(`failed ${failed}, mixed ${mixed}, not sent since too many were under way ${held}`);
  for (const [why, count] of failures) console.log(`  ${count}: ${why}`);
  const latencies = answered.map((it) => it.endMs - it.startMs).sort((a, b) => a - b);
  console.log(`latency p50 ${at(latencies, 0.5)} ms, p99 ${at(latencies, 0.99)} ms, slowest ${at(latencies, 1)} ms`);
  for (const kind of ["forward", "rollback"]) {
    const late = switches
      .filter((it) => it.kind === kind)
      .map((it) => lateness(answered, it))
      .sort((a, b) => a - b);
    console.log(
      `${kind}: last request that the release before answered began at p50 ${at(late, 0.5)} ms, p99 ${at(late, 0.99)} ms, at most ${at(late, 1)} ms after the acknowledgement`,
    );
  }
} finally {
  await up.kill9();
  await rm(folder, { recursive: true, force: true });
}

async function prepare() {
  await createShop(connection);
  await pushSales(connection, [{ shop: "first", amount: 1n, timeS: 1_750_000_000n }]);
  const whole = new Map<string, Whole>();
  const made: Release[] = [];
  for (const [i, fixture] of (["answers_a", "answers_b"] as const).entries()) {
    const service = await applyFeatures(connection, BigInt(i + 1));
    const { operation } = await connection.features.materialize({
      featureService: service.name,
      version: service.version,
    });
    await wait(connection, operation, MaterializeResultSchema);
    const version = await registerModel(connection, { id: "served", fixture });
    const release = await makeRelease(connection, { version, fixture, service });
    const viewVersion = release.manifest?.features?.viewVersions[SHOP.view] ?? -1n;
    whole.set(release.name, { digest: release.digest, score: SCORES[fixture], viewVersion });
    made.push(release);
  }
  const [first, second] = made as [Release, Release];
  return { first, second, whole, deployment: await deploy(connection, "rolled", first) };
}

/** How long after the acknowledgement of a change a request began that the release before answered; 0 if none did. */
function lateness(
  answered: readonly Answered[],
  it: { readonly acknowledgedMs: number; readonly from: string },
): number {
  const until = it.acknowledgedMs + pauseMs;
  const late = answered.filter(
    (one) => one.startMs > it.acknowledgedMs && one.startMs < until && one.release === it.from,
  );
  return late.reduce((most, one) => Math.max(most, one.startMs - it.acknowledgedMs), 0);
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN).toFixed(1);
}
