import type { Built } from "./build.ts";
import { dayOf, readQuestions } from "./questions.ts";
import { type Answer, askOverGrpc, askOverRest, replay } from "./replay.ts";
import { deploy, rollBack, setTraffic } from "./rollout.ts";
import type { Setting } from "./setting.ts";

/** September as it was served. */
export interface September {
  readonly deployment: string;
  readonly answers: readonly Answer[];
  /** An answer of the second release. */
  readonly example: Answer;
}

/** September: the first release alone, then a canary, then the second alone, and back. */
export async function serve(setting: Setting, first: Built, second: Built): Promise<September> {
  const questions = readQuestions(setting.workDir);
  const between = (low: number, high: number) => questions.filter((it) => dayOf(it) >= low && dayOf(it) <= high);
  const deployment = await deploy(setting, first.release);
  const ask = (title: string, [low, high]: readonly [number, number]) =>
    replay(setting, { title, deployment, questions: between(low, high), ways: [askOverRest, askOverGrpc] });
  const begun = await ask("1 to 10 September over REST and gRPC", [1, 10]);
  await setTraffic(setting, {
    title: "Moving 10 % to the second release",
    deployment,
    reason: "canary",
    shares: [
      { release: first.release, basisPoints: 9_000 },
      { release: second.release, basisPoints: 1_000 },
    ],
  });
  const shared = await ask("11 to 20 September", [11, 20]);
  await setTraffic(setting, {
    title: "Moving everything to the second release",
    deployment,
    reason: "the canary did well",
    shares: [{ release: second.release, basisPoints: 10_000 }],
  });
  const last = await ask("21 September to the end", [21, 31]);
  const example = last.at(-1);
  if (!example) throw new Error("nothing was asked");
  await rollBack(setting, deployment);
  await checkRolledBack(setting, { deployment, example, first });
  return { deployment, answers: [...begun, ...shared, ...last], example };
}

/** After the rollback the first release answers, with the feature views of its own. */
async function checkRolledBack(
  setting: Setting,
  served: { deployment: string; example: Answer; first: Built },
): Promise<void> {
  await setting.progress.step("Asking the same question again", async () => {
    const { deployment, example, first } = served;
    const again = await askOverGrpc(setting, deployment, example.question);
    if (again.release !== first.release.name) throw new Error(`${again.release} answered, not ${first.release.name}`);
    const views = (answer: Answer): string => Object.keys(answer.viewVersions).sort().join(", ");
    return {
      told: `${again.release.split("/").at(-1)} answered from ${views(again)}; before: ${views(example)}`,
      result: undefined,
    };
  });
}
