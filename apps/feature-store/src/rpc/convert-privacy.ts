import { create } from "@bufbuild/protobuf";
import {
  type AnonymityDemand as DemandMessage,
  type PrivacyFigures as FiguresMessage,
  type PrivacyPolicy as PolicyMessage,
  PrivacyFiguresSchema,
  PrivacyPolicySchema,
  PrivacyReportSchema,
  type PrivacyReport as ReportMessage,
  type TrainingSetPrivacy as SetPrivacyMessage,
  TrainingSetPrivacySchema,
  UnlistedColumns,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { AnonymityDemand, PrivacyPolicy, PrivacyReport } from "@throughline/privacy";
import { fromMs } from "@throughline/rpc";
import { privacyReportName, trainingSetName } from "../domain/names.ts";
import type { SetPrivacy } from "../domain/privacy/carry-training-set.ts";
import { type KeptPolicy, nameOfPolicy } from "../domain/privacy/privacy-policy.ts";
import type { KeptReport } from "../domain/privacy/report.ts";
import { classFromProto, classToProto, treatmentFromProto, treatmentToProto } from "./convert-treatments.ts";

export function policyFromProto({ columns, unlisted, classRowCountMin, demand }: PolicyMessage): PrivacyPolicy {
  return {
    columns: columns.map((rule) => ({
      column: rule.column,
      class: classFromProto(rule.class),
      uses: rule.uses.map((it) => ({ purposes: [...it.purposes], treatment: treatmentFromProto(it.treatment) })),
    })),
    unlisted: unlisted === UnlistedColumns.REFUSE ? "refuse" : "carry",
    ...(classRowCountMin > 0n && { rowsPerClassMin: Number(classRowCountMin) }),
    ...(demand && { demand: demandFromProto(demand) }),
  };
}

export const demandFromProto = ({ k, distinctL, entropyL, recursive, t }: DemandMessage): AnonymityDemand => ({
  ...(k !== undefined && { k: Number(k) }),
  ...(distinctL !== undefined && { distinctL: Number(distinctL) }),
  ...(entropyL !== undefined && { entropyL }),
  ...(recursive && { recursive: { c: recursive.c, l: Number(recursive.l) } }),
  ...(t !== undefined && { t }),
});

export const policyToProto = (kept: KeptPolicy): PolicyMessage =>
  create(PrivacyPolicySchema, {
    name: nameOfPolicy(kept),
    version: BigInt(kept.version),
    digest: kept.digest,
    columns: kept.policy.columns.map((rule) => ({
      column: rule.column,
      class: classToProto(rule.class),
      uses: rule.uses.map((it) => ({ purposes: [...it.purposes], treatment: treatmentToProto(it.treatment) })),
    })),
    unlisted: kept.policy.unlisted === "refuse" ? UnlistedColumns.REFUSE : UnlistedColumns.CARRY,
    classRowCountMin: BigInt(kept.policy.rowsPerClassMin ?? 0),
    ...(kept.policy.demand && { demand: demandToProto(kept.policy.demand) }),
    actor: kept.change.actor,
    reason: kept.change.reason,
    createTime: fromMs(kept.change.timeMs),
  });

const demandToProto = ({ k, distinctL, entropyL, recursive, t }: AnonymityDemand) => ({
  ...(k !== undefined && { k: BigInt(k) }),
  ...(distinctL !== undefined && { distinctL: BigInt(distinctL) }),
  ...(entropyL !== undefined && { entropyL }),
  ...(recursive && { recursive: { c: recursive.c, l: BigInt(recursive.l) } }),
  ...(t !== undefined && { t }),
});

/** No rows have classes of no size: what is infinite there has no number. */
const counted = (value: number): bigint => (Number.isFinite(value) ? BigInt(value) : 0n);
const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
const known = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const DEMANDS = { distinctL: "distinct_l", entropyL: "entropy_l" } as const;

export function figuresToProto(report: PrivacyReport, demand: AnonymityDemand | undefined): FiguresMessage {
  const { anonymity, diversity, closeness, unmet } = report;
  return create(PrivacyFiguresSchema, {
    quasiIdentifiers: [...report.quasiIdentifiers],
    rowCount: BigInt(anonymity.rows),
    classCount: BigInt(anonymity.classes),
    k: counted(anonymity.k),
    uniqueRowCount: BigInt(anonymity.uniqueRows),
    kAsked: BigInt(demand?.k ?? 5),
    smallClassCount: BigInt(anonymity.classesBelow),
    smallClassRowCount: BigInt(anonymity.rowsBelow),
    reidentificationRisk: finite(anonymity.reidentificationRisk),
    sensitive: diversity.map(({ column, distinct, entropy, recursiveRatio }, i) => {
      const recursiveC = known(recursiveRatio);
      return {
        column,
        distinctL: counted(distinct),
        entropyL: finite(entropy),
        recursiveL: BigInt(demand?.recursive?.l ?? 2),
        ...(recursiveC !== undefined && { recursiveC }),
        t: closeness[i]?.t ?? 0,
        ordered: closeness[i]?.distance === "ordered",
      };
    }),
    unmet: unmet.map(({ demand: name, column = "", asked, found, message }) => ({
      demand: DEMANDS[name as keyof typeof DEMANDS] ?? name,
      column,
      asked,
      message,
      ...(Number.isFinite(found) && { found }),
    })),
  });
}

export const setPrivacyToProto = (it: SetPrivacy): SetPrivacyMessage =>
  create(TrainingSetPrivacySchema, {
    purpose: it.purpose,
    policies: it.policies.map((policy) => ({
      policy: nameOfPolicy(policy),
      version: BigInt(policy.version),
      digest: policy.digest,
    })),
    columns: it.columns.map(({ column, class: kind, treatment, suppressedCells }) => ({
      column,
      class: classToProto(kind),
      treatment,
      suppressedValueCount: BigInt(suppressedCells),
    })),
    keyVersion: BigInt(it.keyVersion),
    joinedDigest: it.joinedDigest,
    suppressedRowCount: BigInt(it.suppressedRows),
    ...(it.report && { figures: figuresToProto(it.report, it.demand) }),
  });

export const reportToProto = (it: KeptReport): ReportMessage =>
  create(PrivacyReportSchema, {
    name: privacyReportName.format({ project: it.project, report: it.id }),
    digest: it.digest,
    trainingSet: trainingSetName.format({ project: it.project, trainingSet: it.trainingSet }),
    trainingSetDigest: it.trainingSetDigest,
    figures: figuresToProto(it.report, it.demand),
    actor: it.actor,
    createTime: fromMs(it.createTimeMs),
  });
