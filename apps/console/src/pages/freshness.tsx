import { type Freshness, FreshnessState } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { Link } from "wouter";
import { freshness } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { FreshnessAlerts } from "../parts/freshness-alerts.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Badge, Instant, ResourceLink, type Tone } from "../parts/text.tsx";
import { counted, duration, percent, spanMs, words } from "../thread/format.ts";
import { pagePath } from "../thread/names.ts";

const REFRESH_MS = 5_000;

/** How old the newest data behind each view is, beside how old it may be. */
export function FreshnessPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const views = usePages(
    `freshness ${project}`,
    async (pageToken, signal) => {
      const answer = await freshness.getFreshness({ parent, pageSize: 50, pageToken }, { signal });
      return { items: answer.freshness, next: answer.nextPageToken };
    },
    { refreshMs: REFRESH_MS },
  );
  return (
    <>
      <PageTitle kind="Feature store" title="Freshness">
        <span>ages are counted from the newest event of a view's source until now</span>
      </PageTitle>
      <Card title="Views" aside={<span className="quiet">looked at every {REFRESH_MS / 1000} s</span>}>
        <PagedTable
          pages={views}
          what="the freshness of views"
          columns={COLUMNS}
          rowKey={(it) => it.view}
          empty={<NoViews project={project} />}
        />
      </Card>
      <FreshnessAlerts project={project} refreshMs={REFRESH_MS} />
    </>
  );
}

const NoViews = ({ project }: { readonly project: string }) => (
  <Empty title="No feature views yet">
    <p>
      Views stand under <Link href={pagePath(project, "features")}>Features</Link>. A view says how old its newest event
      may be with <code>freshnessTarget</code>; a file of definitions says so too:
    </p>
    <pre>
      <code>throughline apply definitions.yaml --project {project}</code>
    </pre>
  </Empty>
);

const TONES: Readonly<Record<FreshnessState, Tone>> = {
  [FreshnessState.UNSPECIFIED]: "calm",
  [FreshnessState.FRESH]: "good",
  [FreshnessState.STALE]: "bad",
  [FreshnessState.EMPTY]: "look",
};

const COLUMNS: readonly ColumnOf<Freshness>[] = [
  { title: "View", cell: (it) => <ResourceLink name={it.view} /> },
  { title: "Version", number: true, cell: (it) => String(it.version) },
  {
    title: "State",
    cell: (it) =>
      it.target || it.state === FreshnessState.EMPTY ? (
        <Badge tone={TONES[it.state] ?? "calm"}>{words(FreshnessState[it.state])}</Badge>
      ) : (
        <Badge tone="calm">no target</Badge>
      ),
  },
  { title: "Age beside target", cell: (it) => <AgeMeter of={it} /> },
  { title: "Age", number: true, cell: (it) => duration(spanMs(it.eventAge)) },
  { title: "Target", number: true, cell: (it) => (it.target ? duration(spanMs(it.target)) : "none") },
  { title: "Newest event", cell: (it) => <Instant time={it.newestEventTime} /> },
  { title: "Known for", number: true, cell: (it) => duration(spanMs(it.knowledgeAge)) },
  {
    title: "Not online yet",
    number: true,
    cell: (it) => (it.segmentsBehind === 0n ? "–" : counted(it.segmentsBehind, "segment")),
  },
];

/** The age of the newest event, drawn against its target where it has one: the middle of the bar is the target. */
function AgeMeter({ of }: { readonly of: Freshness }) {
  const share = spanMs(of.eventAge) / spanMs(of.target);
  if (!Number.isFinite(share)) return <span className="quiet">–</span>;
  const text = `${percent(share)} of the target`;
  return (
    <span className="meter" role="img" aria-label={text} title={text}>
      <span className="meter-bar">
        <span className={share > 1 ? "over" : ""} style={{ width: `${Math.min(100, share * 50)}%` }} />
      </span>
    </span>
  );
}
