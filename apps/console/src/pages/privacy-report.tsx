import { privacy } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Figures } from "../parts/privacy-figures.tsx";
import { Ready } from "../parts/states.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";

/** One privacy report: how well people hide in a training set. */
export function PrivacyReportPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/privacyReports/${id}`;
  const loaded = useCall(name, (signal) => privacy.getPrivacyReport({ name }, { signal }));
  const report = loaded.data?.report;
  return (
    <>
      <PageTitle kind="Privacy report" title={id}>
        {report && (
          <>
            <Digest digest={report.digest} project={project} />
            <Ago time={report.createTime} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the report">
        {({ report: it }) =>
          it && (
            <>
              {it.figures && <Figures of={it.figures} />}
              <Card title="About">
                <Facts
                  of={[
                    ["Training set", <ResourceLink key="set" name={it.trainingSet} />],
                    ["Its rows", <Digest key="rows" digest={it.trainingSetDigest} project={project} />],
                    ["First asked for by", <Clipped key="by" text={it.actor || "unknown"} />],
                  ]}
                />
              </Card>
            </>
          )
        }
      </Ready>
    </>
  );
}
