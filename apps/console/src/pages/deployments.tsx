import type { Deployment } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { useDeployments } from "../api/use-deployments.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Live } from "../parts/live.tsx";
import { SplitBar } from "../parts/split-bar.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Clipped, ResourceLink } from "../parts/text.tsx";

/** The deployments of a project. They change here as they change there. */
export function DeploymentsPage({ project }: PageProps) {
  const { deployments, complete, status } = useDeployments(project);
  return (
    <>
      <PageTitle kind="Serving" title="Deployments">
        <Live status={status} />
      </PageTitle>
      <Card>
        {!complete && status.failure && <Failed failure={status.failure} />}
        {!complete && !status.failure && <Loading what="deployments" />}
        {complete && deployments.length === 0 && (
          <Empty title="No deployments yet">
            <p>A deployment is a named endpoint: create one with the release that should answer.</p>
          </Empty>
        )}
        {deployments.length > 0 && <LongTable rows={deployments} rowKey={(it) => it.name} columns={COLUMNS} />}
      </Card>
    </>
  );
}

const COLUMNS: readonly ColumnOf<Deployment>[] = [
  { title: "Deployment", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Traffic", cell: (it) => <SplitBar traffic={it.traffic} /> },
  { title: "Revision", number: true, cell: (it) => String(it.change?.revision ?? "–") },
  { title: "Changed", cell: (it) => <Ago time={it.change?.time} /> },
  { title: "By", cell: (it) => <Clipped text={it.change?.actor ?? ""} /> },
  { title: "Why", rest: true, cell: (it) => <Clipped text={it.change?.reason ?? ""} className="quiet" /> },
];
