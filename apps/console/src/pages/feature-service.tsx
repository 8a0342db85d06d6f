import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { features } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { NecessityCard } from "../parts/necessity-list.tsx";
import { OnDemandCard } from "../parts/on-demand-list.tsx";
import { useVersionAsked } from "../parts/routing.ts";
import { Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { VersionPicker } from "../parts/version-picker.tsx";
import { ColumnsCard } from "./source.tsx";

/** One feature service at one version: the pinned views and the order of the model's input. */
export function FeatureServicePage({ project, ids: [id = ""] }: PageProps) {
  const version = useVersionAsked();
  const name = `projects/${project}/featureServices/${id}`;
  const loaded = useCall(`${name} ${version}`, async (signal) => {
    const [shown, newest] = await Promise.all([
      features.getFeatureService({ name, version }, { signal }),
      features.getFeatureService({ name }, { signal }),
    ]);
    return { service: shown.featureService, newest: newest.featureService?.version ?? 0n };
  });
  return (
    <>
      <PageTitle kind="Feature service" title={id}>
        {loaded.data?.service && (
          <>
            <VersionPicker shown={loaded.data.service.version} newest={loaded.data.newest} />
            <Digest digest={loaded.data.service.digest} project={project} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the feature service">
        {({ service }) => service && <Body of={service} project={project} />}
      </Ready>
    </>
  );
}

const Body = ({ of, project }: { readonly of: FeatureService; readonly project: string }) => (
  <>
    {of.description !== "" && <p className="lead">{of.description}</p>}
    <Card title="Views, each pinned at one version">
      <LongTable
        rows={of.views}
        rowKey={(it) => it.view}
        columns={[
          { title: "View", cell: (it) => <ResourceLink name={it.view} /> },
          { title: "Version", number: true, cell: (it) => String(it.version) },
          { title: "Features", cell: (it) => <Clipped text={it.features.join(", ")} /> },
          {
            title: "Keys",
            cell: (it) => (
              <Clipped
                text={Object.entries(it.keyFields)
                  .map(([key, field]) => `${key} = ${field}`)
                  .join(", ")}
              />
            ),
          },
          { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
        ]}
      />
    </Card>
    {of.onDemandViews.length > 0 && <OnDemandCard project={project} views={of.onDemandViews} />}
    {of.requestFeatures.length > 0 && <ColumnsCard title="What comes with the request" columns={of.requestFeatures} />}
    <Card title="Input vector, in the model's order">
      <ol className="chips">
        {of.features.map((it) => (
          <li key={it} title={it}>
            {it}
          </li>
        ))}
      </ol>
    </Card>
    <NecessityCard project={project} featureService={of.name} />
  </>
);
