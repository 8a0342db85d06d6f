import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useDarkness } from "./use-darkness.ts";

const HEIGHT = 190;

interface ChartProps {
  readonly title: string;
  /** What is drawn across, such as `step`. */
  readonly across: string;
  readonly data: [number[], (number | null)[]];
}

/** One metric over its steps. Drag to look closer, double-click to see all of it again. */
export function Chart({ title, across, data }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const dark = useDarkness();
  const first = useRef(data);
  first.current = data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read again when the scheme changes.
  useEffect(() => {
    const place = frame.current;
    if (!place) return;
    const made = new uPlot(optionsOf(title, across, place), first.current, place);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: HEIGHT }));
    sizes.observe(place);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [title, across, dark]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div className="chart" ref={frame} role="img" aria-label={`${title} over ${across}`} />;
}

function optionsOf(title: string, across: string, place: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 34 },
      { ...axis, size: 62 },
    ],
    series: [
      { label: across },
      { label: title, stroke: colour("--accent"), width: 1.5, spanGaps: false, points: { size: 5 } },
    ],
    legend: { show: true, live: true },
    cursor: { y: false },
  };
}
