import type { PrivacyPolicy } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { Link } from "wouter";
import { privacy } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { ruleColumns } from "../parts/privacy-columns.tsx";
import { Request } from "../parts/request.tsx";
import { useVersionAsked } from "../parts/routing.ts";
import { Empty, Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable, PagedTable } from "../parts/table.tsx";
import { Ago, Clipped, ResourceLink } from "../parts/text.tsx";
import { VersionPicker } from "../parts/version-picker.tsx";
import { count } from "../thread/format.ts";
import { pagePath, resourcePath } from "../thread/names.ts";
import { demandText, unlistedText } from "../thread/treatment.ts";

/** The privacy policy of a source, or of the spines of a project if no source is named, at one version. */
export function PrivacyPolicyPage({ project, ids: [source] }: PageProps) {
  const owner = source === undefined ? `projects/${project}` : `projects/${project}/sources/${source}`;
  const name = `${owner}/privacyPolicy`;
  const version = useVersionAsked();
  const versions = usePages(`${name} versions`, async (pageToken, signal) => {
    const answer = await privacy.listPrivacyPolicyVersions({ name, pageSize: 25, pageToken }, { signal });
    return { items: answer.policies, next: answer.nextPageToken };
  });
  const first = useCall(`${name} newest`, (signal) =>
    privacy.listPrivacyPolicyVersions({ name, pageSize: 1 }, { signal }),
  );
  const newest = first.data?.policies[0];
  return (
    <>
      <PageTitle kind="Privacy policy" title={source ?? "Spines and requests"}>
        {source !== undefined && <ResourceLink name={owner}>The source</ResourceLink>}
        <Link href={pagePath(project, "privacy")}>All policies</Link>
        {newest && <VersionPicker shown={version === 0n ? newest.version : version} newest={newest.version} />}
      </PageTitle>
      {newest && <Shown name={name} version={version} />}
      <Card title={newest && "Versions"}>
        <PagedTable
          pages={versions}
          what="versions"
          columns={versionColumns(name)}
          rowKey={(it) => String(it.version)}
          empty={<NoPolicy name={name} />}
        />
      </Card>
    </>
  );
}

const NoPolicy = ({ name }: { readonly name: string }) => (
  <Empty title="No policy was set">
    <p>
      Without one every column is carried as it is. A policy says what each column can do to a person, and for which
      purposes it may be carried; a file of definitions may hold it too.
    </p>
    <Request
      path={`${name}:set`}
      body={[
        `{"policy": {"columns": [`,
        `       {"column": "NAME", "class": "COLUMN_CLASS_IDENTIFIER"},`,
        `       {"column": "AGE", "class": "COLUMN_CLASS_QUASI_IDENTIFIER", "uses": [`,
        `         {"purposes": ["*"], "treatment": {"range": {"edges": [18, 30, 65]}}}]}]},`,
        `     "reason": "why"}`,
      ].join("\n")}
    />
  </Empty>
);

interface ShownProps {
  readonly name: string;
  readonly version: bigint;
}

function Shown({ name, version }: ShownProps) {
  const loaded = useCall(`${name} ${version}`, (signal) => privacy.getPrivacyPolicy({ name, version }, { signal }));
  return (
    <Ready of={loaded} what="the policy">
      {({ policy }) => policy && <Body of={policy} />}
    </Ready>
  );
}

const Body = ({ of }: { readonly of: PrivacyPolicy }) => (
  <>
    {of.reason !== "" && <p className="lead">{of.reason}</p>}
    <Card title="Columns">
      <LongTable rows={of.columns} rowKey={(it) => it.column} columns={ruleColumns} />
    </Card>
    <Card title="About">
      <Facts
        of={[
          ["Columns that are not named", unlistedText(of.unlisted)],
          [
            "Rows in small classes",
            of.classRowCountMin === 0n ? "stay" : `are left out below ${count(of.classRowCountMin)} rows in a class`,
          ],
          ["A set must fulfil", demandText(of.demand) || "nothing"],
          ["Set", <Ago key="set" time={of.createTime} />],
          ["By", <Clipped key="by" text={of.actor || "unknown"} />],
          ["Digest", <Clipped key="digest" text={of.digest} className="mono" />],
        ]}
      />
    </Card>
  </>
);

const versionColumns = (name: string): readonly ColumnOf<PrivacyPolicy>[] => [
  {
    title: "Version",
    number: true,
    cell: (it) => <Link href={`${resourcePath(name)}?version=${it.version}`}>{String(it.version)}</Link>,
  },
  { title: "Columns named", number: true, cell: (it) => count(it.columns.length) },
  { title: "Set", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Why", cell: (it) => <Clipped text={it.reason} className="quiet" /> },
];
