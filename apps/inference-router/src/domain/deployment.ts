import { createHash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { ContextualBandit } from "./contextual.ts";
import type { LogPolicy } from "./log-policy.ts";
import type { ExecutionSettings } from "./model-host.ts";
import type { Release } from "./release.ts";

/** What should serve at a named endpoint, as the registry says. */
export interface Deployment {
  /** `projects/{project}/deployments/{deployment}`. */
  readonly name: string;
  readonly shares: readonly Share[];
  /** The request field that keeps a caller on one release. Empty: none. */
  readonly stickyKey: string;
  /** Left out: as the router is set to. */
  readonly execution?: ExecutionSettings;
  /** Left out: every prediction is logged. */
  readonly log?: LogPolicy;
  /** Set while a rollout mirrors requests to its candidate. */
  readonly shadow?: ShadowRollout;
  /** Set while the shares of a rollout follow from the context of each request. */
  readonly contextual?: ContextualBandit;
}

/** What a rollout mirrors: requests that one release has answered are put to another one, which answers nobody. */
export interface ShadowRollout {
  /** `projects/{project}/deployments/{deployment}/rollouts/{number}`. */
  readonly rollout: string;
  readonly candidate: string;
  /** The share of requests that are mirrored, in hundredths of a percent. */
  readonly basisPoints: number;
}

/** The share of a release in hundredths of a percent. Shares of a deployment sum to 10,000. */
export interface Share {
  readonly release: string;
  readonly basisPoints: number;
}

export const BUCKETS = 10_000;

/**
 * The bucket of a sticky value: the first 6 bytes of SHA-256 over `{deployment}|` and the canonical bytes of the value (see
 * libs/kernel, row digests), as a big-endian number modulo 10,000. The same everywhere and for ever.
 */
export function bucketOf(deployment: string, value: FeatureValue): number {
  const hash = createHash("sha256")
    .update(`${deployment}|`)
    .update(canonicalRowBytes([value]))
    .digest();
  return hash.readUIntBE(0, 6) % BUCKETS;
}

/** A part of the buckets, from `start` up to and without `end`. */
export interface Route<R> {
  readonly release: R;
  readonly start: number;
  readonly end: number;
}

/**
 * Lays the shares out over the buckets: releases in the order of their creation, the oldest from bucket 0 on. The order of
 * the deployment's list plays no part. So a new release, which comes last, grows downwards from the top: raising its share
 * at the cost of the release before it moves exactly the buckets that must move, and giving the share back moves the same
 * ones back.
 */
export function routesOf<R extends { readonly release: Release }>(
  shares: readonly { readonly loaded: R; readonly basisPoints: number }[],
): readonly Route<R>[] {
  const ordered = [...shares].sort(
    (a, b) =>
      a.loaded.release.createTimeMs - b.loaded.release.createTimeMs ||
      (a.loaded.release.name < b.loaded.release.name ? -1 : 1),
  );
  let start = 0;
  return ordered.map(({ loaded, basisPoints }) => {
    const route = { release: loaded, start, end: start + basisPoints };
    start = route.end;
    return route;
  });
}

/** The release of a bucket; the last one with a share if the shares leave the bucket out. */
export function routeOf<R>(routes: readonly Route<R>[], bucket: number): R | undefined {
  let last: Route<R> | undefined;
  for (const it of routes) {
    if (it.end === it.start) continue;
    if (bucket < it.end) return it.release;
    last = it;
  }
  return last?.release;
}

/** The release that has all the buckets, so that no hash is needed; undefined where several have a share. */
export function soleRoute<R>(routes: readonly Route<R>[]): R | undefined {
  let sole: R | undefined;
  for (const it of routes) {
    if (it.end === it.start) continue;
    if (sole !== undefined) return undefined;
    sole = it.release;
  }
  return sole;
}
