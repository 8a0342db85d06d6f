import { describeFailure } from "../api/failure.ts";
import { loadOverview, type ProjectOverview } from "../api/project-parts.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Empty, Failed, Ready } from "../parts/states.tsx";
import { ThreadPicture } from "../parts/thread-picture.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { activityOf } from "../thread/activity.ts";
import { newestThread, stagesOf } from "../thread/overview.ts";

const REFRESH_MS = 5_000;
const ITEMS_SHOWN = 6;
const HAPPENINGS_SHOWN = 14;

/** The thread of a project as one picture, and what happened last. */
export function HomePage({ project }: PageProps) {
  const overview = useCall(`home ${project}`, (signal) => loadOverview(project, signal), { refreshMs: REFRESH_MS });
  return (
    <>
      <PageTitle kind="Project" title={project} />
      <Ready of={overview} what="the project">
        {(data) => <Overview project={project} data={data} />}
      </Ready>
    </>
  );
}

function Overview({ project, data }: { readonly project: string; readonly data: ProjectOverview }) {
  const stages = stagesOf(data.parts);
  const [failure] = data.failures;
  if (stages.every((it) => it.answered && it.items.length === 0)) return <FirstStep project={project} />;
  return (
    <>
      {failure !== undefined && <Failed failure={describeFailure(failure)} />}
      <Card title="The thread" aside={<span className="quiet">newest of each stage, and what it was made from</span>}>
        <ThreadPicture project={project} all={stages} shown={newestThread(stages, ITEMS_SHOWN)} />
      </Card>
      <Card title="Recent activity">
        <Timeline of={activityOf(data, HAPPENINGS_SHOWN)} />
      </Card>
    </>
  );
}

function FirstStep({ project }: { readonly project: string }) {
  return (
    <Card>
      <Empty title="Nothing is here yet">
        <p>
          A project fills itself as work is done: load a source, define features, join a training set, log a run,
          register its model, make a release, deploy it. Each step appears here by itself.
        </p>
        <p>To see a whole project at once, run the demonstration beside the platform:</p>
        <pre>
          <code>npm run demo</code>
        </pre>
        <p>Or begin with one request, which makes an experiment:</p>
        <pre>
          <code>{firstRequest(project)}</code>
        </pre>
      </Empty>
    </Card>
  );
}

/** One request that makes an experiment; plain HTTP, so that it works with nothing installed. */
const firstRequest = (project: string): string =>
  [
    `curl ${location.origin}/v1/projects/${project}/experiments \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '{"experiment": {"displayName": "my first experiment"}}'`,
  ].join("\n");
