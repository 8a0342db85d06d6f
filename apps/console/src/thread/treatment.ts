import {
  type AnonymityDemand,
  CalendarUnit,
  ColumnClass,
  NoiseKind,
  type PermittedUse,
  type PrivacyTreatment,
  UnlistedColumns,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { count, figure, words } from "./format.ts";

/** A class of columns in words, such as `quasi-identifier`. */
export const classWords = (it: ColumnClass): string => words(ColumnClass[it]).replace(" ", "-");

/** What happens to the values of a column, in words. */
export function treatmentText({ kind }: PrivacyTreatment): string {
  switch (kind.case) {
    case undefined:
      return "–";
    case "keep":
      return "carried as they are";
    case "drop":
      return "the column is left out";
    case "blank":
      return "all become null";
    case "pseudonym":
      return `tokens by a keyed hash, of a ${kind.value.domain}`;
    case "formatPreserving":
      return `tokens that look like the values, of a ${kind.value.domain}`;
    case "range":
      return `ranges with the edges ${kind.value.edges.map(figure).join(", ")}`;
    case "calendar":
      return `the start of their ${words(CalendarUnit[kind.value.unit])}`;
    case "prefix":
      return `their first ${count(kind.value.characters)} characters`;
    case "hierarchy":
      return `ancestor ${kind.value.level} of ${count(Object.keys(kind.value.table).length)} known values`;
    case "noise":
      return `${words(NoiseKind[kind.value.kind])} noise, epsilon ${figure(kind.value.epsilon)}, within ${figure(kind.value.low)} to ${figure(kind.value.high)}`;
  }
}

/** For what a column may be carried, and how: `fraud-model: carried as they are`. */
export const useText = ({ purposes, treatment }: PermittedUse): string =>
  `${purposes.map((it) => (it === "*" ? "every purpose" : it)).join(", ")}: ${treatment ? treatmentText(treatment) : "–"}`;

/** What becomes of columns that no rule names, in words. */
export const unlistedText = (it: UnlistedColumns): string =>
  it === UnlistedColumns.REFUSE ? "are carried for no purpose" : "are carried as they are";

/** What a set must fulfil, in words; empty if nothing is demanded. */
export function demandText(of: AnonymityDemand | undefined): string {
  if (!of) return "";
  return [
    ...(of.k === undefined ? [] : [`k at least ${count(of.k)}`]),
    ...(of.distinctL === undefined ? [] : [`distinct l at least ${count(of.distinctL)}`]),
    ...(of.entropyL === undefined ? [] : [`entropy l at least ${figure(of.entropyL)}`]),
    ...(of.recursive ? [`recursive (${figure(of.recursive.c)}, ${count(of.recursive.l)})-diversity`] : []),
    ...(of.t === undefined ? [] : [`t at most ${figure(of.t)}`]),
  ].join(", ");
}
