import type {
  LeakageCertificate,
  SuspectFeature,
  TimeSplitCheck,
  ViewAbsence,
} from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { measureWords } from "../thread/certificate.ts";
import { count, duration, figure, percent, spanMs } from "../thread/format.ts";
import { Card, Facts } from "./card.tsx";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Badge, Clipped, Instant, ResourceLink } from "./text.tsx";

/** The figures behind a certificate: what was suspected, when labels were known, how the split stands, and what was missing. */
export const CertificateDetails = ({ of, rows }: { readonly of: LeakageCertificate; readonly rows: bigint }) => (
  <>
    {of.suspects.length > 0 && (
      <Card
        title="Features that say too much about a label"
        aside={<span className="quiet">{count(of.comparedRowCount)} rows compared</span>}
      >
        <LongTable rows={of.suspects} rowKey={(it) => `${it.feature} ${it.label}`} columns={SUSPECTS} />
      </Card>
    )}
    <div className="two">
      <Card title="Times">
        <Facts of={timeFacts(of)} />
      </Card>
      {of.timeSplit && (
        <Card title="Rows to train on and to test on" aside={<SplitBadge of={of.timeSplit} />}>
          <Facts of={splitFacts(of.timeSplit)} />
        </Card>
      )}
    </div>
    {of.absences.length > 0 && (
      <Card title="Rows without a value, by view">
        <LongTable rows={of.absences} rowKey={(it) => `${it.view} ${it.viewVersion}`} columns={absences(rows)} />
      </Card>
    )}
  </>
);

const SUSPECTS: readonly ColumnOf<SuspectFeature>[] = [
  { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
  { title: "Label", cell: (it) => <Clipped text={it.label} className="mono" /> },
  { title: "By", cell: (it) => measureWords(it.measure) },
  { title: "Strength", number: true, cell: (it) => figure(it.strength || it.correlation) },
  { title: "Pearson", number: true, cell: (it) => figure(it.correlation) },
  { title: "Told by being missing", number: true, cell: (it) => percent(it.shareToldByMissing) },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
];

const SplitBadge = ({ of }: { readonly of: TimeSplitCheck }) => (
  <Badge tone={of.held ? "good" : "bad"}>{of.held ? "a split of time" : "no split of time"}</Badge>
);

function timeFacts({ firstCutoffTime, lastCutoffTime, labelTimes }: LeakageCertificate) {
  const cutoffs = [
    ["First row predicts from", <Instant key="first" time={firstCutoffTime} />],
    ["Last row predicts from", <Instant key="last" time={lastCutoffTime} />],
  ] as const;
  if (!labelTimes) return [...cutoffs, ["Labels became known", "not declared"]] as const;
  const { column, delay, leastWait, mostWait } = labelTimes;
  return [
    ...cutoffs,
    ["Labels became known", column === "" ? "counted from the cut-off" : <code key="column">{column}</code>],
    ["Reported so much later", duration(spanMs(delay))],
    ["Labels with a time", count(labelTimes.rowCount)],
    ["Labels without one", count(labelTimes.unknownRowCount)],
    ["Known at the cut-off", count(labelTimes.knownAtCutoffRowCount)],
    ["Shortest wait for a label", waitText(spanMs(leastWait))],
    ["Longest wait for a label", waitText(spanMs(mostWait))],
  ] as const;
}

const waitText = (ms: number): string => (ms < 0 ? `${duration(-ms)} before the cut-off` : duration(ms));

const splitFacts = (it: TimeSplitCheck) =>
  [
    [
      "Divided",
      it.split?.by.case === "time" ? (
        <span key="split">
          at <Instant time={it.split.by.value} />
        </span>
      ) : (
        <code key="split">{it.split?.by.value}</code>
      ),
    ],
    ["Rows to train on", count(it.trainRowCount)],
    ["Rows to test on", count(it.testRowCount)],
    ["Time not known", count(it.unknownRowCount)],
    [it.usesLabelTimes ? "Last label known" : "Last to train on", <Instant key="last" time={it.lastTrainTime} />],
    ["First to test on", <Instant key="first" time={it.firstTestTime} />],
    ["Known too late", count(it.lateTrainRowCount)],
    ["Tested too early", count(it.earlyTestRowCount)],
    ["Entities to test on", count(it.testEntityCount)],
    ["Of these also to train on", count(it.sharedEntityCount)],
  ] as const;

const absences = (rows: bigint): readonly ColumnOf<ViewAbsence>[] => [
  { title: "View", cell: (it) => <ResourceLink name={it.view} /> },
  { title: "Version", number: true, cell: (it) => String(it.viewVersion) },
  { title: "Nothing known yet", number: true, cell: (it) => rowsText(it.unknownRowCount, rows) },
  { title: "Known, and too old", number: true, cell: (it) => rowsText(it.expiredRowCount, rows) },
];

const rowsText = (some: bigint, all: bigint): string =>
  some === 0n ? "none" : `${count(some)} · ${percent(Number(some) / Number(all))}`;
