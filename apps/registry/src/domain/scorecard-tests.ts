import type { Evidence, TestedPart, TestReport } from "./evidence.ts";
import type { GateDeps } from "./gate-facts.ts";
import { EVIDENCE_LISTED_MAX } from "./known-evidence.ts";
import type { ModelVersion } from "./model.ts";
import type { Training } from "./ports.ts";
import type { PromotedVersion } from "./promoted-versions.ts";
import type { Observation } from "./scorecard.ts";
import { notAsked, ofAll, type Seen } from "./scorecard-findings.ts";
import { unlessAway } from "./unanswered.ts";

/** The test of the scorecard that tests of a part of the code answer. */
const ANSWERED: Readonly<Record<TestedPart, string>> = {
  FEATURE_RULES: "data-4",
  FEATURE_CODE: "data-7",
  TRAINING_CODE: "infrastructure-2",
  WHOLE_WAY: "infrastructure-3",
};
const PARTS: Readonly<Record<TestedPart, string>> = {
  FEATURE_RULES: "the rules for features",
  FEATURE_CODE: "the code of the features",
  TRAINING_CODE: "the code of training",
  WHOLE_WAY: "the whole way from data to serving",
};
/** Features are made by code that no run records; what made the model is recorded by its run. */
const OF_THE_RUN: readonly TestedPart[] = ["TRAINING_CODE", "WHOLE_WAY"];

/** Tests about tests: by the reports that were added as evidence, the newest of each part of the code. */
export async function testsSeen(deps: GateDeps, promoted: readonly PromotedVersion[]): Promise<readonly Seen[]> {
  const seen = promoted.map(async ({ version }) => (version ? testsOf(deps, version) : []));
  return ofAll(await Promise.all(seen));
}

async function testsOf(deps: GateDeps, version: ModelVersion): Promise<readonly Seen[]> {
  const all = await deps.evidence.list(version.name, EVIDENCE_LISTED_MAX);
  const reports = all.flatMap(({ finding, actor }) => (finding.kind === "TEST_REPORT" ? [{ ...finding, actor }] : []));
  const isOfRun = ({ part }: TestReport) => OF_THE_RUN.includes(part);
  const ofFeatures = (["FEATURE_RULES", "FEATURE_CODE"] as const).flatMap((part) =>
    seenOf(reports.find((it) => it.part === part)),
  );
  if (!reports.some(isOfRun) || version.run === "") return ofFeatures;
  const { found: training, unasked } = await unlessAway(deps.findings?.training(version.run));
  if (unasked !== undefined) return [...ofFeatures, ...notAsked(unasked, ...OF_THE_RUN.map((it) => ANSWERED[it]))];
  if (training?.commit === undefined) return ofFeatures;
  const ofRun = OF_THE_RUN.flatMap((part) => {
    const ofPart = reports.filter((it) => it.part === part);
    const same = ofPart.find((it) => it.commit === training.commit);
    return same && training.diffDigest === undefined ? seenOf(same) : otherCode(ofPart[0], version.run, training);
  });
  return [...ofFeatures, ...ofRun];
}

type Added = TestReport & Pick<Evidence, "actor">;

function seenOf(report: Added | undefined): readonly Seen[] {
  if (!report) return [];
  const { part, commit, digest, actor, testCount, failedCount, skippedCount } = report;
  const failed = failedCount === 0 ? "none failed" : `${failedCount} failed`;
  const sentence = `Of ${testCount} tests that ran of ${PARTS[part]} at commit ${commit.slice(0, 12)} ${failed}, and ${skippedCount} did not run, by the report that ${actor} added.`;
  return [[ANSWERED[part], { holds: failedCount === 0, sentence, evidence: digest }]];
}

function otherCode(report: Added | undefined, run: string, { commit = "", diffDigest }: Training): readonly Seen[] {
  if (!report) return [];
  const changes = diffDigest === undefined ? "" : " with changes that are in no commit";
  const sentence = `Tests of ${PARTS[report.part]} ran at commit ${report.commit.slice(0, 12)}, and ${run} was made of commit ${commit.slice(0, 12)}${changes}.`;
  const observation: Observation = { holds: false, sentence, evidence: report.digest };
  return [[ANSWERED[report.part], observation]];
}
