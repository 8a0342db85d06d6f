import { afterAll } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { makeReleases, type Releases } from "./testing-shop.ts";

/** A platform with the shop and its two releases, until the tests of the file that asks for it are over. */
export async function shopPlatform(): Promise<{ readonly platform: PlatformForTests; readonly releases: Releases }> {
  const platform = await platformForTests();
  afterAll(() => platform.stop());
  return { platform, releases: await makeReleases(platform.connection) };
}
