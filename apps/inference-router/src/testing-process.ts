import { valueToProto } from "@throughline/rpc";
import { openPlatform } from "./testing-router.ts";

/**
 * A router process for the tests: predicts without a pause, by several callers, and prints the name of each prediction that
 * it was given, with its score, until it is killed.
 */
const [, , dir = ""] = process.argv;
const platform = await openPlatform(dir);
const router = await platform.start();
const deployment = "projects/default/deployments/killed";
const release = platform.registry.release(await platform.model("logistic3"), { output: "probabilities", column: 1 });
platform.registry.deploy(deployment, { [release]: 10_000 });
await router.serving(deployment, [release]);

async function caller(number: number): Promise<never> {
  for (let i = 0; ; i++) {
    const entity = { a: valueToProto(number), b: valueToProto(i), c: valueToProto(1) };
    const { prediction, score } = await router.inference.predict({ deployment, entity });
    process.stdout.write(`${prediction} ${score}\n`);
  }
}
// So many that they run in batches.
for (let i = 0; i < 40; i++) void caller(i);
