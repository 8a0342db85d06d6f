import { type CardText, missingSections } from "./card-text.ts";
import { type Known, sliceText } from "./evidence.ts";
import { shown } from "./metric-seen.ts";
import type { Model, ModelVersion } from "./model.ts";
import type { Release } from "./release.ts";

/** What there is to know of a version before it is used. */
export interface ModelCard {
  /** The version or the release that it is of. */
  readonly name: string;
  readonly version: ModelVersion;
  readonly modelDescription: string;
  readonly text: CardText;
  readonly known: Known;
  readonly release?: Release;
  /** Limits that follow from the facts, in words. */
  readonly limits: readonly string[];
  /** Sections that only people can fill in and that are empty. */
  readonly missing: readonly string[];
}

/** What a card is made of. */
export interface CardFacts {
  readonly name: string;
  readonly model: Model;
  readonly version: ModelVersion;
  readonly text: CardText;
  readonly known: Known;
  readonly release?: Release | undefined;
}

export const modelCard = ({ model, release, ...facts }: CardFacts): ModelCard => ({
  ...facts,
  modelDescription: model.description,
  ...(release && { release }),
  limits: limitsOf(facts),
  missing: missingSections(facts.text),
});

/** Slices with so few rows say little. */
const FEW_ROWS = 200;

/** Slices that differ from the whole are named so often. */
const LISTED_MAX = 10;

function limitsOf({ version, known }: Pick<CardFacts, "version" | "known">): readonly string[] {
  const { evaluation, certificate, measurements, unasked = {} } = known;
  const limits: string[] = [];
  if (version.format === "OPAQUE") limits.push("The model is opaque: nothing of it was checked, and it cannot serve.");
  if (version.run === "") limits.push("It is not known which run made the model.");
  if (version.trainingSetDigest === "") limits.push("It is not known what the model was trained on.");
  if (unasked.certificate !== undefined)
    limits.push(`${unasked.certificate}: whether the training data says something of the future is not known now.`);
  else if (!certificate) limits.push("It is not known whether the training data says something of the future.");
  else if (!certificate.passed) limits.push("The leakage certificate of the training set did not pass.");
  else if (certificate.suspects.length > 0)
    limits.push(`These features say suspiciously much about the label: ${certificate.suspects.join(", ")}.`);
  if (measurements.size === 0) limits.push("Its latency was not measured.");
  if (unasked.evaluation !== undefined)
    limits.push(`${unasked.evaluation}: there may be a newer one than is known now.`);
  else if (!evaluation) limits.push("It was not evaluated on data that the platform has.");
  if (!evaluation) return limits;
  if (evaluation.slices.length === 1) limits.push("It was not evaluated by slice.");
  const few = evaluation.slices.filter((it) => it.rowCount < FEW_ROWS).map((it) => sliceText(it.key));
  if (few.length > 0) limits.push(`Fewer than ${FEW_ROWS} rows were evaluated of ${listed(few)}.`);
  if (evaluation.smallSlices.length > 0)
    limits.push(`Too few rows to evaluate were there of ${listed(evaluation.smallSlices)}.`);
  return [...limits, ...differentSlices(evaluation)];
}

/** Slices whose interval lies wholly off that of all rows, which is to be looked at and proves nothing by itself. */
function differentSlices({ slices }: NonNullable<Known["evaluation"]>): readonly string[] {
  const [all, ...others] = slices;
  return (all?.metrics ?? []).flatMap(({ name, value, interval }) => {
    if (!interval) return [];
    const off = others.filter((slice) => {
      const own = slice.metrics.find((it) => it.name === name)?.interval;
      return own !== undefined && (own.high < interval.low || own.low > interval.high);
    });
    if (off.length === 0) return [];
    const texts = off.map((it) => sliceText(it.key));
    return [`${name} (${shown(value)} over all rows) differs in ${listed(texts)}, one slice at a time.`];
  });
}

const listed = (texts: readonly string[]): string =>
  texts.slice(0, LISTED_MAX).join(", ") + (texts.length > LISTED_MAX ? ` and ${texts.length - LISTED_MAX} more` : "");
