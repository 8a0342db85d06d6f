import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@throughline/client";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { DemonstrationOptions } from "./demonstration.ts";
import { defineFeatures } from "./features.ts";
import { openPython } from "./python.ts";
import { loadSources } from "./sources.ts";
import { joinTrainingSet, prepareQuestions } from "./training.ts";

/** The first steps of the demonstration alone, in a project: from the shipped files to the training set of the second model. */
export async function joinFlights(options: DemonstrationOptions, project: string): Promise<TrainingSet> {
  const { progress, httpUrl, grpcTarget, workDir, pythonDir, environment } = options;
  await mkdir(workDir, { recursive: true });
  const python = await openPython({ folder: pythonDir, environment });
  const connection = connect({ baseUrl: `http://${grpcTarget}`, project, actor: "flights-demonstration" });
  const dataDir = join(import.meta.dirname, "../data");
  const setting = { connection, httpUrl, grpcTarget, python, progress, dataDir, workDir };
  await prepareQuestions(setting);
  await loadSources(setting);
  const [, all] = await defineFeatures(setting);
  return joinTrainingSet(setting, all);
}
