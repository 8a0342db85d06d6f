import { attempt, type Import } from "./import.ts";
import { importModel } from "./import-models.ts";
import { importExperiment } from "./import-runs.ts";
import { broughtBackBefore, deleteBroughtBack } from "./import-version-files.ts";
import { type ImportReport, tally } from "./report.ts";

/**
 * Copies what an MLflow installation has into a project: experiments, runs with every point of every metric, data sets,
 * files, logged models, registered models with versions, stages and aliases. Each thing is read back and compared. Ids and
 * times of runs stay; the times of changes in the registry are those of the import.
 */
export async function importMlflow(work: Omit<Import, "counts" | "broughtBack">): Promise<ImportReport> {
  const counts = tally();
  const all: Import = { ...work, counts, broughtBack: await broughtBackBefore(work.connection) };
  for await (const experiment of work.source.experiments())
    await attempt(all, { kind: "experiments", what: `experiment ${experiment.id}` }, () =>
      importExperiment(all, experiment),
    );
  for await (const model of work.source.models()) {
    await attempt(all, { kind: "models", what: `model ${model.name}` }, () => importModel(all, model));
    work.progress(`model ${model.name}`);
  }
  await deleteBroughtBack(all);
  for (const what of work.source.damaged()) counts.problem(what);
  return counts.report();
}
