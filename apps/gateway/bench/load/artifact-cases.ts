import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Target } from "./connection.ts";
import { unique } from "./mlflow-api.ts";

const MIB = 1024 * 1024;
const API = "/api/2.0/mlflow-artifacts/artifacts";

export interface ArtifactRates {
  /** MiB a second. */
  readonly up: number;
  readonly down: number;
}

/** Sends a file of random bytes and gets it back whole. Fails if it comes back changed. */
export async function measureArtifact(target: Target, sizeMib: number): Promise<ArtifactRates> {
  const block = randomBytes(MIB);
  const path = `${API}/bench/${unique("file")}.bin`;
  const expected = createHash("sha256");
  for (let i = 0; i < sizeMib; i++) expected.update(block);
  const up = await secondsOf(() => upload(target, path, { block, blocks: sizeMib }));
  const down = await secondsOf(() => download(target, path, () => {}));
  const seen = createHash("sha256");
  await download(target, path, (it) => seen.update(it));
  if (seen.digest("hex") !== expected.digest("hex")) throw new Error("the artifact came back changed");
  return { up: sizeMib / up, down: sizeMib / down };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
}

function upload(
  target: Target,
  path: string,
  { block, blocks }: { readonly block: Buffer; readonly blocks: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/octet-stream", "content-length": block.byteLength * blocks };
    const sent = request({ ...addressOf(target), method: "PUT", path, headers }, (answer) => {
      answer.resume().once("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the upload was answered ${answer.statusCode}`));
      });
    });
    sent.once("error", reject);
    let left = blocks;
    const write = (): void => {
      while (left > 0) {
        left -= 1;
        if (!sent.write(block)) return void sent.once("drain", write);
      }
      sent.end();
    };
    write();
  });
}

function download(target: Target, path: string, take: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...addressOf(target), path }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`the download was answered ${answer.statusCode}`));
      answer.on("data", take).once("end", resolve).once("error", reject);
    });
    asked.once("error", reject).end();
  });
}

const addressOf = ({ host, port }: Target) => ({ host, port, agent: false as const });
