import { type Run, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { Link, useSearch } from "wouter";
import { tracking } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink, type Tone } from "../parts/text.tsx";
import { duration, figure, toMs, words } from "../thread/format.ts";
import { idOf, pagePath } from "../thread/names.ts";

const PAGE_SIZE = 50;
const METRICS_SHOWN = 3;
const PARAMS_SHOWN = 3;

/** The experiments of a project, and the runs of all of them or of one. */
export function RunsPage({ project }: PageProps) {
  const experiment = new URLSearchParams(useSearch()).get("experiment") ?? "";
  const parent = `projects/${project}`;
  const experiments = useCall(`experiments ${project}`, (signal) => tracking.listExperiments({ parent }, { signal }));
  const runs = usePages(`runs ${project} ${experiment}`, async (pageToken, signal) => {
    const answer = await tracking.listRuns({ parent, experiment, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.runs, next: answer.nextPageToken };
  });
  return (
    <>
      <PageTitle kind="Tracking" title="Runs" />
      <Ready of={experiments} what="experiments">
        {({ experiments: all }) => (
          <nav className="filters" aria-label="Experiments">
            <Link href={pagePath(project, "runs")} aria-current={experiment === "" ? "true" : undefined}>
              All experiments
            </Link>
            {all.map((it) => (
              <Link
                key={it.name}
                href={`${pagePath(project, "runs")}?experiment=${encodeURIComponent(it.name)}`}
                aria-current={experiment === it.name ? "true" : undefined}
                title={it.description}
              >
                <Clipped text={it.displayName} />
              </Link>
            ))}
          </nav>
        )}
      </Ready>
      <Card>
        <PagedTable pages={runs} what="runs" columns={COLUMNS} rowKey={(it) => it.name} empty={<NoRuns />} />
      </Card>
    </>
  );
}

const NoRuns = () => (
  <Empty title="No runs yet">
    <p>A run appears here, live, as soon as a program logs to it.</p>
  </Empty>
);

const TONES: Readonly<Record<RunState, Tone>> = {
  [RunState.UNSPECIFIED]: "calm",
  [RunState.RUNNING]: "live",
  [RunState.SCHEDULED]: "calm",
  [RunState.FINISHED]: "good",
  [RunState.FAILED]: "bad",
  [RunState.KILLED]: "look",
};

/** How far a run is. */
export const RunBadge = ({ state }: { readonly state: RunState }) => (
  <Badge tone={TONES[state] ?? "calm"}>{words(RunState[state])}</Badge>
);

/** How long a run took, or has taken so far. */
export const runDuration = (it: Run): string =>
  duration((toMs(it.endTime) ?? Date.now()) - (toMs(it.startTime) ?? Number.NaN));

const COLUMNS: readonly ColumnOf<Run>[] = [
  { title: "Run", cell: (it) => <ResourceLink name={it.name}>{it.displayName || idOf(it.name)}</ResourceLink> },
  { title: "State", cell: (it) => <RunBadge state={it.state} /> },
  {
    title: "Metrics",
    cell: (it) => (
      <span className="mini-pairs">
        {it.metrics.slice(0, METRICS_SHOWN).map((metric) => (
          <span key={metric.key} title={`${metric.key} = ${metric.value}`}>
            <span className="quiet">{metric.key}</span> <span className="number">{figure(metric.value)}</span>
          </span>
        ))}
        {it.metrics.length > METRICS_SHOWN && <span className="quiet">+{it.metrics.length - METRICS_SHOWN}</span>}
      </span>
    ),
  },
  {
    title: "Params",
    cell: (it) => <Clipped text={paramsText(it.params)} className="quiet" />,
  },
  { title: "Started", cell: (it) => <Ago time={it.startTime} /> },
  { title: "Took", number: true, cell: runDuration },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
];

function paramsText(params: Readonly<Record<string, string>>): string {
  const all = Object.entries(params);
  const shown = all.slice(0, PARAMS_SHOWN).map(([name, value]) => `${name} ${value}`);
  return shown.join(", ") + (all.length > PARAMS_SHOWN ? `, +${all.length - PARAMS_SHOWN}` : "");
}
