import type {
  AffectedThing,
  Forgetting,
  ForgottenRows,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { privacy } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { count, words } from "../thread/format.ts";
import { idOf, titleOf } from "../thread/names.ts";
import { ForgettingBadge } from "./privacy.tsx";

/** One forgetting: what was removed, what had used it, and what remains to be done. */
export function ForgettingPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/forgettings/${id}`;
  const loaded = useCall(name, (signal) => privacy.getForgetting({ name }, { signal }));
  const it = loaded.data?.forgetting;
  return (
    <>
      <PageTitle kind="Forgetting" title={id}>
        {it && (
          <>
            <ForgettingBadge state={it.state} />
            <span>one {idOf(it.entity)}</span>
            <Ago time={it.createTime} />
            <span>by {it.actor || "unknown"}</span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the record">
        {({ forgetting }) => forgetting && <Body of={forgetting} project={project} />}
      </Ready>
    </>
  );
}

const Body = ({ of, project }: { readonly of: Forgetting; readonly project: string }) => (
  <>
    <p className="lead">{of.reason}</p>
    <Card title="What remains to be done">
      {of.remaining.length === 0 ? (
        <Empty title="Nothing" />
      ) : (
        <ul className="remaining">
          {of.remaining.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      )}
    </Card>
    <Card title="What was removed">
      {of.sources.length === 0 ? (
        <Empty title="No source had a row of it" />
      ) : (
        <LongTable rows={of.sources} rowKey={(it) => it.source} columns={removed(project)} />
      )}
    </Card>
    <Card
      title="What had used the rows"
      aside={of.affectedTruncated && <span className="quiet">{`the first ${count(of.affected.length)}`}</span>}
    >
      {of.affected.length === 0 ? (
        <Empty title="Nothing on the thread" />
      ) : (
        <LongTable
          rows={of.affected}
          rowKey={(it) => `${it.kind} ${it.resource} ${it.digest}`}
          columns={affected(project)}
        />
      )}
      {of.unaffectedTrainingSetCount > 0n && (
        <p className="quiet">
          {count(of.unaffectedTrainingSetCount)} training sets had read the files, but have no row of it. They need
          nothing.
        </p>
      )}
    </Card>
    <About of={of} project={project} />
  </>
);

const About = ({ of, project }: { readonly of: Forgetting; readonly project: string }) => (
  <div className="two">
    <Card title="About">
      <Facts
        of={[
          ["Stands for the key", <Clipped key="subject" text={of.subject} className="mono" />],
          ["Begun", <Instant key="begun" time={of.createTime} />],
          ["Ended", <Instant key="ended" time={of.endTime} />],
        ]}
      />
      <p className="quiet">The key itself is not kept: who has the secret and knows the key finds this record by it.</p>
    </Card>
    <Card title="Files from outside that had the rows">
      {of.loadedDigests.length === 0 ? (
        <Empty title="None" />
      ) : (
        <>
          <LongTable
            rows={of.loadedDigests}
            rowKey={(it) => it}
            columns={[{ title: "File", cell: (it) => <Digest digest={it} project={project} /> }]}
          />
          <p className="quiet">These bytes are the uploader's, and stay.</p>
        </>
      )}
    </Card>
  </div>
);

const removed = (project: string): readonly ColumnOf<ForgottenRows>[] => [
  { title: "Source", cell: (it) => <ResourceLink name={it.source} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Files written anew", number: true, cell: (it) => count(it.fileCount) },
  {
    title: "Data versions that it made",
    cell: (it) => (
      <span className="badges">
        {it.dataVersions.map((number) => (
          <VersionLink key={String(number)} project={project} number={number} />
        ))}
      </span>
    ),
  },
  {
    title: "Tombstones",
    cell: (it) => (
      <span className="badges">
        {it.tombstoneDigests.map((digest) => (
          <Digest key={digest} digest={digest} project={project} />
        ))}
      </span>
    ),
  },
];

const affected = (project: string): readonly ColumnOf<AffectedThing>[] => [
  { title: "Kind", cell: (it) => words(it.kind) },
  { title: "What", cell: (it) => <ResourceLink name={it.resource}>{titleOf(it.resource)}</ResourceLink> },
  { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
  { title: "Rows about it", number: true, cell: rowsText },
];

const rowsText = (it: AffectedThing): string =>
  it.rowCount < 0n ? "cannot be told" : it.rowCount === 0n ? "–" : count(it.rowCount);
