import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { BanditState } from "@throughline/bandits";
import {
  type AnalysisSums,
  type AnalysisSumsSchema,
  type ArmRewards,
  type RolloutEvidencePart,
  RolloutEvidencePartSchema,
  type ShownClaim,
  type ValueMoments,
} from "@throughline/contracts/throughline/registry/v1/rollout_evidence_pb";
import type { ReportEvidenceResponse } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import type { Evidence, Shown } from "@throughline/rollouts";
import { fromMs, toMs } from "@throughline/rpc";
import type { AnalysisPart, EvidencePart, Reported } from "../domain/analysis/evidence-part.ts";

export const partToProto = (part: EvidencePart): RolloutEvidencePart =>
  create(RolloutEvidencePartSchema, {
    router: part.router,
    rolloutRevision: BigInt(part.revision),
    logPositions: part.positions.map(({ segment, offset }) => ({ segment, offset: BigInt(offset) })),
    knownBy: fromMs(part.knownByMs),
    analyses: part.analyses.map(sumsToProto),
    arms: part.rewards ? rewardsToProto(part.rewards) : [],
  });

export const partFromProto = (part: RolloutEvidencePart): EvidencePart => ({
  router: part.router,
  revision: Number(part.rolloutRevision),
  positions: part.logPositions.map(({ segment, offset }) => ({ segment, offset: Number(offset) })),
  knownByMs: part.knownBy ? toMs(part.knownBy) : 0,
  analyses: part.analyses.map(sumsFromProto),
  ...(part.arms.length > 0 && { rewards: rewardsFromProto(part.arms) }),
});

/** What was learnt of the arms of a bandit. */
export const rewardsToProto = ({ arms }: BanditState) =>
  Object.entries(arms).map(([release, sums]) => ({ release, sums: sums.map((terms) => ({ terms: [...terms] })) }));

/** The contrary of `rewardsToProto`. */
export const rewardsFromProto = (arms: readonly ArmRewards[]): BanditState => ({
  arms: Object.fromEntries(arms.map(({ release, sums }) => [release, sums.map((it) => it.terms)])),
});

function sumsToProto({
  analysis,
  evidence,
  tunedBy,
  waitingCount,
}: AnalysisPart): MessageInitShape<typeof AnalysisSumsSchema> {
  const { candidate, baseline, ...sums } = evidence.sums;
  const { rho, pilotCount, pilotSquares, missingCount, worse, cleared } = evidence;
  return {
    analysis,
    tunedBy,
    rho,
    pilotSquares,
    ...sums,
    candidate: momentsToProto(candidate),
    baseline: momentsToProto(baseline),
    pilotCount: BigInt(pilotCount),
    missingCount: BigInt(missingCount),
    waitingCount: BigInt(waitingCount),
    ...(worse && { worse: shownToProto(worse) }),
    ...(cleared && { cleared: shownToProto(cleared) }),
  };
}

const sumsFromProto = (it: AnalysisSums): AnalysisPart => ({
  analysis: it.analysis,
  tunedBy: it.tunedBy,
  waitingCount: Number(it.waitingCount),
  evidence: {
    sums: {
      candidate: momentsFromProto(it.candidate),
      baseline: momentsFromProto(it.baseline),
      weight: it.weight,
      sum: it.sum,
      squares: it.squares,
      squaresAbove: it.squaresAbove,
      squaresBelow: it.squaresBelow,
    },
    rho: it.rho,
    pilotSquares: it.pilotSquares,
    pilotCount: Number(it.pilotCount),
    missingCount: Number(it.missingCount),
    worse: it.worse && shownFromProto(it.worse),
    cleared: it.cleared && shownFromProto(it.cleared),
  },
});

type Moments = Evidence["sums"]["candidate"];

const momentsToProto = ({ count, ...it }: Moments) => ({ ...it, count: BigInt(count) });

const momentsFromProto = (it: ValueMoments | undefined): Moments => ({
  count: Number(it?.count ?? 0n),
  mean: it?.mean ?? 0,
  m2: it?.m2 ?? 0,
});

const shownToProto = ({ candidateCount, ...it }: Shown) => ({ ...it, candidateCount: BigInt(candidateCount) });

const shownFromProto = ({ candidateCount, bound, logEValue }: ShownClaim): Shown => ({
  candidateCount: Number(candidateCount),
  bound,
  logEValue,
});

export const reportedFromProto = ({ leads, parts, tunings, behind }: ReportEvidenceResponse): Reported => ({
  leads,
  parts: parts.map(partFromProto),
  tunings: tunings.map(({ analysis, router, rho }) => ({ analysis, router, rho })),
  behind,
});
