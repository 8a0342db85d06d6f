import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Setting } from "./setting.ts";

const DEPLOYMENT = "late-flights";

/** Share of all requests, in hundredths of a percent. */
export interface Share {
  readonly release: Release;
  readonly basisPoints: number;
}

/** Creates the deployment with one release that takes everything. */
export async function deploy(
  { connection, progress }: Setting,
  release: Release,
  deploymentId = DEPLOYMENT,
): Promise<string> {
  return progress.step(`Deploying a release as ${deploymentId}`, async () => {
    const { deployment } = await connection.deployments.createDeployment({
      parent: connection.parent,
      deploymentId,
      deployment: {
        traffic: [{ release: release.name, weightBasisPoints: 10_000 }],
        description: "Will this flight be late?",
      },
      reason: "first release of the demonstration",
    });
    if (!deployment) throw new Error("the platform answered without the deployment");
    await untilServed(connection, deployment.name, [release.name]);
    return { told: `${deployment.name} answers`, result: deployment.name };
  });
}

const READY_MS_MAX = 60_000;

/**
 * Waits until the router has loaded these releases, and serves by no others: a deployment is what should serve, and takes a
 * moment to be true.
 */
async function untilServed(
  { openInference }: Setting["connection"],
  deployment: string,
  releases: readonly string[],
): Promise<void> {
  const name = deployment.split("/").at(-1) ?? "";
  const wanted = releases.map((it) => it.split("/").at(-1)).sort();
  const deadline = Date.now() + READY_MS_MAX;
  while (Date.now() < deadline) {
    // Until the router has heard of the deployment it does not know the name.
    const { ready } = await openInference.modelReady({ name }).catch(notReadyIfUnknown);
    if (ready) {
      const { versions } = await openInference.modelMetadata({ name });
      if (versions.sort().join() === wanted.join()) return;
    }
    await delay(POLL_MS);
  }
  throw new Error(`the deployment did not serve by ${wanted.join(" and ")} after ${READY_MS_MAX / 1_000} s`);
}

const POLL_MS = 10;

function notReadyIfUnknown(error: unknown): { readonly ready: boolean } {
  if (ConnectError.from(error).code !== Code.NotFound) throw error;
  return { ready: false };
}

/** Moves the shares of a deployment. */
export async function setTraffic(
  { connection, progress }: Setting,
  moved: {
    readonly title: string;
    readonly deployment: string;
    readonly shares: readonly Share[];
    readonly reason: string;
  },
): Promise<void> {
  await progress.step(moved.title, async () => {
    const { deployment: current } = await connection.deployments.getDeployment({ name: moved.deployment });
    const { deployment } = await connection.deployments.setTraffic({
      name: moved.deployment,
      traffic: moved.shares.map((it) => ({ release: it.release.name, weightBasisPoints: it.basisPoints })),
      strategy: Strategy.CANARY,
      etag: current?.etag ?? "",
      reason: moved.reason,
    });
    const names = moved.shares.map((it) => it.release.name);
    await untilServed(connection, moved.deployment, names);
    return { told: `revision ${deployment?.change?.revision}`, result: undefined };
  });
}

/** Goes back to the state that the deployment began with, whatever came between. */
export async function rollBack({ connection, progress }: Setting, deployment: string): Promise<void> {
  await progress.step("Rolling back: model, features and preprocessing in one step", async () => {
    const start = performance.now();
    const rolled = await connection.deployments.rollBackDeployment({
      name: deployment,
      toRevision: 1n,
      reason: "the demonstration shows how",
    });
    const elapsedMs = Math.round(performance.now() - start);
    const [only, ...more] = rolled.deployment?.traffic ?? [];
    if (!only || more.length > 0) throw new Error("the rollback left more than the first release");
    await untilServed(connection, deployment, [only.release]);
    const servedMs = Math.round(performance.now() - start);
    const told = `revision ${rolled.deployment?.change?.revision} after ${elapsedMs} ms, served after ${servedMs} ms`;
    return { told, result: undefined };
  });
}
