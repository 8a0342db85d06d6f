import { count, figure } from "../thread/format.ts";
import { scaleOf, type Whisker } from "../thread/intervals.ts";

const LABEL = 190;
const PLOT = 440;
const FIGURES = 210;
const ROW = 26;
const AXIS = 26;

interface WhiskersProps {
  readonly of: readonly Whisker[];
  readonly name: string;
  /** What the rows are to be held against: the first of them if left out. */
  readonly reference?: number;
}

/** Estimates with their intervals as dots and whiskers over one scale, and a line for the reference. */
export function Whiskers({ of, name, reference = of[0]?.value }: WhiskersProps) {
  if (of.length === 0) return <p className="quiet">{name} is not defined for any of these slices.</p>;
  const { low, high, ticks } = scaleOf(of, reference);
  const x = (value: number) => LABEL + ((value - low) / (high - low)) * PLOT;
  const height = of.length * ROW + AXIS;
  return (
    <div className="wide-picture">
      <svg
        className="whiskers"
        viewBox={`0 0 ${LABEL + PLOT + FIGURES} ${height}`}
        role="img"
        aria-label={`${name} by slice with intervals`}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="tick" x1={x(tick)} x2={x(tick)} y1={0} y2={height - AXIS} />
            <text className="tick-text" x={x(tick)} y={height - 8} textAnchor="middle">
              {figure(tick)}
            </text>
          </g>
        ))}
        {reference !== undefined && (
          <line className="reference" x1={x(reference)} x2={x(reference)} y1={0} y2={height - AXIS} />
        )}
        {of.map((it, row) => (
          <Row key={it.label} whisker={it} y={row * ROW + ROW / 2} x={x} />
        ))}
      </svg>
    </div>
  );
}

interface RowProps {
  readonly whisker: Whisker;
  readonly y: number;
  readonly x: (value: number) => number;
}

function Row({ whisker, y, x }: RowProps) {
  const { low, high, value } = whisker;
  const interval = low === undefined || high === undefined ? "" : ` [${figure(low)}, ${figure(high)}]`;
  return (
    <g>
      <title>{`${whisker.label}: ${figure(value)}${interval}, ${count(whisker.count)} rows`}</title>
      <text className="row-label" x={LABEL - 12} y={y + 4} textAnchor="end">
        {shortened(whisker.label)}
      </text>
      {low !== undefined && high !== undefined && (
        <path
          className="whisker"
          d={`M${x(low)} ${y}H${x(high)}M${x(low)} ${y - 4}V${y + 4}M${x(high)} ${y - 4}V${y + 4}`}
        />
      )}
      <circle className="dot" cx={x(value)} cy={y} r={4} />
      <text className="row-figure" x={LABEL + PLOT + 14} y={y + 4}>
        {figure(value)}
        <tspan className="faint">{interval}</tspan>
      </text>
    </g>
  );
}

const LABEL_CHARACTERS = 28;
const shortened = (label: string): string =>
  label.length > LABEL_CHARACTERS ? `${label.slice(0, LABEL_CHARACTERS - 1)}…` : label;
