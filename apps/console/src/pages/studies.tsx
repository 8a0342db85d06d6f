import { type Study, StudyState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { studies } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { count, words } from "../thread/format.ts";
import { objectivesText, samplerText } from "../thread/study.ts";

const REFRESH_MS = 5_000;

/** The studies of a project, newest first. */
export function StudiesPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const load = async (pageToken: string, signal: AbortSignal) => {
    const answer = await studies.listStudies({ parent, pageSize: 50, pageToken }, { signal });
    return { items: answer.studies, next: answer.nextPageToken };
  };
  const pages = usePages(`studies ${project}`, load, { refreshMs: REFRESH_MS });
  return (
    <>
      <PageTitle kind="Tracking" title="Studies">
        <span>searches for good parameters, of which every trial is a run</span>
      </PageTitle>
      <Card>
        <PagedTable
          pages={pages}
          what="studies"
          columns={COLUMNS}
          rowKey={(it) => it.name}
          empty={<Empty title="Nothing was searched yet" />}
        />
      </Card>
      <Card title="To begin one">
        <p className="quiet">Workers then ask it for trials, and tell what came out.</p>
        <Request
          path={`${parent}/studies`}
          body={`{"displayName": "TITLE", "experiment": "${parent}/experiments/EXPERIMENT",
 "space": [{"name": "rate", "floatRange": {"min": 0.0001, "max": 1, "log": true}}],
 "objectives": [{"metric": "loss", "direction": "DIRECTION_MINIMIZE"}]}`}
        />
      </Card>
    </>
  );
}

/** Whether a study gives out trials. */
export const StudyBadge = ({ state }: Pick<Study, "state">) => (
  <Badge tone={state === StudyState.ACTIVE ? "live" : "calm"}>{words(StudyState[state])}</Badge>
);

const COLUMNS: readonly ColumnOf<Study>[] = [
  { title: "Study", cell: (it) => <ResourceLink name={it.name}>{it.displayName}</ResourceLink> },
  { title: "State", cell: (it) => <StudyBadge state={it.state} /> },
  { title: "Trials", number: true, cell: (it) => `${count(it.trialCount)} of ${count(it.trialsMax)}` },
  { title: "Sampler", cell: (it) => samplerText(it.sampler) },
  { title: "Parameters", number: true, cell: (it) => count(it.space.length) },
  { title: "Looks for", rest: true, cell: (it) => <Clipped text={objectivesText(it)} /> },
  { title: "Created", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
];
