import { percent } from "./progress.ts";
import type { Setting } from "./setting.ts";

/** How often answers of 90 % held what happened, on flights that took no part. */
export interface GroupCoverage {
  /** Rows that calibrate, and rows that are measured. */
  readonly calibrate: number;
  readonly measured: number;
  /** How far from 90 % luck alone takes 95 of 100 figures. */
  readonly luck: number;
  /** Shares of sets, and of intervals in minutes. */
  readonly sets: number;
  readonly minutes: number;
}

/** By group of carriers; `*` are all carriers with too few rows, and `all` are all rows. */
export type Coverages = Readonly<Record<string, GroupCoverage>>;

/**
 * Has the platform calibrate answers of 90 %, and measures how often they hold what happens. Fails if a group of carriers is not within
 * 88 to 92 %, or if the platform's quantiles are not those that Python computes.
 */
export async function checkCoverage({ progress, python, grpcTarget, dataDir, workDir }: Setting): Promise<Coverages> {
  const title = "Calibrating sets and intervals of 90 %, and measuring their coverage by group of carriers";
  return progress.step(title, async () => {
    const { groupRowsLeast, coverage } = await python.run<{ groupRowsLeast: number; coverage: Coverages }>(
      "calibrate.py",
      ...[dataDir, "--grpc", grpcTarget, "--out", workDir],
    );
    const { all: _all, ...groups } = coverage;
    const shares = Object.values(groups).flatMap((it) => [it.sets, it.minutes]);
    const told =
      `${Object.keys(groups).length} groups of at least ${groupRowsLeast} rows, ` +
      `from ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`;
    return { told, result: coverage };
  });
}
