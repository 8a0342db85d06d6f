import { valueToProto } from "@throughline/rpc";
import { expect, test } from "vitest";
import { platform } from "./testing-platform.ts";

const D = "projects/default/deployments/removed";
const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };

test("a deployment that was deleted answers nobody, and what it answered is there, open to feedback", async () => {
  const on = await platform();
  const release = on.registry.release(await on.model("answers_a"));
  let router = await on.start();
  on.registry.deploy(D, { [release]: 10_000 });
  await router.serving(D, [release]);
  const { prediction: name } = await router.inference.predict({ deployment: D, entity });
  on.registry.remove(D);
  const refusal = () =>
    router.inference.predict({ deployment: D, entity }).then(
      () => "",
      (error: Error) => error.message,
    );
  await expect.poll(refusal, { timeout: 120_000, interval: 20 }).toContain("is not known here");
  for (const restarted of [false, true]) {
    if (restarted) {
      await router.close();
      router = await on.start();
    }
    const { prediction } = await router.inference.getPrediction({ name });
    expect(prediction).toMatchObject({ release, score: 0.25 });
    const feedback = [{ prediction: name, actual: 1 }];
    const sent = await router.inference.sendFeedback({ deployment: D, feedback });
    expect(sent).toMatchObject(restarted ? { unchangedCount: 1 } : { newCount: 1 });
  }
  await router.close();
});
