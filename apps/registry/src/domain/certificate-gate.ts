import type { Known, SeenSuspicion } from "./evidence.ts";
import type { AcceptedSuspect, CertificateCondition, Finding } from "./gate.ts";
import { shown, type VersionFacts } from "./metric-seen.ts";

type Certificate = NonNullable<Known["certificate"]>;

/** Suspects that a sentence names; the others are counted. */
const NAMED_MAX = 5;

/** How a condition on the leakage certificate stands: the sentence says everything that does not hold, and what was seen. */
export function judgeCertificate(condition: CertificateCondition, { version, known }: VersionFacts): Finding {
  const { certificate } = known;
  if (!certificate)
    return {
      state: "NOT_MEASURED",
      sentence: `No leakage certificate of the training set of ${version.name} is known. Register the version with the name and the digest of its training set, or add the certificate as evidence.${marked(condition)}`,
    };
  const seen = suspectsSeen(condition, certificate);
  const wrong = [
    ...(certificate.passed ? [] : ["it did not pass: the training set knows what it could not have known"]),
    ...(seen.open.length > condition.maxSuspects
      ? [`${seen.text}, and at most ${condition.maxSuspects} may be suspect`]
      : []),
    ...(condition.timeSplit ? splitProblems(certificate) : []),
    ...(condition.labelTimes ? labelProblems(certificate) : []),
  ];
  const says = `The leakage certificate ${certificate.digest}`;
  const holds = [
    `passed with ${seen.text}`,
    ...(condition.timeSplit ? ["the time split held"] : []),
    ...(condition.labelTimes ? ["no label was known at its cut-off"] : []),
  ];
  return {
    state: wrong.length === 0 ? "MET" : "UNMET",
    value: seen.open.length,
    bound: condition.maxSuspects,
    sentence:
      wrong.length === 0
        ? `${says} ${holds.join(", ")}.`
        : `${says} is not as demanded: ${wrong.join("; ")}.${marked(condition)}`,
  };
}

const marked = ({ marks }: CertificateCondition): string => (marks ? " The gate marks this and refuses nothing." : "");

/** The suspects that nobody accepted, and all of them in words. */
function suspectsSeen({ acceptedSuspects = [] }: CertificateCondition, { suspects, suspicions }: Certificate) {
  const all: readonly Partial<SeenSuspicion>[] = suspicions ?? suspects.map((feature) => ({ feature }));
  const reasonOf = (it: Partial<SeenSuspicion>): AcceptedSuspect | undefined =>
    acceptedSuspects.find(({ feature, label }) => feature === it.feature && (label === "" || label === it.label));
  const open = all.filter((it) => reasonOf(it) === undefined);
  const accepted = all.flatMap((it) => reasonOf(it) ?? []);
  const text = `${open.length} suspect features${listed(open.map(suspicionText))}`;
  const besides = accepted.map((it) => `${it.feature}: ${it.reason}`);
  return { open, text: accepted.length === 0 ? text : `${text} besides ${accepted.length} accepted${listed(besides)}` };
}

const suspicionText = ({ feature, label, measure, strength }: Partial<SeenSuspicion>): string =>
  measure === undefined || strength === undefined
    ? `${feature}`
    : `${feature} tells ${label} with ${shown(strength)} by ${measure.toLowerCase().replaceAll("_", " ")}`;

function listed(texts: readonly string[]): string {
  if (texts.length === 0) return "";
  const more = texts.length > NAMED_MAX ? `, and ${texts.length - NAMED_MAX} more` : "";
  return ` (${texts.slice(0, NAMED_MAX).join(", ")}${more})`;
}

function splitProblems({ timeSplit: it }: Certificate): readonly string[] {
  if (!it) return ["no time split was checked: name it when the training set is created"];
  if (it.held) return [];
  const seen = [
    ...(it.trainRowCount === 0 ? ["there is no row to train on"] : []),
    ...(it.testRowCount === 0 ? ["there is no row to test on"] : []),
    ...(it.unknownRowCount > 0 ? [`of ${it.unknownRowCount} rows the time is not known`] : []),
    ...(it.lateTrainRowCount > 0 || it.earlyTestRowCount > 0
      ? [
          `${it.lateTrainRowCount} of ${it.trainRowCount} rows to train on ${it.usesLabelTimes ? "have labels that became known" : "are"} ` +
            `after the first row to test on, and ${it.earlyTestRowCount} of ${it.testRowCount} rows to test on are before the last of them`,
        ]
      : []),
  ];
  return [`the time split did not hold (${seen.join(", ")})`];
}

function labelProblems({ labelTimes: it }: Certificate): readonly string[] {
  if (!it)
    return ["when labels became known was not declared: name their column or delay when the training set is created"];
  return [
    ...(it.knownAtCutoffRowCount > 0 ? [`${it.knownAtCutoffRowCount} labels were known at their cut-off`] : []),
    ...(it.unknownRowCount > 0 ? [`of ${it.unknownRowCount} labels it is not known when they became known`] : []),
  ];
}
