/**
 * What the router still answers when it is asked three times as much as it can: calls at a fixed rate, whether the ones before are answered or
 * not. Good is an answer in time; a refusal is RESOURCE_EXHAUSTED, or 429, and should say when to try again. Over gRPC calls say their deadline, and a client
 * of `node:http2` beside them looks at what refusals say. Over REST nobody says a deadline: who has waited for too long closes the
 * connection. The peak is measured before and after each load, in turn, since the host's speed changes from minute to minute: a share is of
 * the mean of the two. `npm run bench -- overload [seconds] [slow|quick|both] [grpc|rest|both] [connections over REST]`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BareCalls, bareCalls } from "./overload/bare-calls.ts";
import { bareRestCalls, restBody } from "./overload/bare-rest-calls.ts";
import { framed, INFER_PATH, openProber } from "./overload/grpc-request.ts";
import { closedLoop, DEADLINE_MS, type LoadTaken, newTally, openLoop, type Tally } from "./overload/loops.ts";

/** How long each load, and each peak beside it, is measured in a round. */
const SECONDS = Number(process.argv[2] ?? 2);
const [MODELS, WAYS] = [process.argv[3] ?? "both", process.argv[4] ?? "both"];
const ROUNDS = 3;
/** Over REST each has one call at a time: as many as may wait, and fewer than the gateway keeps open, which is 2,000. */
const CONNECTIONS = { grpc: 8, rest: Number(process.argv[5] ?? 1_024) } as const;
/** How often the client beside them calls. */
const PROBE_MS = 50;

const script = fileURLToPath(new URL("./processes/overload-server.ts", import.meta.url));
const server = spawn(process.execPath, ["--no-warnings", script], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = (await once(createInterface({ input: server.stdout }), "line")) as [string];
const [grpcPort = 0, restPort = 0] = line.split(" ").map(Number);
const prober = openProber(grpcPort);

// The first number of the row is how often the slow model multiplies: a hundred times are about 1 ms a row in a batch.
for (const { name, about, model, row } of [
  { name: "slow", about: "a model that takes about 8 ms a row", model: "slow", row: [800, 0, 0] },
  {
    name: "quick",
    about: "a model that takes nothing: the router itself is the limit",
    model: "logistic3",
    row: [1, 2, 3],
  },
]) {
  if (MODELS !== "both" && MODELS !== name) continue;
  if (WAYS !== "rest") {
    const body = framed(model, row);
    const calls = bareCalls({
      port: grpcPort,
      connections: CONNECTIONS.grpc,
      path: INFER_PATH,
      body,
      deadlineMs: DEADLINE_MS,
    });
    await bench(`${about}, over gRPC`, calls, () => prober.probe(body, calls.onRefusal));
  }
  if (WAYS !== "grpc") {
    const path = `/v2/models/${model}/infer`;
    const body = restBody(row);
    const calls = bareRestCalls({ port: restPort, connections: CONNECTIONS.rest, path, body, deadlineMs: DEADLINE_MS });
    await bench(`${about}, over REST`, calls, () => {});
  }
}
prober.close();
server.kill();

async function bench(name: string, calls: BareCalls, probe: () => void): Promise<void> {
  console.log(name);
  const pid = server.pid ?? 0;
  await closedLoop(calls, { callers: 16, ms: 4_000, pid });
  let [callers, most] = [0, 0];
  for (const it of [16, 32, 64, 128]) {
    const { good } = await closedLoop(calls, { callers: it, ms: SECONDS * 1_000, pid });
    if (good > most) [callers, most] = [it, good];
  }
  const peak = () => closedLoop(calls, { callers, ms: SECONDS * 1_000, pid });
  const peaks = [await peak()];
  const loads = [0.5, 1, 2, 3].map((times) => ({
    times,
    tally: newTally(),
    shares: [] as number[],
    sharesOfCpu: [] as number[],
    ms: 0,
    cores: { callers: 0, router: 0 },
  }));
  for (let round = 0; round < ROUNDS; round++)
    for (const it of loads) {
      const before = peaks.at(-1) as LoadTaken;
      const probing = setInterval(probe, PROBE_MS);
      const { good, ms, cores } = await openLoop(calls, {
        seconds: SECONDS,
        pid,
        perSecond: before.good * it.times,
        tally: it.tally,
      });
      clearInterval(probing);
      it.cores.callers += cores.callers / ROUNDS;
      it.cores.router += cores.router / ROUNDS;
      const after = await peak();
      peaks.push(after);
      it.ms += ms;
      it.shares.push((200 * good) / (before.good + after.good));
      const ofPeak = (before.good + after.good) / (before.cores.router + after.cores.router);
      it.sharesOfCpu.push((100 * good) / cores.router / ofPeak);
    }
  console.log(`  the peak, of ${callers} callers who wait: good ${middle(peaks.map((it) => it.good))}/s`);
  for (const { times, tally, shares, sharesOfCpu, ms, cores } of loads) {
    console.log(`  ${times} x the peak: good ${middle(shares)} % of it; ${described(tally, ms)}`);
    console.log(
      `    cores: the callers ${cores.callers.toFixed(2)}, the router ${cores.router.toFixed(2)}; good by its processor second ${middle(sharesOfCpu)} % of that at the peak`,
    );
  }
  calls.close();
}

/** The median, and from where to where they are. */
function middle(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(0);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}

function described({ counts, goodMs, seen }: Tally, ms: number): string {
  const latencies = goodMs.toSorted((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(share * (latencies.length - 1))] ?? Number.NaN).toFixed(1);
  const each = (count: number) => ((1_000 * count) / ms).toFixed(0);
  const saying = seen.refused === 0 ? "" : ` (${seen.saying} of ${seen.refused} that were looked at say when)`;
  return (
    `ended ${each(counts.good + counts.refused + counts.late)}/s, good ${each(counts.good)}/s ` +
    `(p50 ${at(0.5)} ms, p99 ${at(0.99)} ms), refused ${each(counts.refused)}/s${saying}, late ${each(counts.late)}/s, not sent ${each(counts.unsent)}/s`
  );
}
