/**
 * Plays every policy at the games of fixtures/oracle.json, and prints what it lost beside what the reference implementation lost.
 * Arguments: --seeds N (default 200), --first S (the first seed, default 1). Ends with 1 if a policy loses more than 1.1 times
 * as much. With few seeds the ratio is known to a tenth only: its standard error stands beside it.
 */
import { parseArgs } from "node:util";
import { momentsOf, sampleVariance, seededRandom } from "@throughline/stats";
import { banditPolicy } from "../policy.ts";
import { contests } from "./games.ts";
import { playedRegret } from "./regret.ts";

const { values } = parseArgs({ options: { seeds: { type: "string" }, first: { type: "string" } } });
const seeds = Number(values.seeds ?? 200);
const first = Number(values.first ?? 1);
const RATIO_MAX = 1.1;

console.log(`cumulative regret over seeds ${first} to ${first + seeds - 1}`);
console.log(
  "policy              rounds   ours ± standard error   reference ± standard error (seeds)   ratio ± standard error",
);
for (const { name, player, policy, game, reference } of contests()) {
  const bandit = banditPolicy({ arms: game.arms, policy });
  const rounds = reference.map((it) => it.rounds);
  const runs = Array.from({ length: seeds }, (_, i) =>
    playedRegret(player(bandit), game, { rounds, random: seededRandom(first + i) }),
  );
  for (const [at, theirs] of reference.entries()) {
    const moments = momentsOf(runs.map((it) => it[at] ?? Number.NaN));
    const ratio = moments.mean / theirs.mean;
    const ours = `${moments.mean.toFixed(1)} ± ${Math.sqrt(sampleVariance(moments) / seeds).toFixed(1)}`;
    const other = `${theirs.mean.toFixed(1)} ± ${theirs.standardError.toFixed(1)} (${theirs.seeds})`;
    const line = [name.padEnd(18), String(theirs.rounds).padStart(7), ours.padStart(23), other.padStart(36)];
    const ofOurs = sampleVariance(moments) / seeds / moments.mean ** 2;
    const ratioError = ratio * Math.sqrt(ofOurs + (theirs.standardError / theirs.mean) ** 2);
    const isKept = ratio <= RATIO_MAX;
    const verdict = isKept ? "kept" : `NOT KEPT: at most ${RATIO_MAX}`;
    console.log(`${line.join(" ")} ${ratio.toFixed(3).padStart(7)} ± ${ratioError.toFixed(3)}  ${verdict}`);
    if (!isKept) process.exitCode = 1;
  }
}
