import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connect, wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { defineFeatures } from "./features.ts";
import { count, type Progress } from "./progress.ts";
import { openPython, type Python } from "./python.ts";
import { dayOf, readQuestions } from "./questions.ts";
import { type Baseline, describe, evaluate, register, release } from "./release.ts";
import { type Answer, askOverGrpc, askOverRest, replay } from "./replay.ts";
import { deploy, rollBack, setTraffic } from "./rollout.ts";
import type { Setting } from "./setting.ts";
import { loadSources } from "./sources.ts";
import { driftTable, evaluationTable, onlineTable } from "./tables.ts";
import { threadOf } from "./thread.ts";
import { joinTrainingSet, prepareQuestions, type Recipe, train } from "./training.ts";
import { compareWithTraining, onlineMetrics } from "./watch.ts";

export interface DemonstrationOptions {
  /** The platform's gRPC address, `host:port`. */
  readonly grpcTarget: string;
  /** The gateway, such as `http://127.0.0.1:8080`. */
  readonly httpUrl: string;
  /** Folder for the files of this run, and for the Python environment beside them. */
  readonly workDir: string;
  readonly pythonDir: string;
  /** The environment that Python is started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
}

/** Takes the flights of 2013 from source rows to a served, watched and rolled back model, on a platform that is running. */
export async function runDemonstration(options: DemonstrationOptions): Promise<void> {
  const { progress, httpUrl, grpcTarget, workDir } = options;
  await mkdir(workDir, { recursive: true });
  const python = await preparePython(options);
  const connection = connect({ baseUrl: `http://${grpcTarget}`, actor: "flights-demonstration" });
  const dataDir = join(import.meta.dirname, "../data");
  const setting: Setting = { connection, httpUrl, grpcTarget, python, progress, dataDir, workDir };

  await prepareQuestions(setting);
  await loadSources(setting);
  const [few, all] = await defineFeatures(setting);
  const first = await build(setting, "logistic", few);
  const second = await build(setting, "boosting", all);
  await checkRows(setting, second.trainingSetPath);
  await materialize(setting, few);
  await materialize(setting, all);
  const september = await serve(setting, first, second);
  const report = await compareWithTraining(setting, {
    deployment: september.deployment,
    release: first.release.name,
    baseline: first.baseline,
    features: few.features,
  });
  const metrics = await onlineMetrics(setting, september.deployment);
  const thread = await progress.step("Following one prediction back to its source rows", async () => {
    const lines = await threadOf(setting, september.example.prediction);
    return { told: `${lines.length} lines`, result: lines };
  });

  progress.say("\nHeld-out July and August, by the validation service:");
  progress.say(evaluationTable([first, second].map(({ recipe, evaluation }) => ({ name: recipe, evaluation }))));
  progress.say("\nSeptember, served live, by the actual arrivals (each release over the days on which it answered):");
  progress.say(onlineTable(metrics));
  progress.say("\nThe served September against January to August:");
  progress.say(driftTable(report));
  for (const anomaly of report.anomalies.slice(0, 10))
    progress.say(`  ${anomaly.type} ${anomaly.column}: ${anomaly.description}`);
  progress.say("\nThe thread of one prediction:");
  for (const line of thread) progress.say(`  ${line}`);
}

async function preparePython({ progress, pythonDir, environment }: DemonstrationOptions): Promise<Python> {
  return progress.step("Preparing Python in a virtual environment of its own", async () => ({
    told: "ready",
    result: await openPython({ folder: pythonDir, environment }),
  }));
}

/** From a feature service to a release. */
async function build(setting: Setting, recipe: Recipe, service: FeatureService) {
  const trainingSet = await joinTrainingSet(setting, service);
  const trained = await train(setting, recipe, trainingSet);
  const evaluation = await evaluate(setting, recipe, trained);
  const baseline: Baseline = await describe(setting, trainingSet);
  const version = await register(setting, recipe, { trained, trainingSet });
  const made = await release(setting, { version, service, trainingSet, baseline });
  return {
    recipe,
    release: made,
    baseline,
    evaluation,
    trainingSetPath: join(setting.workDir, `${recipe}-training.parquet`),
  };
}

type Built = Awaited<ReturnType<typeof build>>;

async function checkRows({ progress, python, dataDir }: Setting, trainingSetPath: string): Promise<void> {
  await progress.step("Checking 1,000 training rows by plain loops over the source rows", async () => {
    const checked = await python.run<{ rows: number; values: number; differing: number }>(
      "check.py",
      ...[dataDir, trainingSetPath, "1000", "2013"],
    );
    return { told: `${count(checked.values)} values, ${checked.differing} differ`, result: undefined };
  });
}

async function materialize({ connection, progress }: Setting, service: FeatureService): Promise<void> {
  await progress.step(`Writing online values for feature service version ${service.version}`, async () => {
    const { operation } = await connection.features.materialize({
      featureService: service.name,
      version: service.version,
    });
    const { entryCount } = await wait(connection, operation, MaterializeResultSchema);
    return { told: `${count(entryCount)} entries`, result: undefined };
  });
}

/** September: the first release alone, then a canary, then the second alone, and back. */
async function serve(setting: Setting, first: Built, second: Built): Promise<{ deployment: string; example: Answer }> {
  const questions = readQuestions(setting.workDir);
  const between = (low: number, high: number) => questions.filter((it) => dayOf(it) >= low && dayOf(it) <= high);
  const deployment = await deploy(setting, first.release);
  const ways = [askOverRest, askOverGrpc];
  await replay(setting, { title: "1 to 10 September over REST and gRPC", deployment, questions: between(1, 10), ways });
  await setTraffic(setting, {
    title: "Moving 10 % to the second release",
    deployment,
    reason: "canary",
    shares: [
      { release: first.release, basisPoints: 9_000 },
      { release: second.release, basisPoints: 1_000 },
    ],
  });
  await replay(setting, { title: "11 to 20 September", deployment, questions: between(11, 20), ways });
  await setTraffic(setting, {
    title: "Moving everything to the second release",
    deployment,
    reason: "the canary did well",
    shares: [{ release: second.release, basisPoints: 10_000 }],
  });
  const last = await replay(setting, {
    title: "21 September to the end",
    deployment,
    questions: between(21, 31),
    ways,
  });
  const example = last.at(-1);
  if (!example) throw new Error("nothing was asked");
  await rollBack(setting, deployment);
  await checkRolledBack(setting, { deployment, example, first });
  return { deployment, example };
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
