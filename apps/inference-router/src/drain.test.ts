import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { grpcTransport } from "@throughline/rpc";
import { afterAll, expect, test } from "vitest";

const dir = mkdtempSync(join(tmpdir(), "throughline-drain-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a router that is told to stop answers all requests that it has, and ends well", async () => {
  const script = fileURLToPath(new URL("./testing-served.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, dir], { stdio: ["ignore", "ignore", "pipe"] });
  const port = await portIn(createInterface({ input: child.stderr }));
  const { modelInfer } = createClient(GRPCInferenceService, grpcTransport(`http://127.0.0.1:${port}`));
  // In batches of 32 these are more than a second's work for the model: most are not done when the router stops to listen.
  const row = { name: "input", datatype: "FP32", shape: [1n, 3n] };
  const rawInputContents = [new Uint8Array(Float32Array.of(600, 0, 0).buffer)];
  // No more than the gate of a process that is late lets in.
  const answers = Array.from({ length: 100 }, () =>
    modelInfer({ modelName: "slow", inputs: [row], rawInputContents }, { timeoutMs: 60_000 }),
  );
  await Promise.race(answers);
  child.kill("SIGTERM");
  const scores = (await Promise.all(answers)).map((it) => {
    const [bytes = new Uint8Array()] = it.rawOutputContents;
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
  });
  expect(new Set(scores)).toEqual(new Set([200]));
  const [code] = child.exitCode === null ? ((await once(child, "exit")) as [number]) : [child.exitCode];
  expect(code).toBe(0);
});

/** The port that the log tells. */
async function portIn(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const { grpcPort } = JSON.parse(line) as { readonly grpcPort?: number };
    if (grpcPort !== undefined) return grpcPort;
  }
  throw new Error("the router did not say its port");
}
