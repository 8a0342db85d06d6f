import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connect, wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { MaterializeResultSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { type Built, beginModel, build, buildLeaked } from "./build.ts";
import { type Coverages, checkCoverage } from "./coverage.ts";
import { defineFeatures } from "./features.ts";
import { serveByBandit, serveByGraph } from "./graphs.ts";
import type { ServedBy } from "./log.ts";
import { loggedSetTable, skewTable } from "./log-tables.ts";
import { askOnDemand } from "./on-demand.ts";
import { count, type Progress } from "./progress.ts";
import { openPython, type Python } from "./python.ts";
import { readQuestions, shuffled } from "./questions.ts";
import { findSkew, learnFromLog, type Relearned, type Skew } from "./relearn.ts";
import type { Answer } from "./replay.ts";
import { serve } from "./serve.ts";
import { compareScores } from "./served.ts";
import type { Setting } from "./setting.ts";
import { loadSources } from "./sources.ts";
import { banditTable, coverageTable, driftTable, evaluationTable, onlineTable, rolloutTable } from "./tables.ts";
import { rollOut } from "./tested-rollouts.ts";
import { threadOf, threadOfModel } from "./thread.ts";
import { prepareQuestions } from "./training.ts";
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

/**
 * Takes the flights of 2013 from source rows to a served, watched and rolled back model, and from what was served to the next
 * model, on a platform that is running.
 */
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
  await beginModel(setting);
  // Steps that do not wait for each other run side by side: one process seldom keeps all cores busy.
  const [first, second] = await Promise.all([
    build(setting, "logistic", few),
    build(setting, "boosting", all),
    // The second version has all views of the first.
    materialize(setting, all).then(() => askOnDemand(setting, readQuestions(workDir).slice(0, 500))),
  ]);
  const [{ deployment, answers, example }, leaked, coverages] = await Promise.all([
    serve(setting, first, second),
    buildLeaked(setting, second),
    checkCoverage(setting),
    checkRows(setting, second.trainingSetPath),
  ]);
  const release = second.release.name;
  const served: ServedBy = {
    deployment,
    release,
    service: all,
    answers: answers.filter((it) => it.release === release),
  };
  const relearning = learnFromLog(setting, served, second);
  const [{ report, metrics, relearned, skew }, tried] = await Promise.all([
    lookBack(setting, { first, second, served, answers, relearning }),
    tryOut(setting, { first, second, leaked, relearning }),
  ]);
  const thread = await follow(setting, example.prediction, relearned.version.name);

  tell(progress, {
    evaluations: [first, second, leaked, { recipe: "recent", evaluation: relearned.evaluation }],
    report,
    metrics,
    relearned,
    skew,
    tried,
    coverages,
    thread,
  });
}

/** What was served, beside what it should have been, and what is learned from it. Nothing of it asks the deployments anything. */
async function lookBack(
  setting: Setting,
  {
    first,
    second,
    served,
    answers,
    relearning,
  }: Ended & { readonly served: ServedBy; readonly answers: readonly Answer[] },
) {
  const relearned = await relearning;
  await compareScores(setting, { ...second, answers });
  const { deployment } = served;
  const report = await compareWithTraining(setting, {
    deployment,
    release: first.release.name,
    baseline: first.baseline,
    features: first.service.features,
  });
  const metrics = await onlineMetrics(setting, deployment);
  // Last, because afterwards the data are others.
  return { relearned, report, metrics, skew: await findSkew(setting, served) };
}

/** Both releases that have served, and the model that learns from what the second one was asked. */
interface Ended {
  readonly first: Built;
  readonly second: Built;
  readonly relearning: Promise<Relearned>;
}

/** Tries candidates on the questions of September: in rollouts, behind a bandit, and in a graph. */
async function tryOut(setting: Setting, { first, second, leaked, relearning }: Ended & { readonly leaked: Built }) {
  const questions = shuffled(readQuestions(setting.workDir));
  const rollouts = await rollOut(setting, { first, leaked: leaked.release, second }, questions);
  const arms = { boosting: second.version, recent: (await relearning).version, leaked: leaked.version };
  const chosen = await serveByBandit(setting, { second, arms, bad: "leaked" }, questions.slice(0, 3_000));
  await serveByGraph(setting, { first, second }, questions.slice(3_000, 4_000));
  return { rollouts, chosen };
}

interface Told extends Awaited<ReturnType<typeof lookBack>> {
  readonly evaluations: readonly Pick<Built, "recipe" | "evaluation">[];
  readonly tried: Awaited<ReturnType<typeof tryOut>>;
  readonly coverages: Coverages;
  readonly thread: readonly string[];
}

/** The evidence, in tables. */
function tell(
  progress: Progress,
  { evaluations, report, metrics, relearned, skew, tried, coverages, thread }: Told,
): void {
  const { say } = progress;
  say(
    "\nHeld-out July and August (recent: 27 to 30 September), and where each model is weakest (all slices are in the console):",
  );
  say(evaluationTable(evaluations.map(({ recipe, evaluation }) => ({ name: recipe, evaluation }))));
  say("\nSeptember, served live, by the actual arrivals (each release over the days on which it answered):");
  say(onlineTable(metrics));
  say("\nThe served September against January to August:");
  say(driftTable(report));
  // What drifted stands in the table.
  for (const anomaly of report.anomalies.filter((it) => !it.type.startsWith("COMPARATOR_")).slice(0, 10))
    say(`  ${anomaly.column || "the data set"}: ${anomaly.description}`);
  say("\nWhat was served is what is trained on:");
  say(loggedSetTable(relearned.logged));
  sayDifferences(progress, skew);
  say("\nRollouts, by a test that may be looked at after every answer (alpha 5 %, power 90 %):");
  say(rolloutTable(tried.rollouts));
  say("\nWhat the bandit chose, and how well it answered:");
  say(banditTable(tried.chosen));
  say("\nHow often answers of 90 % held what happened, on flights from July on (* are the carriers with few rows):");
  say(coverageTable(coverages));
  say("\nThe thread of one prediction, and of the model that learned from predictions:");
  for (const line of thread) say(`  ${line}`);
}

function sayDifferences({ say }: Progress, { before, after, expected }: Skew): void {
  const differing = `${before.differingRowCount} of ${count(before.rowCount)} rows differ`;
  say(`\nServed against joined, at data version ${before.dataVersion}: ${differing}.`);
  say(`With the landings that came late, at data version ${after.dataVersion}, ${count(after.differingRowCount)}:`);
  say(skewTable(after, expected.features));
}

async function preparePython({ progress, pythonDir, environment }: DemonstrationOptions): Promise<Python> {
  return progress.step("Preparing Python in a virtual environment of its own", async () => ({
    told: "ready",
    result: await openPython({ folder: pythonDir, environment }),
  }));
}

async function checkRows({ progress, python, dataDir }: Setting, trainingSetPath: string): Promise<void> {
  await progress.step("Checking 1,000 training rows by plain loops over the source rows", async () => {
    const checked = await python.run<{ values: number; windows: number; differing: number }>(
      "check.py",
      ...[dataDir, trainingSetPath, "1000", "2013"],
    );
    return {
      told: `${count(checked.values)} values, ${count(checked.windows)} of them over windows; ${checked.differing} differ`,
      result: undefined,
    };
  });
}

async function materialize({ connection, progress }: Setting, service: FeatureService): Promise<void> {
  await progress.step("Writing the online values of all views", async () => {
    const { operation } = await connection.features.materialize({
      featureService: service.name,
      version: service.version,
    });
    const { entryCount } = await wait(connection, operation, MaterializeResultSchema);
    return { told: `${count(entryCount)} entries`, result: undefined };
  });
}

async function follow(setting: Setting, prediction: string, version: string): Promise<readonly string[]> {
  return setting.progress.step(
    "Following a prediction back to its source rows, and a model to predictions",
    async () => {
      const lines = [...(await threadOf(setting, prediction)), "", ...(await threadOfModel(setting, version))];
      return { told: `${lines.length} lines`, result: lines };
    },
  );
}
