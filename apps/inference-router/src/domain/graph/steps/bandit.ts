import { createHash } from "node:crypto";
import type { BanditPolicy } from "@throughline/bandits";
import { numberOf } from "../../features.ts";
import { gather, valueByName } from "../inputs.ts";
import type { GraphStep } from "../run.ts";
import { take } from "./branches.ts";

const UNIFORM_BYTES = 6;

/**
 * Takes one of its arms, by what feedback said of them at the deployment. Chance is drawn from the release, the node and the request, so
 * that a retry is the same choice. A context feature without a value counts as 0.
 */
export function banditRun(bandit: {
  readonly name: string;
  readonly release: string;
  readonly releaseDigest: string;
  readonly policy: BanditPolicy;
  readonly inputs: readonly string[];
  readonly context: readonly string[];
  readonly fallback: string;
}): GraphStep["run"] {
  const { name, release, releaseDigest, policy, inputs, context, fallback } = bandit;
  return async (scope) => {
    const gathered = await gather(scope, inputs);
    const numbers = context.map((feature) => {
      const number = numberOf(valueByName(gathered, feature) ?? null, { release, feature });
      return Number.isFinite(number) ? number : 0;
    });
    const state = scope.knowledge(name) ?? policy.empty;
    const uniform = uniformOf(`${releaseDigest}|${name}|${scope.row.seed}`);
    const { arm, propensity } = policy.choose({ state, context: numbers, uniform });
    return take(scope, { node: name, branch: arm, propensity, arm: { name: arm, context: numbers }, fallback });
  };
}

/** A number in [0, 1) that a text decides. */
function uniformOf(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, UNIFORM_BYTES) / 2 ** (8 * UNIFORM_BYTES);
}
