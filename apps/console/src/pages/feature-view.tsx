import type { Feature, FeatureView } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { features } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { useVersionAsked } from "../parts/routing.ts";
import { Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { VersionPicker } from "../parts/version-picker.tsx";
import { aggregateText } from "../thread/aggregate.ts";
import { duration, spanMs, words } from "../thread/format.ts";

/** One feature view at one version. */
export function FeatureViewPage({ project, ids: [id = ""] }: PageProps) {
  const version = useVersionAsked();
  const name = `projects/${project}/featureViews/${id}`;
  const loaded = useCall(`${name} ${version}`, async (signal) => {
    const [shown, newest] = await Promise.all([
      features.getFeatureView({ name, version }, { signal }),
      features.getFeatureView({ name }, { signal }),
    ]);
    return { view: shown.featureView, newest: newest.featureView?.version ?? 0n };
  });
  return (
    <>
      <PageTitle kind="Feature view" title={id}>
        {loaded.data?.view && <VersionPicker shown={loaded.data.view.version} newest={loaded.data.newest} />}
      </PageTitle>
      <Ready of={loaded} what="the view">
        {({ view }) => view && <Body of={view} project={project} />}
      </Ready>
    </>
  );
}

function Body({ of, project }: { readonly of: FeatureView; readonly project: string }) {
  return (
    <>
      {of.description !== "" && <p className="lead">{of.description}</p>}
      <Card title="Features">
        <LongTable
          rows={of.features}
          rowKey={(it) => it.name}
          columns={[
            { title: "Feature", cell: (it) => <Clipped text={it.name} className="mono" /> },
            { title: "How it is computed", cell: (it) => <Clipped text={howText(it)} /> },
            { title: "Type", cell: (it) => words(ValueType[it.type], "VALUE_TYPE_") },
            { title: "What it means", cell: (it) => <Clipped text={it.description} className="quiet" /> },
          ]}
        />
      </Card>
      <Card title="About">
        <Facts
          of={[
            ["Entity", of.entity.split("/").at(-1) ?? ""],
            ["Source", <ResourceLink key="source" name={of.source} />],
            [
              "Keys",
              Object.entries(of.keyColumns)
                .map(([key, column]) => `${key} = ${column}`)
                .join(", ") || "by the same name",
            ],
            ["Values grow too old", of.ttl ? `after ${duration(Number(of.ttl.seconds) * 1000)}` : "never"],
            ["Events should be no older than", of.freshnessTarget ? duration(spanMs(of.freshnessTarget)) : "not said"],
            ["Owner", <Clipped key="owner" text={of.owner || "–"} />],
            ["Cost", <Clipped key="cost" text={of.costNote || "–"} />],
            ["Digest", <Digest key="digest" digest={of.digest} project={project} />],
            ["Created", <Instant key="time" time={of.createTime} />],
          ]}
        />
      </Card>
    </>
  );
}

/** How a feature is computed, in words. */
function howText({ kind }: Feature): string {
  if (kind.case === "aggregate") return aggregateText(kind.value);
  return kind.case === "column" ? `latest known ${kind.value}` : "";
}
