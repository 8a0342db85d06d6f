import {
  type CalibrationCoverage,
  CoverageAlarm,
  type ReleaseMetrics,
} from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import type { Interval } from "@throughline/contracts/throughline/type/v1/value_pb";
import { count, percent } from "../thread/format.ts";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Badge, Clipped, ResourceLink, type Tone } from "./text.tsx";

interface Row {
  readonly release: string;
  readonly isGroup: boolean;
  readonly of: CalibrationCoverage;
}

/** How often intervals and sets held what really happened, beside what their calibrations promise. Nothing without calibrations. */
export function Coverage({ of }: { readonly of: readonly ReleaseMetrics[] }) {
  const rows = of.flatMap(({ release, coverage, groupCoverage }): Row[] =>
    coverage
      ? [
          { release, isGroup: false, of: coverage },
          ...groupCoverage.map((it): Row => ({ release, isGroup: true, of: it })),
        ]
      : [],
  );
  if (rows.length === 0) return null;
  return (
    <>
      <h3>How often intervals held the actual value</h3>
      <LongTable rows={rows} rowKey={(it) => `${it.release} ${it.isGroup} ${it.of.group}`} columns={COLUMNS} />
    </>
  );
}

const COLUMNS: readonly ColumnOf<Row>[] = [
  { title: "Release", cell: (it) => <ResourceLink name={it.release} /> },
  { title: "Rows", cell: (it) => <Clipped text={groupName(it)} /> },
  { title: "With actual", number: true, cell: (it) => count(it.of.rowCount) },
  { title: "Held", number: true, cell: (it) => percent(Number(it.of.coveredCount) / Number(it.of.rowCount)) },
  { title: "It lies in", number: true, cell: (it) => rangeText(it.of.interval) },
  { title: "Promised", number: true, cell: (it) => rangeText(it.of.promised) },
  {
    title: "Alarm",
    cell: ({ of: { alarm } }) => <Badge tone={ALARMS[alarm]?.tone ?? "calm"}>{ALARMS[alarm]?.text ?? "unknown"}</Badge>,
  },
];

const groupName = ({ isGroup, of: { group } }: Row): string => {
  if (!isGroup) return "all";
  return group === "" ? "of no group" : group;
};

const rangeText = (range: Interval | undefined): string =>
  range ? `${percent(range.low)} to ${percent(range.high)}` : "–";

const ALARMS: Readonly<Record<CoverageAlarm, { readonly tone: Tone; readonly text: string }>> = {
  [CoverageAlarm.UNSPECIFIED]: { tone: "calm", text: "unknown" },
  [CoverageAlarm.NONE]: { tone: "good", text: "none" },
  [CoverageAlarm.UNDER]: { tone: "bad", text: "too seldom" },
  [CoverageAlarm.OVER]: { tone: "look", text: "too often" },
};
