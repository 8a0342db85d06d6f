import type { SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Evaluation } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import type { Built } from "./build.ts";
import { type LoggedSet, type ServedBy, trainingSetFromLog } from "./log.ts";
import { evaluate, register } from "./release.ts";
import type { Setting } from "./setting.ts";
import { checkSkew, compareWithJoin, type ExpectedSkew, expectSkew } from "./skew.ts";
import { loadForgotten } from "./sources.ts";
import { train } from "./training.ts";
import { applyTransforms } from "./transforms.ts";

/** The days from here on are held out when a model learns from September. */
const HELD_OUT_FROM = "2013-09-27";

/** What came of learning from what was served. */
export interface Relearned {
  readonly logged: LoggedSet;
  readonly version: ModelVersion;
  readonly evaluation: Evaluation;
}

/** Trains a model on the served vectors and what came of them, with the transforms of the release that answered. */
export async function learnFromLog(setting: Setting, served: ServedBy, { fit }: Built): Promise<Relearned> {
  const recipe = "recent";
  const logged = await trainingSetFromLog(setting, served);
  const { trainingSet } = logged;
  const title = "Transforming the served vectors as the release did";
  const rowsDigest = await applyTransforms(setting, { title, fit, trainingSet });
  const trained = await train(setting, recipe, { trainingSet, rowsDigest, heldOutFrom: HELD_OUT_FROM });
  const evaluation = await evaluate(setting, recipe, trained);
  const version = await register(setting, recipe, { trained, trainingSet, fit });
  return { logged, version, evaluation };
}

/** The skew before and after data came late. */
export interface Skew {
  readonly before: SkewReport;
  readonly after: SkewReport;
  readonly expected: ExpectedSkew;
}

/** Compares served with joined values: they are the same, until somebody sends what was forgotten. */
export async function findSkew(setting: Setting, served: ServedBy): Promise<Skew> {
  // The count takes nothing from the platform, and so need not wait for it.
  const [{ before, after }, expected] = await Promise.all([reportSkew(setting, served), expectSkew(setting, served)]);
  checkSkew(after, expected);
  return { before, after, expected };
}

async function reportSkew(setting: Setting, served: ServedBy): Promise<Omit<Skew, "expected">> {
  const before = await compareWithJoin(setting, served);
  if (before.differingRowCount > 0n) throw new Error(`${before.differingRowCount} rows differ, and nothing came late`);
  await loadForgotten(setting);
  return { before, after: await compareWithJoin(setting, served) };
}
