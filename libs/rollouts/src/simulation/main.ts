/**
 * Simulated rollouts, looked at after every observation: `npm run sweep -- rollouts`. Each case is held against what the rollouts declare, and the
 * sweep ends with 1 if one does not keep to it.
 */
import { parseArgs } from "node:util";
import { seededRandom } from "@throughline/stats";
import { simulateDelays } from "./delayed-labels.ts";
import { type Aborted, unmetDemands } from "./demands.ts";
import { simulatePairs } from "./pairs.ts";
import { simulateRouters } from "./routers.ts";
import { simulate } from "./simulate.ts";
import { WORLDS } from "./worlds.ts";

const { values: flags } = parseArgs({
  options: {
    rollouts: { type: "string", default: "10000" },
    seed: { type: "string", default: "20130101" },
    only: { type: "string", default: "" },
    shares: { type: "string", default: "" },
  },
});
const [rollouts, seed] = [Number(flags.rollouts), Number(flags.seed)];
if (![rollouts, seed].every((it) => Number.isSafeInteger(it) && it >= 0) || rollouts < 1)
  throw new Error("--rollouts and --seed are whole numbers, and there is at least one rollout");

/** Shares of the candidate in basis points: one that stays, few candidates, and steps. */
const SHARES = [[5_000], [1_000], [500, 2_000, 5_000]] as const;

/** Power need not be known as exactly as errors. */
const powered = Math.ceil(rollouts / 4);

const percent = (part: number, whole = rollouts): string => `${((100 * part) / whole).toFixed(2)} %`.padStart(8);

/** Says whether a case keeps to what it declares. */
function verdict(equal: Omit<Aborted, "rollouts">, worse?: Omit<Aborted, "rollouts">): string {
  const unmet = unmetDemands({ ...equal, rollouts }, worse && { ...worse, rollouts: powered });
  if (unmet.length > 0) process.exitCode = 1;
  return unmet.length === 0 ? "kept" : `NOT KEPT: ${unmet.join("; ")}`;
}

console.log(
  `${rollouts} rollouts of equal arms and ${powered} of worse ones, alpha 5 %, power 90 %, seeds from ${seed} on, looked at after every observation`,
);
// Each case has its own seeds, whichever of them are asked for.
for (const [index, world] of WORLDS.entries()) {
  if (!world.name.includes(flags.only)) continue;
  console.log(`\n${world.name}, least effect ${world.analysis.minEffect}`);
  for (const [at, shares] of SHARES.entries()) {
    if (flags.shares !== "" && flags.shares !== shares.join(",")) continue;
    let number = seed + 1_000 * index + 2 * at;
    const begun = performance.now();
    const same = simulate({ world, shares, worsening: 0, rollouts, random: seededRandom(number++) });
    const worse = simulate({
      world,
      shares,
      rollouts: powered,
      worsening: world.analysis.minEffect,
      random: seededRandom(number++),
    });
    const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
    console.log(
      [
        `  shares ${shares.map((it) => it / 100).join(", ")} %`.padEnd(24),
        `horizon ${same.horizon}`.padEnd(14),
        `equal: aborted ${percent(same.aborted)}, cleared ${percent(same.cleared)} after ${Math.round(same.meanObservations)};`,
        `worse: aborted ${percent(worse.aborted, powered)}, cleared ${percent(worse.cleared, powered)} after ${Math.round(worse.meanObservations)}`,
        verdict(same, worse),
        `(${seconds} s)`,
      ].join(" "),
    );
  }
}

/** All of them, or of one metric: `routers:labels`. */
if ("routers".includes(flags.only) || flags.only.startsWith("routers:")) {
  const routers = [0.6, 0.3, 0.1];
  for (const [index, world] of WORLDS.entries()) {
    if (!world.name.includes(flags.only.replace(/^routers:?/, ""))) continue;
    const [shares, tellEvery] = [[1_000], 20] as const;
    const seeds = seed + 100_000 + 10 * index;
    const same = simulateRouters({
      world,
      shares,
      routers,
      tellEvery,
      worsening: 0,
      rollouts,
      random: seededRandom(seeds),
    });
    const worsened = {
      world,
      shares,
      routers,
      tellEvery,
      worsening: world.analysis.minEffect,
      rollouts: powered,
    };
    const worse = simulateRouters({ ...worsened, random: seededRandom(seeds + 1) });
    const alone = simulateRouters({ ...worsened, routers: [1], random: seededRandom(seeds + 2) });
    console.log(
      [
        `\nthree routers (60, 30, 10 %), ${world.name}, shares 10 %, horizon ${same.horizon}\n `,
        `equal: aborted ${percent(same.aborted)}, cleared ${percent(same.cleared)};`,
        `worse: aborted ${percent(worse.aborted, powered)} after ${Math.round(worse.meanObservations)},`,
        `by one router ${percent(alone.aborted, powered)} after ${Math.round(alone.meanObservations)};`,
        verdict(same, worse),
      ].join(" "),
    );
  }
}
if ("pairs".includes(flags.only)) {
  for (const isBounded of [true, false]) {
    const seeds = seed - (isBounded ? 10 : 20);
    const same = simulatePairs({ isBounded, isWorse: false, rollouts, random: seededRandom(seeds) });
    const worse = simulatePairs({ isBounded, isWorse: true, rollouts: powered, random: seededRandom(seeds + 1) });
    console.log(
      [
        `\npairs of a shadow, losses ${isBounded ? "in [0, 1]" : "without bounds"}, least effect 0.01, horizon ${same.horizon} pairs\n `,
        `equal: aborted ${percent(same.aborted)}, cleared ${percent(same.cleared)};`,
        `worse: aborted ${percent(worse.aborted, powered)}, cleared ${percent(worse.cleared, powered)};`,
        verdict(same, worse),
      ].join(" "),
    );
  }
}
if ("delays".includes(flags.only)) {
  console.log("\nlabels of 1 come early, those of 0 late or never; shares 5, 50, 90 %; both arms equal");
  const delayed = simulateDelays({ rollouts, random: seededRandom(seed - 1) });
  console.log(`  when due, with the share at the prediction: aborted ${percent(delayed.aborted)}; ${verdict(delayed)}`);
  console.log(
    `  as they arrive, with the share of then (which the platform does not do): aborted ${percent(delayed.abortedAsTheyCome)}`,
  );
}
