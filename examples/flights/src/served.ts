import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { download } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import { count } from "./progress.ts";
import type { Answer } from "./replay.ts";
import type { Setting } from "./setting.ts";
import { joinSpine, type Recipe } from "./training.ts";
import { applyTransforms } from "./transforms.ts";

/**
 * How far a served score may be from scikit-learn's: the model adds in FP32 where scikit-learn adds in FP64. The rows that go into
 * both are the same bits.
 */
const SCORE_TOLERANCE = 1e-5;

/** Writes what callers were answered, for the Python programs to compare with. Returns the path. */
export function writeAnswers({ workDir }: Setting, name: string, answers: readonly Answer[]): string {
  const path = join(workDir, `${name}.ndjson`);
  const lines = answers.map(({ question, prediction, score, rowDigest }) => {
    const { flight_id, origin, carrier, tailnum, cutoff, late } = question;
    return JSON.stringify({ flight_id, origin, carrier, tailnum, cutoff, late, prediction, score, rowDigest });
  });
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** What was served, and with what. */
export interface ServedRows {
  readonly answers: readonly Answer[];
  readonly recipe: Recipe;
  readonly service: FeatureService;
  readonly fit: TransformFit;
}

/** Joins the last ten days anew, transforms the rows, scores them in Python, and compares with the answers that were served. */
export async function compareScores(setting: Setting, { answers, recipe, service, fit }: ServedRows): Promise<void> {
  const { connection, progress, python, workDir } = setting;
  const spine = join(workDir, "last-days.parquet");
  const title = "Joining the last ten days of September as rows";
  const { trainingSet } = await joinSpine(setting, { title, path: spine, service, sampleRows: 100 });
  const rowsDigest = await applyTransforms(setting, { title: "Transforming them", fit, trainingSet });
  await progress.step("Scoring them in Python, beside what was served", async () => {
    const rows = join(workDir, "last-days-rows.parquet");
    await download(connection, rowsDigest, rows);
    const served = writeAnswers(setting, "last-days", answers);
    const found = await python.run<{ rows: number; differenceMax: number; servedRowsDigest: string }>(
      "score.py",
      ...[spine, rows, join(workDir, `${recipe}.pickle`), served],
    );
    if (found.differenceMax > SCORE_TOLERANCE) throw new Error(`scores are ${found.differenceMax} apart`);
    if (found.servedRowsDigest !== trainingSet.digest) throw new Error("served vectors are not the joined rows");
    const told =
      `${count(found.rows)} scores at most ${found.differenceMax.toExponential(1)} apart (allowed: ${SCORE_TOLERANCE.toExponential(0)}); ` +
      `served vectors and joined rows have one digest, ${trainingSet.digest.slice(0, 19)}…`;
    return { told, result: undefined };
  });
}
