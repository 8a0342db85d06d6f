import { type EvaluatedSlice, sliceText } from "./evidence.ts";
import { shown } from "./metric-seen.ts";
import type { ModelCard } from "./model-card.ts";

/** Most slices on a rendered card: the message has them all. */
const SLICES_MAX = 100;

/** A card as Markdown. Everything that people or files say is escaped, so that it can be neither markup nor a link. */
export const cardMarkdown = (card: ModelCard): string =>
  [
    `# ${escaped(card.version.model.split("/").at(-1) ?? "")}, version ${card.version.version}`,
    paragraph(card.modelDescription),
    ...people(card),
    ...origin(card),
    ...released(card),
    ...evaluated(card),
    ...measured(card),
    section("Limits that follow from the facts", list(card.limits)),
  ]
    .filter((it) => it !== "")
    .join("\n\n")
    .concat("\n");

const section = (title: string, body: string): string => (body === "" ? "" : `## ${title}\n\n${body}`);

function people({ text, missing }: ModelCard): readonly string[] {
  const said = (title: string, field: string, body: string): string =>
    section(title, missing.includes(field) ? "*Nobody has said this yet.*" : body);
  return [
    said("Owners", "owners", list(text.owners)),
    said("Intended use", "intended_use", paragraph(text.intendedUse)),
    said("Not to be used for", "out_of_scope_use", paragraph(text.outOfScopeUse)),
    said("Known limitations", "limitations", paragraph(text.limitations)),
    said("Ethical considerations", "ethical_considerations", paragraph(text.ethicalConsiderations)),
    said("Recommendations", "recommendations", paragraph(text.recommendations)),
    section("Licence", paragraph(text.license)),
    section("References", list(text.references)),
  ];
}

function origin({ version, known }: ModelCard): readonly string[] {
  const { signature, metrics } = version;
  const tensors = [...(signature?.inputs ?? []), ...(signature?.outputs ?? [])];
  return [
    section(
      "Origin",
      list([
        `Version: ${version.name}`,
        `Digest: ${version.digest} (${version.format}, ${version.sizeBytes} bytes)`,
        `Author: ${version.actor}, ${new Date(version.createTimeMs).toISOString()}`,
        `Run: ${version.run || "not known"}`,
        `Training set: ${version.trainingSet || "not known"} ${version.trainingSetDigest}`.trim(),
        `Leakage certificate: ${known.certificate ? `${known.certificate.digest}, ${known.certificate.passed ? "passed" : "failed"}` : "not known"}`,
        ...version.approvals.map((it) => `${it.approved ? "Approved" : "Objected to"} by ${it.actor}: ${it.reason}`),
      ]),
    ),
    section("Inputs and outputs", list(tensors.map((it) => `${it.name}: ${it.datatype} [${it.shape.join(", ")}]`))),
    section(
      "Metrics given at registration",
      list(Object.entries(metrics).map(([name, value]) => `${name}: ${shown(value)}`)),
    ),
  ];
}

function released({ release }: ModelCard): readonly string[] {
  if (!release) return [];
  const { features, thresholds } = release.manifest;
  const views = Object.entries(features?.viewVersions ?? {}).map(([view, version]) => `${view} at version ${version}`);
  return [
    section(
      "Release",
      list([
        `Name: ${release.name}`,
        `Digest: ${release.digest}`,
        `Feature service: ${features?.featureService ?? "none"}`,
        ...(views.length > 0 ? [`Feature views: ${views.join(", ")}`] : []),
        ...(features ? [`Features: ${features.features.join(", ")}`] : []),
        ...Object.entries(thresholds).map(([name, value]) => `Threshold ${name}: ${shown(value)}`),
      ]),
    ),
  ];
}

function evaluated({ known: { evaluation } }: ModelCard): readonly string[] {
  if (!evaluation) return [];
  const { slices, digest } = evaluation;
  const metrics = (slices[0]?.metrics ?? []).map((it) => it.name);
  const rows = slices
    .slice(0, SLICES_MAX)
    .map((it) => row([sliceText(it.key), String(it.rowCount), ...cells(it, metrics)]));
  const left = slices.length > SLICES_MAX ? `\n\n${slices.length - SLICES_MAX} more slices are in the evaluation.` : "";
  const table = [row(["slice", "rows", ...metrics]), `|${" --- |".repeat(metrics.length + 2)}`, ...rows].join("\n");
  return [section("Evaluation", `${escaped(digest)}\n\n${table}${left}`)];
}

const cells = (slice: EvaluatedSlice, metrics: readonly string[]): readonly string[] =>
  metrics.map((name) => {
    const found = slice.metrics.find((it) => it.name === name);
    if (!found || Number.isNaN(found.value)) return "not defined";
    const { value, interval } = found;
    return interval ? `${shown(value)} (${shown(interval.low)} to ${shown(interval.high)})` : shown(value);
  });

const measured = ({ known: { measurements } }: ModelCard): readonly string[] => [
  section(
    "Measurements",
    list([...measurements.values()].map((it) => `${it.metric}: ${shown(it.value)} (${it.source})`)),
  ),
];

const list = (items: readonly string[]): string => items.map((it) => `- ${escaped(it)}`).join("\n");

const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;

/** Text in paragraphs: an empty line of the text stays one. */
const paragraph = (text: string): string =>
  text
    .trim()
    .split(/\n\s*\n/)
    .map(escaped)
    .join("\n\n");

/**
 * Text that Markdown shows as it is: on one line, marks that begin markup behind a backslash, and addresses without what
 * readers turn into links by themselves.
 */
export const escaped = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_[\]<>|~&]/g, "\\$&")
    .replace(/^[#+=-]/, "\\$&")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")
    .replace(/:\/\//g, "\\://")
    .replace(/www\./gi, (it) => `${it.slice(0, 3)}\\.`)
    .replace(/@/g, "\\@");
