import { create } from "@bufbuild/protobuf";
import {
  type Evidence as EvidenceMessage,
  EvidenceSchema,
  TestedPart as PartMessage,
} from "@throughline/contracts/throughline/registry/v1/gate_pb";
import { invalidField } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import type { Claim } from "../domain/add-evidence.ts";
import type { Evidence, TestedPart } from "../domain/evidence.ts";

export const evidenceToProto = ({ name, finding, actor, createTimeMs }: Evidence): EvidenceMessage =>
  create(EvidenceSchema, { name, kind: findingToProto(finding), actor, createTime: fromMs(createTimeMs) });

type KindMessage = Exclude<NonNullable<Parameters<typeof create<typeof EvidenceSchema>>[1]>["kind"], undefined>;

function findingToProto(finding: Evidence["finding"]): KindMessage {
  if (finding.kind === "MEASUREMENT") {
    const { kind: _, ...value } = finding;
    return { case: "measurement", value };
  }
  if (finding.kind === "CERTIFICATE") {
    const { digest, passed, suspects, timeSplit, labelTimes } = finding;
    return {
      case: "certificate",
      value: {
        digest,
        passed,
        suspectCount: suspects.length,
        ...(timeSplit && { timeSplitHeld: timeSplit.held }),
        ...(labelTimes && { knownAtCutoffRowCount: BigInt(labelTimes.knownAtCutoffRowCount) }),
      },
    };
  }
  if (finding.kind === "TEST_REPORT") {
    const { part, digest, commit, testCount, failedCount, skippedCount } = finding;
    const counts = {
      testCount: BigInt(testCount),
      failedCount: BigInt(failedCount),
      skippedCount: BigInt(skippedCount),
    };
    return { case: "testReport", value: { part: PartMessage[part], digest, commit, ...counts } };
  }
  const { digest, dataDigest, rowCount } = finding;
  return { case: "evaluation", value: { digest, dataDigest, rowCount: BigInt(rowCount) } };
}

/** Fails with INVALID_FIELD. */
export function claimFromProto({ kind }: EvidenceMessage): Claim {
  switch (kind.case) {
    case "evaluation":
      return { kind: "EVALUATION", digest: kind.value.digest };
    case "certificate":
      return { kind: "CERTIFICATE", digest: kind.value.digest };
    case "measurement": {
      const { metric, value, source, reportDigest } = kind.value;
      return { kind: "MEASUREMENT", metric, value, source, reportDigest };
    }
    case "testReport": {
      const { part, digest, commit } = kind.value;
      return { kind: "TEST_REPORT", part: partFromProto(part), digest, commit };
    }
    case undefined:
      throw invalidField("evidence", "say what was found out");
  }
}

/** Fails with INVALID_FIELD. */
function partFromProto(part: PartMessage): TestedPart {
  if (part === PartMessage.UNSPECIFIED) throw invalidField("evidence.test_report.part", "say what the tests test");
  return PartMessage[part] as TestedPart;
}
