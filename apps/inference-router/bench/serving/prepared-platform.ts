import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Arguments of Node that start the platform as its command does. */
export const UP: readonly string[] = [
  "--max-semi-space-size=8",
  "--min-semi-space-size=8",
  "--no-warnings",
  join(import.meta.dirname, "../../../throughline/bin/throughline.mjs"),
  "up",
];

const START_MS_MAX = 30_000;
const PROJECT = "projects/default";

/** What the peers' bench has made for a model, and where. */
interface Preparing {
  /** Folder of the platform's data; made here. */
  readonly data: string;
  /** File for what the platform writes. */
  readonly log: string;
  /** Folder with `models`, `payloads` and `expected.json`. */
  readonly from: string;
  readonly models: readonly string[];
}

/**
 * Starts the platform on a new folder, brings each model to a deployment of its own name through the API, checks that it
 * answers as expected, and stops the platform again.
 */
export async function preparePlatform({ data, log, from, models }: Preparing): Promise<void> {
  const [http, grpc] = [await freePort(), await freePort()];
  const output = openSync(log, "a");
  const given = ["--data", data, "--http", `127.0.0.1:${http}`, "--grpc", `127.0.0.1:${grpc}`];
  const child = spawn(process.execPath, [...UP, ...given], { stdio: ["ignore", output, output] });
  const exit = once(child, "exit");
  try {
    const api = `http://127.0.0.1:${http}`;
    await until(async () => (await fetch(`${api}/readyz`)).ok);
    const expected = JSON.parse(readFileSync(join(from, "expected.json"), "utf8")) as Expected;
    for (const it of models) {
      await deployModel(api, it, readFileSync(join(from, "models", `${it}.onnx`)));
      await until(async () => (await fetch(`${api}/v2/models/${it}/ready`)).ok);
      await checkAnswer(api, it, { payload: join(from, "payloads", `${it}-b1.v2.json`), expected: expected[it] ?? [] });
    }
  } finally {
    child.kill("SIGTERM");
    await exit;
  }
}

/** The elements of the outputs of each model for its payload of one row. */
type Expected = Readonly<Record<string, readonly (readonly number[])[]>>;

/** The outputs of the peers' models: the last has the score. */
const SCORES: Readonly<Record<string, { readonly outputTensor: string; readonly outputColumn: number }>> = {
  tiny: { outputTensor: "probabilities", outputColumn: 1 },
  gbdt: { outputTensor: "probabilities", outputColumn: 1 },
  mlp: { outputTensor: "logits", outputColumn: 0 },
};

async function deployModel(api: string, model: string, bytes: Buffer): Promise<void> {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const upload = `${api}/v1/${PROJECT}/artifacts:upload?declaration.digest=${digest}&declaration.kind=ARTIFACT_KIND_MODEL`;
  await answered(
    await fetch(upload, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: Uint8Array.from(bytes),
    }),
  );
  await post(`${api}/v1/${PROJECT}/models`, { modelId: model });
  const { version } = (await post(`${api}/v1/${PROJECT}/models/${model}/versions`, {
    version: { digest, format: "MODEL_FORMAT_ONNX" },
  })) as { readonly version: { readonly name: string } };
  const node = { name: "score", model: { inputTensor: "input", ...SCORES[model] } };
  const { release } = (await post(`${api}/v1/${PROJECT}/releases`, {
    manifest: { models: { score: { modelVersion: version.name } }, graph: { nodes: [node], outputNode: "score" } },
  })) as { readonly release: { readonly name: string } };
  await post(`${api}/v1/${PROJECT}/deployments`, {
    deploymentId: model,
    deployment: { traffic: [{ release: release.name, weightBasisPoints: 10_000 }] },
    reason: "for the bench",
  });
}

interface Check {
  /** File with a request of one row. */
  readonly payload: string;
  readonly expected: readonly (readonly number[])[];
}

async function checkAnswer(api: string, model: string, { payload, expected }: Check): Promise<void> {
  const body = JSON.parse(readFileSync(payload, "utf8")) as unknown;
  const { outputs } = (await post(`${api}/v2/models/${model}/infer`, body)) as {
    readonly outputs: readonly { readonly data: readonly number[] }[];
  };
  const found = outputs.map((it) => it.data);
  const isRight = expected.every((row, i) =>
    row.every((it, j) => Math.abs(it - (found[i]?.[j] ?? Number.NaN)) <= 2e-3 * Math.max(1, Math.abs(it))),
  );
  if (!isRight) throw new Error(`${model} answers ${JSON.stringify(found)} where ${JSON.stringify(expected)} is right`);
}

const post = async (url: string, body: unknown): Promise<unknown> =>
  answered(
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

async function answered(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + START_MS_MAX;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > end) throw new Error("the platform did not get ready: its log says why");
    await delay(50);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
