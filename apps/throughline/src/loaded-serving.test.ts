import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Connection, connect } from "@throughline/client";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { expect, onTestFinished, test } from "vitest";
import { startUp, type UpProcess } from "./testing-process.ts";
import { answering, deploy, type FixtureModel, registerModel } from "./testing-shop.ts";

/** A platform that serves a model which takes rows of three numbers as they come. */
async function serving(fixture: FixtureModel, output: { outputTensor: string; outputColumn: number }) {
  const dir = await mkdtemp(join(tmpdir(), "throughline-loaded-"));
  const up = await startUp("--data", dir);
  onTestFinished(async () => {
    await up.kill9();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const { connection } = up;
  const { parent, releases } = connection;
  const version = await registerModel(connection, { id: fixture, fixture });
  const node = { name: "score", kind: { case: "model" as const, value: { inputTensor: "input", ...output } } };
  const { release } = await releases.createRelease({
    parent,
    manifest: { models: { score: { modelVersion: version.name } }, graph: { nodes: [node], outputNode: "score" } },
  });
  if (!release) throw new Error("the platform answered without the release");
  await deploy(connection, "loaded", release);
  return { dir, up };
}

interface Answer {
  readonly scores: readonly number[];
  /** Name of the prediction, where one was logged. */
  readonly prediction: string;
}

/** A refusal, and after how long to come again. */
interface Refusal {
  readonly retryMs: number | undefined;
}

const rowsOf = (count: number, first: number): Float32Array =>
  Float32Array.from({ length: 3 * count }, (_, i) => (i % 3 === 0 ? first : 0));

/** Open Inference over REST. Fails for all but answers and refusals for now. */
async function askRest({ httpUrl }: UpProcess, count: number, first: number): Promise<Answer | Refusal> {
  const input = { name: "input", datatype: "FP32", shape: [count, 3], data: [...rowsOf(count, first)] };
  const response = await fetch(`${httpUrl}/v2/models/loaded/infer`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: [input] }),
  });
  const text = await response.text();
  const after = response.headers.get("retry-after");
  if (response.status === 429) return { retryMs: after === null ? undefined : Number(after) * 1_000 };
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const { outputs, parameters } = JSON.parse(text) as {
    readonly outputs: readonly { readonly data: readonly number[] }[];
    readonly parameters: { readonly prediction?: string };
  };
  return { scores: outputs.at(-1)?.data ?? [], prediction: parameters.prediction ?? "" };
}

/** The same over gRPC. */
async function askGrpc({ openInference }: Connection, count: number, first: number): Promise<Answer | Refusal> {
  const input = { name: "input", datatype: "FP32", shape: [BigInt(count), 3n] };
  const rawInputContents = [new Uint8Array(rowsOf(count, first).buffer)];
  try {
    const request = { modelName: "loaded", inputs: [input], rawInputContents };
    const { rawOutputContents, parameters } = await openInference.modelInfer(request, { timeoutMs: 60_000 });
    const bytes = Uint8Array.from(rawOutputContents.at(-1) ?? []);
    const prediction = parameters["prediction"]?.parameterChoice.value;
    return { scores: [...new Float32Array(bytes.buffer)], prediction: String(prediction ?? "") };
  } catch (error) {
    const failure = ConnectError.from(error);
    if (failure.code !== Code.ResourceExhausted) throw error;
    const [info] = failure.findDetails(RetryInfoSchema);
    return { retryMs: info?.retryDelay && durationMs(info.retryDelay) };
  }
}

const WAYS = {
  REST: (up: UpProcess, count: number, first: number) => askRest(up, count, first),
  gRPC: ({ connection }: UpProcess, count: number, first: number) => askGrpc(connection, count, first),
};

test("a full queue refuses over REST and gRPC, says when to come again, and answers the others", async () => {
  const { up } = await serving("slow", { outputTensor: "score", outputColumn: 0 });
  for (const [way, ask] of Object.entries(WAYS)) {
    // 1,024 rows may wait; the mean of each row is 20. On a busy machine some are answered before the last are asked.
    const found = await Promise.all(Array.from({ length: 32 }, () => ask(up, 600, 60)));
    const refused = found.flatMap((it) => ("scores" in it ? [] : [it.retryMs]));
    const scores = found.flatMap((it) => ("scores" in it ? it.scores : []));
    expect([way, new Set(scores)]).toEqual([way, new Set([20])]);
    expect([way, refused]).toEqual([way, expect.arrayContaining([expect.any(Number)])]);
    expect(refused.filter((it) => it === undefined || it <= 0)).toEqual([]);
  }
});

test("a platform that is told to stop answers all that it has, over REST and gRPC, and ends well", async () => {
  const { up } = await serving("slow", { outputTensor: "score", outputColumn: 0 });
  // In batches of 32 rows these are more than a second's work: most are not done when the platform stops to listen.
  // They are no more than the gate of a process that is late lets in.
  const all = Object.values(WAYS).map((ask) => Array.from({ length: 60 }, () => ask(up, 1, 600)));
  await Promise.all(all.map((it) => Promise.race(it)));
  const stopped = up.stop();
  const found = await Promise.all(all.flat());
  expect(new Set(found.flatMap((it) => ("scores" in it ? it.scores : [Number.NaN])))).toEqual(new Set([200]));
  expect(await stopped).toBe(0);
});

test("a platform that stood still answers all that came meanwhile over gRPC", async () => {
  const { up } = await serving("logistic3", { outputTensor: "probabilities", outputColumn: 1 });
  const callers = Array.from({ length: 4 }, () => connect({ baseUrl: up.grpcUrl, actor: "caller" }));
  await Promise.all(callers.map((it) => askGrpc(it, 1, 1)));
  const refusedAfterStand = async (): Promise<number> => {
    process.kill(up.pid, "SIGSTOP");
    // More than are let in in one turn of the event loop, which reads all of them.
    const all = callers.flatMap((it) => Array.from({ length: 150 }, () => askGrpc(it, 1, 1)));
    await delay(1_000);
    process.kill(up.pid, "SIGCONT");
    return (await Promise.all(all)).filter((it) => !("scores" in it)).length;
  };
  // On a machine with much else to do the time at the door may be over first.
  let refused = await refusedAfterStand();
  for (let tries = 1; tries < 20 && refused > 0; tries++) refused = await refusedAfterStand();
  expect(refused).toBe(0);
});

test("a platform that is killed loses no prediction that it gave, over REST and gRPC", async () => {
  const { dir, up } = await serving("logistic3", { outputTensor: "probabilities", outputColumn: 1 });
  const given = new Map<string, number>();
  let isKilled = false;
  const callers = Object.values(WAYS).flatMap((ask) =>
    Array.from({ length: 8 }, async (_, caller) => {
      for (let i = 0; !isKilled; i++) {
        const answer = await ask(up, 1, caller + i / 1_000).catch((error: unknown) => {
          if (!isKilled) throw error;
          return undefined;
        });
        if (answer && "scores" in answer) given.set(answer.prediction, answer.scores[1] ?? Number.NaN);
      }
    }),
  );
  while (given.size < 300) await Promise.race([...callers, new Promise((resolve) => setTimeout(resolve, 5))]);
  isKilled = true;
  await up.kill9();
  await Promise.all(callers);
  const again = await startUp("--data", dir);
  onTestFinished(() => again.kill9());
  await answering(again.connection, "loaded");
  for (const [name, score] of given) {
    const { prediction } = await again.connection.inference.getPrediction({ name });
    expect(prediction?.score).toBe(score);
  }
  const [first = ""] = given.keys();
  const read = await fetch(`${again.httpUrl}/v1/${first}`);
  expect(await read.json()).toMatchObject({ prediction: { name: first, score: given.get(first) } });
});
