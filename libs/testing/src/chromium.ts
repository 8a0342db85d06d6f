import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";

/** Chromium with an empty profile. `close` ends it and removes the profile. */
export interface ChromiumForTests {
  readonly browser: BrowserContext;
  close(): Promise<void>;
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium to use: what THROUGHLINE_CHROMIUM names, or Debian's. */
export const chromiumProgram = (env: Readonly<Record<string, string | undefined>>): string =>
  env["THROUGHLINE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Starts Chromium without a window. The sandbox is off, so open no pages but our own. */
export async function startChromium(env: Readonly<Record<string, string | undefined>>): Promise<ChromiumForTests> {
  const program = chromiumProgram(env);
  try {
    await access(program);
  } catch (cause) {
    throw new Error(`There is no Chromium at ${program}. Install it, or name its path in THROUGHLINE_CHROMIUM.`, {
      cause,
    });
  }
  // Loaded here, because it is large and most tests open no browser.
  const { chromium } = await import("playwright-core");
  const profile = await mkdtemp(join(tmpdir(), "throughline-chromium-"));
  const removeProfile = () => rm(profile, { recursive: true, force: true });
  try {
    const browser = await chromium.launchPersistentContext(profile, { executablePath: program, args: FLAGS });
    return {
      browser,
      async close() {
        await browser.close();
        await removeProfile();
      },
    };
  } catch (error) {
    await removeProfile();
    throw error;
  }
}
