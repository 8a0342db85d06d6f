import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUCKETS, bucketOf, routeOf, routesOf, soleRoute } from "./deployment.ts";
import type { Release } from "./release.ts";

const loaded = (name: string, createTimeMs: number) => ({ release: { name, createTimeMs } as Release });
const old = loaded("old", 1);
const fresh = loaded("fresh", 2);
const releasesOf = (shares: readonly { readonly loaded: typeof old; readonly basisPoints: number }[]) => {
  const routes = routesOf(shares);
  return Array.from({ length: BUCKETS }, (_, bucket) => routeOf(routes, bucket)?.release.name);
};
const share = (freshShare: number, isListedFirst = false) => {
  const shares = [
    { loaded: old, basisPoints: BUCKETS - freshShare },
    { loaded: fresh, basisPoints: freshShare },
  ];
  return isListedFirst ? shares.toReversed() : shares;
};

describe("the shares of a deployment", () => {
  test("are exact, whatever the order in which they are listed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: BUCKETS }), fc.boolean(), (points, isListedFirst) => {
        const names = releasesOf(share(points, isListedFirst));
        expect(names.filter((it) => it === "fresh")).toHaveLength(points);
        expect(names.filter((it) => it === "old")).toHaveLength(BUCKETS - points);
      }),
      { numRuns: 20 },
    );
  });

  test("need no hash where one release has them all, and only there", () => {
    for (const points of [0, 1, 5_000, BUCKETS - 1, BUCKETS]) {
      const all = new Set(releasesOf(share(points)));
      const sole = soleRoute(routesOf(share(points)));
      expect(sole?.release.name).toBe(all.size === 1 ? [...all][0] : undefined);
    }
  });

  test("move only those who must move when the new release's share is raised or given back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: BUCKETS }), fc.integer({ min: 0, max: BUCKETS }), (before, after) => {
        const [from, to] = [releasesOf(share(before)), releasesOf(share(after, true))];
        expect(from.filter((it, i) => it !== to[i])).toHaveLength(Math.abs(after - before));
      }),
      { numRuns: 20 },
    );
  });

  test("a release without a share gets nobody", () => {
    expect(new Set(releasesOf(share(0)))).toEqual(new Set(["old"]));
    expect(new Set(releasesOf(share(BUCKETS)))).toEqual(new Set(["fresh"]));
  });
});

describe("the bucket of a sticky value", () => {
  test("is a fixed function of deployment, type and value", () => {
    const name = "projects/p/deployments/d";
    expect([
      bucketOf(name, "N14228"),
      bucketOf(name, 1n),
      bucketOf(name, 1),
      bucketOf(name, "1"),
    ]).toMatchInlineSnapshot(`
      [
        2954,
        7198,
        9110,
        6994,
      ]
    `);
  });

  test("spreads values evenly", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 20_000; i++) {
      const tenth = Math.floor(bucketOf("projects/p/deployments/d", `tail ${i}`) / (BUCKETS / 10));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 2,000 each with a standard deviation of 42: five of them away is out of the question.
    for (const it of tenths) expect(Math.abs(it - 2_000)).toBeLessThan(210);
  });
});
