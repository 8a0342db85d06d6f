import type { ParameterImportance, Study, Trial } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { useMemo } from "react";
import { studies } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Chart } from "../parts/chart.tsx";
import { CoordinatesPlot } from "../parts/coordinates-plot.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable, Table } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { count, figure, percent, words } from "../thread/format.ts";
import {
  conditionText,
  correctedText,
  historyOf,
  objectivesText,
  paramText,
  rangeText,
  samplerText,
} from "../thread/study.ts";
import { type FoundStudy, studyReader } from "../thread/study-reader.ts";
import { StudyBadge } from "./studies.tsx";

const REFRESH_MS = 5_000;
/** Trials of one page of the service: ten pages hold as many as a study may have. */
const TRIALS_PAGE = 500;

const readerOf = (name: string) =>
  studyReader({
    study: async (signal) => (await studies.getStudy({ name }, { signal })).study,
    result: (signal) => studies.getStudyResult({ name }, { signal }),
    async trials(pageToken, signal) {
      const page = await studies.listTrials({ study: name, pageSize: TRIALS_PAGE, pageToken }, { signal });
      return { items: page.trials, next: page.nextPageToken };
    },
  });

/** One study: the best trials, how they came about, which parameters matter, and every trial. */
export function StudyPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/studies/${id}`;
  const read = useMemo(() => readerOf(name), [name]);
  const loaded = useCall(name, read, { refreshMs: REFRESH_MS });
  const study = loaded.data?.study;
  return (
    <>
      <PageTitle kind="Study" title={study?.displayName || id}>
        {study && (
          <>
            <StudyBadge state={study.state} />
            <span>
              {count(study.trialCount)} of {count(study.trialsMax)} trials
            </span>
            <Ago time={study.createTime} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the study">
        {(it) => it.study && <Body study={it.study} found={it} />}
      </Ready>
    </>
  );
}

function Body({ study, found: { result, trials } }: { readonly study: Study; readonly found: FoundStudy }) {
  const columns = useMemo(() => columnsOf(study), [study]);
  return (
    <>
      <Card title={result.bestTrials.length > 1 ? "Best trials" : "Best trial"}>
        {result.bestTrials.length === 0 ? (
          <Empty title="No trial is complete yet" />
        ) : (
          <LongTable rows={result.bestTrials} rowKey={(it) => it.name} columns={columns} />
        )}
        {result.corrected && (
          <p className="quiet">
            The best of many values is too good: it was chosen for it. Worth on new data:{" "}
            {correctedText(result.corrected)}
          </p>
        )}
      </Card>
      <History study={study} trials={trials.items} />
      <Card title="Parameters and values">
        <CoordinatesPlot study={study} trials={trials.items} />
      </Card>
      <div className="two">
        <Card title="What is searched">
          <Table rows={study.space} rowKey={(it) => it.name} columns={SPACE} />
        </Card>
        <Card title="Importance">
          <Importances of={result.importances} />
        </Card>
      </div>
      <Card title="Trials">
        <LongTable rows={trials.items.toReversed()} rowKey={(it) => it.name} columns={columns} />
        {trials.more && <p className="quiet">These are the first {count(trials.items.length)}; there are more.</p>}
      </Card>
      <Card title="About">
        <About study={study} />
      </Card>
    </>
  );
}

function History({ study, trials }: { readonly study: Study; readonly trials: readonly Trial[] }) {
  const objective = study.objectives[0];
  const { values, best } = useMemo(() => historyOf(trials, objective?.direction), [trials, objective]);
  if (values[0].length < 2) return null;
  const metric = objective?.metric ?? "value";
  return (
    <Card title="History">
      <div className="charts">
        <figure>
          <figcaption>
            <Clipped text={metric} /> <span className="quiet">best so far</span>
          </figcaption>
          <Chart title={`best ${metric}`} across="trial" data={best} />
        </figure>
        <figure>
          <figcaption>
            <Clipped text={metric} /> <span className="quiet">{count(values[0].length)} complete trials</span>
          </figcaption>
          <Chart title={metric} across="trial" data={values} />
        </figure>
      </div>
    </Card>
  );
}

const SPACE: readonly ColumnOf<Study["space"][number]>[] = [
  { title: "Parameter", cell: (it) => <Clipped text={it.name} className="mono" /> },
  { title: "Values", rest: true, cell: (it) => <Clipped text={rangeText(it)} /> },
  { title: "Only if", cell: (it) => <Clipped text={conditionText(it)} className="quiet" /> },
];

function Importances({ of }: { readonly of: readonly ParameterImportance[] }) {
  if (of.length === 0) return <Empty title="Too few trials to tell which parameters matter" />;
  const columns: readonly ColumnOf<ParameterImportance>[] = [
    { title: "Parameter", cell: (it) => <Clipped text={it.parameter} className="mono" /> },
    { title: "Of what decides", cell: (it) => <Bar share={it.importance} /> },
  ];
  return (
    <Table rows={of.toSorted((a, b) => b.importance - a.importance)} rowKey={(it) => it.parameter} columns={columns} />
  );
}

const BAR = 120;

const Bar = ({ share }: { readonly share: number }) => (
  <span className="importance">
    <svg width={BAR} height={9} aria-hidden="true">
      <rect className="ground" width={BAR} height={9} rx={3} />
      <rect className="share" width={BAR * share} height={9} rx={3} />
    </svg>
    {percent(share)}
  </span>
);

const TONES: Readonly<Partial<Record<TrialState, "good" | "bad" | "calm" | "live">>> = {
  [TrialState.RUNNING]: "live",
  [TrialState.COMPLETE]: "good",
  [TrialState.FAILED]: "bad",
};

function columnsOf({ objectives, space }: Study): readonly ColumnOf<Trial>[] {
  return [
    { title: "Trial", cell: (it) => <ResourceLink name={it.run}>{`trial ${it.number}`}</ResourceLink> },
    {
      title: "State",
      cell: (it) => (
        <span title={it.failure}>
          <Badge tone={TONES[it.state] ?? "calm"}>{words(TrialState[it.state])}</Badge>
        </span>
      ),
    },
    ...objectives.map(({ metric }, i) => ({
      title: metric,
      number: true,
      cell: (it: Trial) => figure(it.values[i]),
    })),
    ...space.map(({ name }) => ({ title: name, number: true, cell: (it: Trial) => paramText(it.params[name]) })),
    { title: "Reports", number: true, cell: (it) => count(it.reports.length) },
    { title: "Worker", cell: (it) => <Clipped text={it.worker} className="quiet" /> },
    { title: "Began", cell: (it) => <Ago time={it.startTime} /> },
  ];
}

const About = ({ study }: { readonly study: Study }) => (
  <Facts
    of={[
      ["Looks for", <Clipped key="for" text={objectivesText(study)} />],
      ["Sampler", samplerText(study.sampler)],
      ["Pruner", study.pruner?.rule.case ?? "none"],
      ["Experiment", <ResourceLink key="experiment" name={study.experiment} />],
      ["Seed", String(study.seed)],
      ["By", <Clipped key="by" text={study.actor} />],
    ]}
  />
);
