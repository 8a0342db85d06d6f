import type { Study, Trial } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { useMemo } from "react";
import { count, figure } from "../thread/format.ts";
import { type Coordinates, coordinatesOf } from "../thread/study.ts";

const LEFT = 60;
const TOP = 30;
const HEIGHT = 230;
const BOTTOM = 14;
/** Between two axes. */
const GAP = 130;
/** Most lines that are drawn: the best. */
const LINES_MAX = 500;

/** Every complete trial as a line over its parameters to its value: the better, the stronger. */
export function CoordinatesPlot({ study, trials }: { readonly study: Study; readonly trials: readonly Trial[] }) {
  const { axes, lines } = useMemo(() => coordinatesOf(study, trials), [study, trials]);
  if (lines.length === 0) return <p className="quiet">No trial is complete yet.</p>;
  const drawn = lines.slice(-LINES_MAX);
  const width = LEFT * 2 + GAP * (axes.length - 1);
  const x = (axis: number) => LEFT + axis * GAP;
  return (
    <figure className="coordinates">
      <div className="table-frame">
        <svg
          viewBox={`0 0 ${width} ${TOP + HEIGHT + BOTTOM}`}
          width={width}
          height={TOP + HEIGHT + BOTTOM}
          role="img"
          aria-label={`${count(drawn.length)} trials by parameter and value`}
        >
          {drawn.map((it) => (
            <Line key={it.trial.number} of={it} x={x} isBest={it === drawn.at(-1)} />
          ))}
          {axes.map((axis, i) => (
            <g key={axis.title}>
              <line className="axis" x1={x(i)} x2={x(i)} y1={TOP} y2={TOP + HEIGHT} />
              <text className="axis-title" x={x(i)} y={16} textAnchor="middle">
                {shortened(axis.title)}
                <title>{axis.title}</title>
              </text>
              {axis.ticks.map((tick) => (
                <text key={tick.place} className="tick-text" x={x(i) + 6} y={y(tick.place) + 4}>
                  {shortened(tick.text)}
                </text>
              ))}
            </g>
          ))}
        </svg>
      </div>
      <figcaption className="quiet">
        Each line is a trial, from its parameters to its value; the strongest is the best. Lines are broken where a
        trial has no such parameter.
        {lines.length > drawn.length && ` Of ${count(lines.length)} trials the best ${count(drawn.length)} are drawn.`}
      </figcaption>
    </figure>
  );
}

const y = (place: number): number => TOP + (1 - place) * HEIGHT;

interface LineProps {
  readonly of: Coordinates;
  readonly x: (axis: number) => number;
  readonly isBest: boolean;
}

function Line({ of: { trial, places, rank }, x, isBest }: LineProps) {
  const steps = places.map((place, i) => {
    if (place === undefined) return "";
    return `${i === 0 || places[i - 1] === undefined ? "M" : "L"}${x(i)} ${y(place)}`;
  });
  return (
    <path className={isBest ? "line best" : "line"} d={steps.join("")} opacity={isBest ? 1 : 0.08 + 0.5 * rank ** 2}>
      <title>{`trial ${trial.number}: ${figure(trial.values[0])}`}</title>
    </path>
  );
}

const TEXT_CHARACTERS = 17;
const shortened = (text: string): string =>
  text.length > TEXT_CHARACTERS ? `${text.slice(0, TEXT_CHARACTERS - 1)}…` : text;
