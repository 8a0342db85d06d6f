import {
  type FreshnessAlert,
  FreshnessAlertKind,
} from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { freshness } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import { duration, spanMs } from "../thread/format.ts";
import { Card } from "./card.tsx";
import { Empty } from "./states.tsx";
import { type ColumnOf, PagedTable } from "./table.tsx";
import { Ago, Badge, Instant, ResourceLink } from "./text.tsx";

interface FreshnessAlertsProps {
  readonly project: string;
  /** How often it is looked for new ones. */
  readonly refreshMs: number;
}

/** When views grew older than their targets, and when they recovered, newest first. */
export function FreshnessAlerts({ project, refreshMs }: FreshnessAlertsProps) {
  const parent = `projects/${project}`;
  const alerts = usePages(
    `freshness alerts ${project}`,
    async (pageToken, signal) => {
      const answer = await freshness.listFreshnessAlerts({ parent, pageSize: 25, pageToken }, { signal });
      return { items: answer.alerts, next: answer.nextPageToken };
    },
    { refreshMs },
  );
  return (
    <Card title="Alerts" aside={<span className="quiet">looked at every {refreshMs / 1000} s</span>}>
      <PagedTable
        pages={alerts}
        what="alerts"
        columns={COLUMNS}
        rowKey={(it) => it.name}
        empty={
          <Empty title="No view crossed its target yet">
            <p>
              Each time when a view grows older than its target, and when it recovers, it is told here and in the log.
            </p>
          </Empty>
        }
      />
    </Card>
  );
}

const COLUMNS: readonly ColumnOf<FreshnessAlert>[] = [
  { title: "Alert", number: true, cell: (it) => String(it.number) },
  { title: "View", cell: (it) => <ResourceLink name={it.view} /> },
  {
    title: "What",
    cell: (it) =>
      it.kind === FreshnessAlertKind.STALE ? (
        <Badge tone="bad">grew too old</Badge>
      ) : (
        <Badge tone="good">recovered</Badge>
      ),
  },
  { title: "Age", number: true, cell: (it) => duration(spanMs(it.eventAge)) },
  { title: "Target", number: true, cell: (it) => (it.target ? duration(spanMs(it.target)) : "none") },
  { title: "Newest event", cell: (it) => <Instant time={it.newestEventTime} /> },
  { title: "Seen", cell: (it) => <Ago time={it.time} /> },
];
