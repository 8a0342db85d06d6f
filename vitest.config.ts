import { defineConfig } from "vitest/config";

/** One configuration for every project; Nx passes the project's folder as `--root`. */
export default defineConfig({
  test: {
    include: ["**/*.test.ts", "**/*.test.tsx"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    environment: "node",
    passWithNoTests: true,
    // These only end what hangs: a machine that is busy or slow fails no test. What takes longer by its nature says so itself.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    maxWorkers: 2,
  },
});
