import {
  type RolloutDecision,
  type RolloutMeasurement,
  Verdict,
} from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import { AnalysisRole, type RolloutAnalysis } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { type Moment, momentsOf } from "../thread/evidence.ts";
import { count, figure, instant, words } from "../thread/format.ts";
import { sourceText, toneOfVerdict } from "../thread/rollout-words.ts";
import { Card, Facts } from "./card.tsx";
import { SequencePlot } from "./sequence-plot.tsx";
import { type ColumnOf, InPages, Table } from "./table.tsx";
import { Badge } from "./text.tsx";

/** Decisions beside each drawing. */
const MOMENTS_SHOWN = 8;

interface AnalysisProps {
  readonly analysis: RolloutAnalysis;
  readonly decisions: readonly RolloutDecision[];
}

/** What one analysis knows, over the decisions as a picture and in figures. */
export function RolloutEvidence({ analysis, decisions }: AnalysisProps) {
  const moments = momentsOf(decisions, analysis.name);
  const newest = moments.at(-1)?.evidence;
  const role = analysis.role === AnalysisRole.GUARDRAIL ? "guardrail" : "objective";
  return (
    <Card
      title={analysis.name}
      aside={newest && <Badge tone={toneOfVerdict(newest.verdict)}>{words(Verdict[newest.verdict] ?? "")}</Badge>}
    >
      <p className="quiet">
        {role}, {analysis.lowerIsBetter ? "smaller" : "greater"} is better: <code>{sourceText(analysis)}</code>
      </p>
      <SequencePlot analysis={analysis} of={moments} />
      {moments.length > 0 && (
        <InPages of={moments.toReversed()} size={MOMENTS_SHOWN} what="decisions">
          {(part) => <Table rows={part} rowKey={(it) => String(it.sequence)} columns={MOMENT_COLUMNS} />}
        </InPages>
      )}
      {newest && (
        <Facts
          of={[
            ["method", newest.method || "–"],
            ["may spend of alpha", figure(newest.alpha)],
            ["log e-value", figure(newest.logEValue)],
            ["wait for their label", count(newest.waitingCount)],
            ["without feedback", count(newest.missingCount)],
            [
              "horizon",
              newest.horizonObservations > 0n
                ? `${count(newest.horizonObservations)} observations of the candidate`
                : "not known yet",
            ],
          ]}
        />
      )}
      {newest?.measurement && <Measured of={newest.measurement} />}
      {newest && newest.problem !== "" && <p className="failed">{newest.problem}</p>}
    </Card>
  );
}

interface MeasuredProps {
  readonly of: RolloutMeasurement;
}

/** What Prometheus was asked last, and what it answered. */
function Measured({ of: { candidateQuery, baselineQuery, candidate, baseline, time, missingSince } }: MeasuredProps) {
  return (
    <Facts
      of={[
        ["asked about the candidate", <code key="candidate">{candidateQuery}</code>],
        ["candidate", candidate === undefined ? "none" : figure(candidate)],
        ["asked about the baseline", <code key="baseline">{baselineQuery}</code>],
        ["baseline", baseline === undefined ? "none" : figure(baseline)],
        ["as of", instant(time)],
        ...(missingSince ? [["no answer with both since", instant(missingSince)] as const] : []),
      ]}
    />
  );
}

const meanOver = (mean: number, seen: bigint): string => `${figure(mean)} over ${count(seen)}`;

/** The figures of the drawing, the newest first. */
const MOMENT_COLUMNS: readonly ColumnOf<Moment>[] = [
  { title: "Decision", number: true, cell: (it) => count(it.sequence) },
  { title: "Candidate", number: true, cell: ({ evidence: it }) => meanOver(it.candidateMean, it.candidateCount) },
  { title: "Baseline", number: true, cell: ({ evidence: it }) => meanOver(it.baselineMean, it.baselineCount) },
  { title: "Difference", number: true, cell: (it) => figure(it.difference) },
  { title: "At least", number: true, cell: (it) => figure(it.low) },
  { title: "At most", number: true, cell: (it) => figure(it.high) },
  {
    title: "Asks for",
    cell: (it) => <Badge tone={toneOfVerdict(it.evidence.verdict)}>{words(Verdict[it.evidence.verdict])}</Badge>,
  },
];
