import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { count, figure } from "./format.ts";

/** One statement of a certificate, and whether it speaks for the training set. */
export interface Finding {
  readonly tone: "good" | "bad" | "look";
  readonly text: string;
}

/** The leakage certificate of a training set in plain words. */
export function certificateFindings(set: TrainingSet): readonly Finding[] {
  const it = set.certificate;
  if (!it) return [{ tone: "look", text: "This training set has no certificate: nobody checked it for leaks." }];
  const later: Finding =
    it.laterKnowledgeCount === 0n
      ? {
          tone: "good",
          text: `No value in any of the ${count(set.rowCount)} rows was learned after the moment its row predicts from.`,
        }
      : {
          tone: "bad",
          text: `${count(it.laterKnowledgeCount)} values were learned after the moment their row predicts from: the model would know the future.`,
        };
  const sample: Finding =
    it.mismatchCount === 0n
      ? {
          tone: "good",
          text: `${count(it.sampledRowCount)} rows, chosen with seed ${it.seed}, were joined a second time by a plain, slow method. All values agree.`,
        }
      : {
          tone: "bad",
          text: `${count(it.sampledRowCount)} rows were joined a second time by a plain, slow method, and ${count(it.mismatchCount)} values differ.`,
        };
  const suspects = it.suspects.map(
    (suspect): Finding => ({
      tone: "look",
      text: `${suspect.feature} says almost everything about ${suspect.label} (correlation ${figure(suspect.correlation)}). Check that it is really known in advance.`,
    }),
  );
  const unsuspected: Finding = { tone: "good", text: "No feature is implausibly close to a label." };
  return [later, sample, ...(suspects.length > 0 ? suspects : [unsuspected])];
}
