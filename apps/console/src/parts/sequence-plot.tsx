import type { RolloutAnalysis } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import { drawSequence, type Moment, worseningOf } from "../thread/evidence.ts";
import { count, figure } from "../thread/format.ts";

const LEFT = 70;
const WIDTH = 640;
const HEIGHT = 150;
const BOTTOM = 22;

/** The confidence sequence of candidate minus baseline over time, beside no difference and the worsening that matters. */
export function SequencePlot({ analysis, of }: { readonly analysis: RolloutAnalysis; readonly of: readonly Moment[] }) {
  const drawn = drawSequence(of, worseningOf(analysis), { width: WIDTH, height: HEIGHT });
  const last = of.at(-1);
  if (!drawn || !last) return <p className="quiet">No decision says anything of it yet.</p>;
  const text = `${figure(last.difference)} [${figure(last.low)}, ${figure(last.high)}]`;
  return (
    <figure className="sequence">
      <svg
        viewBox={`0 0 ${LEFT + WIDTH + 8} ${HEIGHT + BOTTOM}`}
        role="img"
        aria-label={`${analysis.name}: candidate minus baseline, ${text}`}
      >
        {drawn.ticks.map(({ value, y }) => (
          <g key={value}>
            <line className="tick" x1={LEFT} x2={LEFT + WIDTH} y1={y} y2={y} />
            <text className="tick-text" x={LEFT - 8} y={y + 4} textAnchor="end">
              {figure(value)}
            </text>
          </g>
        ))}
        <g transform={`translate(${LEFT} 0)`}>
          <path className="band" d={drawn.band} />
          <line className="zero" x1={0} x2={WIDTH} y1={drawn.zero} y2={drawn.zero} />
          <line className="worsening" x1={0} x2={WIDTH} y1={drawn.worsening} y2={drawn.worsening} />
          <path className="difference" d={drawn.line} />
        </g>
        <text className="tick-text" x={LEFT} y={HEIGHT + 16}>
          first decision
        </text>
        <text className="tick-text" x={LEFT + WIDTH} y={HEIGHT + 16} textAnchor="end">
          now
        </text>
      </svg>
      <figcaption className="quiet">
        Candidate minus baseline: {text} after {count(last.evidence.candidateCount)} observations of the candidate.
        Dashed: worse by {figure(analysis.minEffect)}, which matters.
      </figcaption>
    </figure>
  );
}
