import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { features } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Certificate } from "../parts/certificate.tsx";
import { CertificateDetails } from "../parts/certificate-details.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { Download } from "../parts/download.tsx";
import { ServedRowsCards } from "../parts/served-rows.tsx";
import { SetPrivacyCard } from "../parts/set-privacy.tsx";
import { Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Ago, Digest, ResourceLink } from "../parts/text.tsx";
import { bytes, count } from "../thread/format.ts";
import { ColumnsCard } from "./source.tsx";

/** One training set with its certificate in plain words. */
export function TrainingSetPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/trainingSets/${id}`;
  const loaded = useCall(name, (signal) => features.getTrainingSet({ name }, { signal }));
  const set = loaded.data?.trainingSet;
  return (
    <>
      <PageTitle kind="Training set" title={id}>
        {set && (
          <>
            <span>{count(set.rowCount)} rows</span>
            <Ago time={set.createTime} />
            <Digest digest={set.digest} project={project} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the training set">
        {({ trainingSet }) => trainingSet && <Body of={trainingSet} project={project} />}
      </Ready>
    </>
  );
}

const Body = ({ of, project }: { readonly of: TrainingSet; readonly project: string }) => (
  <>
    <Card title="Leakage certificate">
      <Certificate of={of} />
      <p className="quiet">
        Certificate <Digest digest={of.certificateDigest} project={project} />
      </p>
    </Card>
    {of.certificate && <CertificateDetails of={of.certificate} rows={of.rowCount} />}
    <div className="two">
      <Card title="About">
        <Facts
          of={[
            ["Feature service", <ResourceLink key="service" name={of.featureService} />],
            ["Its version", String(of.featureServiceVersion)],
            ["Each row predicts from", <code key="cutoff">{of.cutoffColumn}</code>],
            ["Labels", of.labelColumns.join(", ")],
            ["Data version", <VersionLink key="data" project={project} number={of.dataVersion} />],
            [
              "File",
              <span key="file">
                {bytes(of.sizeBytes)} ·{" "}
                <Download project={project} digest={of.fileDigest} fileName={`${of.name.split("/").at(-1)}.parquet`} />
              </span>,
            ],
          ]}
        />
      </Card>
      <Card title="Digests">
        <Facts
          of={[
            ["Rows", <Digest key="rows" digest={of.digest} project={project} />],
            ["File", <Digest key="file" digest={of.fileDigest} project={project} />],
            ["Feature service", <Digest key="service" digest={of.featureServiceDigest} project={project} />],
            [of.servedRows ? "Predictions" : "Spine", <Digest key="spine" digest={of.spineDigest} project={project} />],
          ]}
        />
      </Card>
    </div>
    {of.servedRows && <ServedRowsCards of={of.servedRows} project={project} />}
    {of.privacy && <SetPrivacyCard of={of.privacy} />}
    <ColumnsCard columns={of.columns} />
    {of.segmentDigests.length > 0 && (
      <Card title="Source segments that were read">
        <LongTable
          rows={of.segmentDigests}
          rowKey={(it) => it}
          columns={[{ title: "Segment", cell: (it) => <Digest digest={it} project={project} /> }]}
        />
      </Card>
    )}
  </>
);
