import {
  type Clock,
  type Digest,
  DomainError,
  digestOfJson,
  inTurns,
  type Json,
  notFound,
  parseDigest,
} from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import { artifactUnknown } from "./errors.ts";
import type { Evidence, EvidenceFinding, Measurement, TestedPart } from "./evidence.ts";
import { EVIDENCE_BYTES_MAX, evidenceInvalid, readCertificate, readEvaluation } from "./evidence-bytes.ts";
import { EVIDENCE_LISTED_MAX, type EvidenceSources, storedBytes } from "./known-evidence.ts";
import type { ModelVersion } from "./model.ts";
import { projectOf } from "./names.ts";
import type { Artifacts } from "./ports.ts";
import { readTestReport } from "./test-report.ts";

export interface EvidenceDeps extends EvidenceSources {
  readonly artifacts: Artifacts;
  /** By name, which may end in an alias; undefined if it is not there. */
  readonly findVersion: (name: string, asOfMs?: number) => Promise<ModelVersion | undefined>;
  readonly clock: Clock;
  readonly run: RunCall;
}

/** What a caller says that it found out: digests of what the platform wrote, or a number of its own. */
export type Claim =
  | { readonly kind: "EVALUATION"; readonly digest: string }
  | { readonly kind: "CERTIFICATE"; readonly digest: string }
  | ({ readonly kind: "MEASUREMENT" } & Measurement)
  | { readonly kind: "TEST_REPORT"; readonly part: TestedPart; readonly digest: string; readonly commit: string };

/**
 * Adds what was found out about a version; again, it changes nothing. Evaluations, certificates and reports of tests are read from
 * the stored bytes. Fails with NOT_FOUND, ARTIFACT_UNKNOWN, EVIDENCE_INVALID, EVIDENCE_OF_OTHER, EVIDENCE_EXHAUSTED.
 */
export const addEvidence = (
  deps: EvidenceDeps,
  call: Call,
  { modelVersion, claim }: { readonly modelVersion: string; readonly claim: Claim },
): Promise<Evidence> =>
  deps.run(call, async () => {
    const version = await deps.findVersion(modelVersion);
    if (!version) throw notFound(modelVersion);
    const finding = await findingOf(deps, version, claim);
    // Who measures the same again does not say anything new; another number is another finding.
    const id = digestOfJson(finding as unknown as Json).slice(7, 39);
    const name = `${version.name}/evidence/${id}`;
    const there = await deps.evidence.get(name);
    if (there) return { writes: [], response: there };
    if ((await deps.evidence.list(version.name, EVIDENCE_LISTED_MAX)).length >= EVIDENCE_LISTED_MAX)
      throw evidenceExhausted(version.name, EVIDENCE_LISTED_MAX);
    const evidence: Evidence = {
      name,
      modelVersion: version.name,
      finding,
      actor: call.actor,
      createTimeMs: deps.clock.now(),
    };
    return { writes: deps.evidence.insert(evidence), response: evidence };
  });

/** Evidence of a version, newest first, now or as it was at an instant. Fails with NOT_FOUND for the version. */
export async function listEvidence(
  deps: EvidenceDeps,
  modelVersion: string,
  asOfMs?: number,
): Promise<readonly Evidence[]> {
  const version = await deps.findVersion(modelVersion, asOfMs);
  if (!version) throw notFound(modelVersion);
  return deps.evidence.list(version.name, EVIDENCE_LISTED_MAX, asOfMs);
}

async function findingOf(deps: EvidenceDeps, version: ModelVersion, claim: Claim): Promise<EvidenceFinding> {
  if (claim.kind === "MEASUREMENT") {
    if (claim.reportDigest !== "") await knownArtifact(deps, version, reportOf(claim));
    return claim;
  }
  const path = `evidence.${claim.kind.toLowerCase()}.digest`;
  const kind = claim.kind === "TEST_REPORT" ? undefined : claim.kind;
  const { digest, bytes } = await knownBytes(deps, version, { digest: claim.digest, path, kind });
  if (claim.kind === "TEST_REPORT") return { ...claim, digest, ...(await inTurns(readTestReport(bytes))) };
  if (claim.kind === "CERTIFICATE") {
    const { trainingSetDigest, ...certified } = readCertificate(bytes);
    if (version.trainingSetDigest !== trainingSetDigest)
      throw evidenceOfOther(
        path,
        `training set ${trainingSetDigest}`,
        version.trainingSetDigest || "no known training set",
      );
    return { kind: "CERTIFICATE", digest, ...certified };
  }
  const { subject, dataDigest, slices } = readEvaluation(bytes);
  if (subject !== version.name && (subject === "" || subject !== version.run))
    throw evidenceOfOther(path, subject || "nothing that it names", `${version.name} or its run`);
  const all = slices.find((it) => Object.keys(it.key).length === 0);
  return { kind: "EVALUATION", digest, dataDigest, rowCount: all?.rowCount ?? 0 };
}

interface Named {
  readonly digest: string;
  readonly path: string;
}

const reportOf = ({ reportDigest: digest }: Measurement): Named => ({
  digest,
  path: "evidence.measurement.report_digest",
});

/** Fails with ARTIFACT_UNKNOWN. */
async function knownArtifact({ artifacts }: EvidenceDeps, version: ModelVersion, { digest: text, path }: Named) {
  const digest = parseDigest(text, path);
  const known = await artifacts.find(projectOf(version.name), digest);
  if (!known) throw artifactUnknown(digest, path);
  return { digest, kind: known.kind };
}

/** The bytes of an artifact, of a kind if one is wanted. Fails with ARTIFACT_UNKNOWN, and EVIDENCE_INVALID for another kind or too many. */
async function knownBytes(
  deps: EvidenceDeps,
  version: ModelVersion,
  { kind, ...named }: Named & { readonly kind: "EVALUATION" | "CERTIFICATE" | undefined },
): Promise<{ readonly digest: Digest; readonly bytes: Uint8Array }> {
  const { digest, kind: found } = await knownArtifact(deps, version, named);
  if (kind !== undefined && found !== kind)
    throw evidenceInvalid(kind.toLowerCase(), `the project knows it as ${found}`);
  const { size = 0 } = (await deps.blobs.stat(digest)) ?? {};
  if (size > EVIDENCE_BYTES_MAX)
    throw evidenceInvalid(
      kind?.toLowerCase() ?? "report of tests",
      `it has ${size} bytes, and at most ${EVIDENCE_BYTES_MAX} are read`,
    );
  const bytes = await storedBytes(deps.blobs, digest);
  if (!bytes) throw artifactUnknown(digest, named.path);
  return { digest, bytes };
}

/** The evidence is about something else. */
const evidenceOfOther = (path: string, about: string, wanted: string): DomainError =>
  new DomainError(
    "precondition",
    "EVIDENCE_OF_OTHER",
    `The evidence (${path}) is about ${about}, not about ${wanted}. Give evidence of this version.`,
    { metadata: { about, wanted }, violations: [{ path, description: `it is about ${about}` }] },
  );

/** A version has too much evidence, so that new evidence would push old out of sight. */
const evidenceExhausted = (version: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "EVIDENCE_EXHAUSTED",
    `${version} has ${most} pieces of evidence, which is the most. Register the model again to start anew.`,
    { metadata: { version, most: String(most) } },
  );
