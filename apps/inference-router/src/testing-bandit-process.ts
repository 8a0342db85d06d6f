import { ArmPolicy } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { valueToProto } from "@throughline/rpc";
import { openPlatform } from "./testing-router.ts";

/**
 * A router process for the tests: predicts by a bandit and sends feedback for what it was given, corrections among it, and prints a line
 * for each feedback that was taken, until it is killed.
 */
const [, , dir = ""] = process.argv;
const platform = await openPlatform(dir);
const router = await platform.start();
const deployment = "projects/default/deployments/learning";
const use = { inputTensor: "input", outputTensor: "score" };
const release = platform.registry.graph({
  graph: {
    nodes: [
      { name: "first", kind: { case: "model", value: use } },
      { name: "second", kind: { case: "model", value: use } },
      {
        name: "pick",
        kind: {
          case: "bandit",
          value: { arms: [{ node: "first" }, { node: "second" }], policy: ArmPolicy.THOMPSON_BERNOULLI },
        },
      },
    ],
    outputNode: "pick",
  },
  models: { first: await platform.model("answers_a"), second: await platform.model("answers_b") },
});
platform.registry.deploy(deployment, { [release]: 10_000 });
await router.serving(deployment, [release]);
process.stdout.write(`${release}\n`);

async function caller(number: number): Promise<never> {
  for (let i = 0; ; i++) {
    const entity = { a: valueToProto(number), b: valueToProto(i), c: valueToProto(1) };
    const { prediction, score } = await router.inference.predict({ deployment, entity });
    const right = score === 0.75 ? 1 : 0;
    // The first word of every other one is wrong, and corrected.
    for (const actual of i % 2 === 0 ? [right] : [1 - right, right]) {
      await router.inference.sendFeedback({ deployment, feedback: [{ prediction, actual }] });
    }
    process.stdout.write(`${prediction} ${right}\n`);
  }
}
for (let i = 0; i < 6; i++) void caller(i);
