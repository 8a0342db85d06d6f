import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connect } from "@throughline/client";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { policyOf } from "@throughline/rpc";
import { expect, onTestFinished, test } from "vitest";
import { descendants, startUp, type UpProcess } from "./testing-process.ts";
import { registerModel } from "./testing-shop.ts";

async function startSplit(holders: readonly object[] = []): Promise<UpProcess> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-split-"));
  const tokens = join(dir, "tokens.json");
  if (holders.length > 0) writeFileSync(tokens, JSON.stringify(holders));
  const up = await startUp("--split", "--data", join(dir, "data"), ...(holders.length > 0 ? ["--tokens", tokens] : []));
  onTestFinished(async () => {
    await up.kill9();
    await rm(dir, { recursive: true, force: true });
  });
  return up;
}

/** True while a process runs; one that has ended and is kept for its parent does not. */
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

test("each service has a process, and a stop ends them all", { timeout: 120_000 }, async () => {
  const up = await startSplit();
  const pids = descendants(up.pid);
  expect(pids.length).toBeGreaterThanOrEqual(6);
  const { parent, tracking } = up.connection;
  await tracking.createExperiment({ parent, experiment: { displayName: "over two hops" } });
  const response = await fetch(`${up.httpUrl}/v1/${parent}/experiments`);
  expect(await response.text()).toContain("over two hops");
  expect(await up.stop()).toBe(0);
  expect(pids.filter(runs)).toEqual([]);
});

test("the services end when whoever started them was killed", { timeout: 120_000 }, async () => {
  const up = await startSplit();
  const pids = descendants(up.pid);
  process.kill(up.pid, "SIGKILL");
  while (pids.some(runs)) await delay(50);
});

test("with tokens every service asks who calls, and the services know each other", { timeout: 120_000 }, async () => {
  const tokenSha256 = createHash("sha256").update("adas-token").digest("hex");
  const up = await startSplit([{ actor: "ada", role: "EDITOR", tokenSha256 }]);
  for (const { methods } of servicesOf(Object.keys(SERVICES) as ServiceName[])) {
    const method = methods.find((it) => it.methodKind === "unary" && policyOf(it).role !== Role.PUBLIC);
    if (!method) throw new Error("a contract has no unary method");
    const call = up.connection.transport.unary(method as DescMethodUnary, undefined, 10_000, undefined, {});
    expect(await call.catch((error: unknown) => ConnectError.from(error).code)).toBe(Code.Unauthenticated);
  }
  const ada = connect({ baseUrl: up.grpcUrl, token: "adas-token" });
  // The registry asks tracking for the artifact, and tells it what it made of it.
  const version = await registerModel(ada, { id: "shared", fixture: "answers_a" });
  expect(version.actor).toBe("ada");
});
