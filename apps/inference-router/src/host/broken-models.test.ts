import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfBytes, isDomainError, systemClock } from "@throughline/kernel";
import { afterAll, expect, test } from "vitest";
import { fp32Row } from "../domain/tensor.ts";
import { ROUTER_LIMITS } from "../limits.ts";
import { fixture } from "../testing-services.ts";
import { modelHosts } from "./model-hosts.ts";

const dir = mkdtempSync(join(tmpdir(), "throughline-broken-"));
const files = new Map<string, string>();
const blobs = { localFile: async (digest: string) => files.get(digest) ?? "" };
const hosts = modelHosts({ blobs, clock: systemClock, scratchDir: dir, limits: ROUTER_LIMITS });
afterAll(async () => {
  await hosts.close();
  rmSync(dir, { recursive: true, force: true });
});

function stored(bytes: Uint8Array) {
  const digest = digestOfBytes(bytes);
  const path = join(dir, `${files.size}.onnx`);
  writeFileSync(path, bytes);
  files.set(digest, path);
  return { project: "p", digest };
}

test("a file in the runtime's own format is refused for what it is", async () => {
  const file = Buffer.from(fixture("logistic3"));
  file.write("ORTM", 4);
  const error = await hosts.load(stored(file)).catch((it: unknown) => it);
  expect(String(error)).toContain("the runtime's own format");
});

test("a model that is cut off, empty or damaged is refused with a reason, and another keeps answering", async () => {
  const whole = fixture("logistic3");
  const good = await hosts.load(stored(whole));
  const damaged = Uint8Array.from(whole);
  damaged.fill(0xff, 40, 60);
  const broken = [new Uint8Array(0), whole.subarray(0, 57), whole.subarray(0, whole.byteLength - 3), damaged];
  for (const bytes of broken) {
    const error = await hosts.load(stored(bytes)).catch((it: unknown) => it);
    expect(isDomainError(error, "MODEL_NOT_LOADABLE")).toBe(true);
    const [output] = await good.run({ tensors: [fp32Row("input", [1, 2, 3])], outputs: ["probabilities"] });
    expect(output?.shape).toEqual([1, 2]);
  }
});
