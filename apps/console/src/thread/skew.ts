import {
  type FeatureSkew,
  SkewCauseKind,
  type SkewReport,
} from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { count, percent, words } from "./format.ts";

/** Whether what was served is what training joins, in one sentence. */
export function skewVerdict(of: SkewReport): { readonly tone: "good" | "look"; readonly text: string } {
  if (of.differingRowCount === 0n)
    return {
      tone: "good",
      text: `In all ${count(of.rowCount)} predictions every value is the one that training joins.`,
    };
  const features = of.features.filter((it) => it.differingCount > 0n).length;
  return {
    tone: "look",
    text: `In ${count(of.differingRowCount)} of ${count(of.rowCount)} predictions (${share(of.differingRowCount, of.rowCount)}) at least one value is not the one that training joins; ${features} of ${of.features.length} features are concerned.`,
  };
}

/** A share of rows as a percentage. */
export const share = (part: bigint, whole: bigint): string => percent(Number(part) / Number(whole));

/** The view's version that was served, and the one that was joined if it is another. */
export const versionsText = ({ viewVersion, servedViewVersion }: FeatureSkew): string =>
  servedViewVersion === viewVersion || servedViewVersion === 0n
    ? `version ${viewVersion}`
    : `served ${servedViewVersion}, joined ${viewVersion}`;

/** Why values differ, in a few words. */
export const causeWords = (kind: SkewCauseKind): string => words(SkewCauseKind[kind]);
