import type { SealedLog } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { sealedLogs } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import { bytes, count } from "../thread/format.ts";
import { projectOf } from "../thread/names.ts";
import { Card } from "./card.tsx";
import { Empty } from "./states.tsx";
import { type ColumnOf, PagedTable } from "./table.tsx";
import { Clipped, Instant } from "./text.tsx";

/** The hours of a deployment's log that are there as Parquet. */
export function SealedHours({ deployment }: { readonly deployment: string }) {
  const hours = usePages(`${deployment} sealed hours`, async (pageToken, signal) => {
    const answer = await sealedLogs.listSealedLogs({ parent: deployment, pageSize: 24, pageToken }, { signal });
    return { items: answer.sealedLogs, next: answer.nextPageToken };
  });
  return (
    <Card title="Sealed hours of the log">
      <PagedTable
        pages={hours}
        what="sealed hours"
        columns={columnsOf(projectOf(deployment))}
        rowKey={(it) => it.name}
        empty={<Empty title="No hour is sealed yet: the first follows when its hour is over" />}
      />
    </Card>
  );
}

const columnsOf = (project: string): readonly ColumnOf<SealedLog>[] => [
  { title: "Hour", cell: (it) => <Instant time={it.hour} /> },
  { title: "Predictions", number: true, cell: (it) => count(it.rowCount) },
  { title: "Not sampled", number: true, cell: (it) => count(it.notSampledCount) },
  { title: "Releases", number: true, cell: (it) => count(it.releases.length) },
  { title: "Size", number: true, cell: (it) => bytes(it.sizeBytes) },
  { title: "Sealed", cell: (it) => <Instant time={it.sealTime} /> },
  {
    title: "Parquet",
    cell: (it) =>
      it.digest === "" ? (
        <span className="quiet">no row</span>
      ) : (
        <a href={`/v1/projects/${project}/artifacts/${it.digest}:download`} download>
          <Clipped text={it.digest} />
        </a>
      ),
  },
];
