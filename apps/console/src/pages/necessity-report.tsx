import type {
  FeatureFigures,
  NecessityFinding,
  NecessityReport,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { necessity } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Download } from "../parts/download.tsx";
import { VersionLink } from "../parts/necessity-list.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { Whiskers } from "../parts/whiskers.tsx";
import { bytes, count, figure, percent } from "../thread/format.ts";
import { idOf } from "../thread/names.ts";
import {
  estimateText,
  evidenceText,
  findingsText,
  importanceWhiskers,
  kindWords,
  linearLossWords,
  lossWords,
  type RankedRow,
  rankedRows,
  readersText,
  recommendationWords,
} from "../thread/necessity.ts";

/** One report on which features of a service are worth having. */
export function NecessityReportPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/necessityReports/${id}`;
  const loaded = useCall(name, (signal) => necessity.getNecessityReport({ name }, { signal }));
  const report = loaded.data?.necessityReport;
  return (
    <>
      <PageTitle kind="Necessity report" title={report ? idOf(report.featureService) : id}>
        {report && (
          <>
            <span>{findingsText(report.findings)}</span>
            <Digest digest={report.digest} project={project} />
            <Ago time={report.createTime} />
            <span>by {report.actor || "unknown"}</span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the report">
        {({ necessityReport }) => necessityReport && <Body of={necessityReport} project={project} />}
      </Ready>
    </>
  );
}

const Body = ({ of, project }: { readonly of: NecessityReport; readonly project: string }) => (
  <>
    <Card title="Findings, the gravest first">
      {of.findings.length === 0 ? (
        <Empty title="Nothing speaks against any of the features" />
      ) : (
        <LongTable rows={of.findings} rowKey={(it) => `${it.kind} ${it.features.join(" ")}`} columns={FINDINGS} />
      )}
    </Card>
    {of.importance && (
      <Card
        title="How much worse the model gets when a feature is shuffled"
        aside={<span className="quiet">{`${lossWords(of.importance.loss)}, with 95 % intervals`}</span>}
      >
        <Whiskers of={importanceWhiskers(of)} name="importance" reference={0} />
      </Card>
    )}
    {of.ranking.length > 0 && (
      <Card title="What to keep, the first ones first" aside={<span className="quiet">{enoughText(of)}</span>}>
        <LongTable rows={rankedRows(of)} rowKey={(it) => it.feature} columns={rankedColumns(of)} />
      </Card>
    )}
    <Card title="Every feature, in the model's order">
      <LongTable rows={of.figures} rowKey={(it) => it.feature} columns={figuresOf(of)} />
    </Card>
    <div className="two">
      <About of={of} project={project} />
      <Card title="What is not known">
        <ul className="remaining">
          {of.notes.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      </Card>
    </div>
  </>
);

const FINDINGS: readonly ColumnOf<NecessityFinding>[] = [
  { title: "Suspicion", cell: (it) => <Badge tone={kindWords(it.kind).tone}>{kindWords(it.kind).text}</Badge> },
  { title: "Features", cell: (it) => <Clipped text={it.features.join(", ")} className="mono" /> },
  {
    title: "What was found",
    cell: (it) => (
      <span className="wrapped" title={evidenceText(it)}>
        {it.message}
      </span>
    ),
  },
  { title: "What to do", cell: (it) => recommendationWords(it.recommendation) },
];

const figuresOf = ({ label, importance, sampledRowCount }: NecessityReport): readonly ColumnOf<FeatureFigures>[] => [
  { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
  {
    title: "Missing",
    number: true,
    cell: (it) => measured(it, percent(Number(it.missingRowCount) / Number(sampledRowCount))),
  },
  { title: "Different values", number: true, cell: (it) => measured(it, count(it.distinctCount)) },
  { title: "Commonest value", number: true, cell: (it) => percent(it.commonestShare?.value ?? Number.NaN) },
  ...(label === ""
    ? []
    : [{ title: `Tells ${label}`, number: true, cell: (it: FeatureFigures) => figure(it.information?.strength) }]),
  ...(importance
    ? [{ title: "Importance", number: true, cell: (it: FeatureFigures) => estimateText(it.importance) }]
    : []),
  { title: "Cost", number: true, cell: (it) => figure(it.cost) },
  { title: "Releases that read it", number: true, cell: readersText },
];

const rankedColumns = ({ figures, linearReference }: NecessityReport): readonly ColumnOf<RankedRow>[] => [
  { title: "", number: true, cell: (it) => it.place },
  { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
  { title: "Tells, nats", number: true, cell: (it) => figure(it.relevance) },
  { title: "Of that before", number: true, cell: (it) => figure(it.redundancy) },
  ...(figures.some((it) => it.dropCost)
    ? [{ title: "Model without it", number: true, cell: (it: RankedRow) => estimateText(it.figures?.dropCost) }]
    : []),
  ...(linearReference
    ? [
        {
          title: "Linear model without it",
          number: true,
          cell: (it: RankedRow) => estimateText(it.figures?.linearDropCost),
        },
        { title: "With none below", number: true, cell: (it: RankedRow) => estimateText(it.linearRise) },
      ]
    : []),
  { title: "Suspicions", cell: (it) => it.suspicions.map((kind) => kindWords(kind).text).join(", ") || "–" },
];

/** A figure, or why there is none. */
const measured = ({ notMeasuredBecause }: FeatureFigures, text: string) =>
  notMeasuredBecause === "" ? text : <Clipped text={notMeasuredBecause} className="quiet" />;

const About = ({ of, project }: { readonly of: NecessityReport; readonly project: string }) => (
  <Card title="About">
    <Facts
      of={[
        ["Feature service", <ResourceLink key="service" name={of.featureService} />],
        ["Its version", String(of.featureServiceVersion)],
        ["Training set", <ResourceLink key="set" name={of.trainingSet} />],
        ["Rows read", `${count(of.sampledRowCount)} of ${count(of.rowCount)}, by seed ${of.seed}`],
        ["With the label", `${count(of.comparedRowCount)} rows`],
        ["With each other", `${count(of.pairedRowCount)} rows`],
        ["Releases reading it", count(of.releaseCount)],
        ["Read by none", of.unreadFeatures.join(", ") || "–"],
        ...importanceFacts(of),
        ...linearFacts(of),
        ...dropOneFacts(of),
        [
          "File",
          <span key="file">
            {bytes(of.sizeBytes)} · <Download project={project} digest={of.digest} fileName={`${idOf(of.name)}.json`} />
          </span>,
        ],
      ]}
    />
  </Card>
);

function importanceFacts({ importance: it }: NecessityReport) {
  if (!it) return [];
  return [
    ["Model", <VersionLink key="model" name={it.modelVersion} />],
    ["Its prediction", <code key="output">{`${it.outputTensor}[${it.outputColumn}]`}</code>],
    ["Loss unshuffled", `${figure(it.baseLoss)} (${lossWords(it.loss)})`],
    ["Rows predicted", `${count(it.rowCount)}, each feature shuffled ${it.repeatCount} times`],
    ["Rows left out", count(it.leftOutRowCount)],
  ] as const;
}

const enoughText = ({ linearReference: it, ranking }: NecessityReport): string =>
  it
    ? `a linear model shows no loss with the first ${it.enoughFeatureCount} of ${ranking.length}; rises of its ${linearLossWords(it.loss)}, with 95 % intervals`
    : "by what they tell about the label and not about each other";

function linearFacts({ linearReference: it }: NecessityReport) {
  if (!it) return [];
  const rows = `${count(it.rowCount)} rows, in ${it.foldCount} parts`;
  return [
    ["Linear model", `${linearLossWords(it.loss)} ${figure(it.lossOfAll)}, ${figure(it.lossOfNone)} with no feature`],
    ["Judged on", rows],
  ] as const;
}

function dropOneFacts({ dropOne: it }: NecessityReport) {
  if (!it) return [];
  return [
    ["Trained without each", it.trainer],
    ["Its loss with all", `${figure(it.baseLoss)} (${lossWords(it.loss)}), on ${count(it.rowCount)} rows`],
    ["Its seeds", it.seeds.join(", ") || "–"],
  ] as const;
}
