import type { Source } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  ColumnClass,
  type Forgetting,
  ForgettingState,
  type PrivacyPolicy,
  type PrivacyReport,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { Link } from "wouter";
import { features, privacy } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, ResourceLink } from "../parts/text.tsx";
import { count, figure, percent } from "../thread/format.ts";
import { idOf, resourcePath } from "../thread/names.ts";
import { classWords } from "../thread/treatment.ts";

const PAGE_SIZE = 25;

/** What is said about people: the classes of columns, how well people hide in training sets, and who was forgotten. */
export function PrivacyPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const policies = usePages(`policies ${project}`, (token, signal) => loadPolicies(parent, token, signal));
  const reports = usePages(`privacy reports ${project}`, async (pageToken, signal) => {
    const answer = await privacy.listPrivacyReports({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.reports, next: answer.nextPageToken };
  });
  const forgettings = usePages(`forgettings ${project}`, async (pageToken, signal) => {
    const answer = await privacy.listForgettings({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
    return { items: answer.forgettings, next: answer.nextPageToken };
  });
  return (
    <>
      <PageTitle kind="Feature store" title="Privacy" />
      <Card title="Classes of columns" aside={<span className="quiet">a policy changes in versions</span>}>
        <PagedTable
          pages={policies}
          what="policies"
          columns={POLICIES}
          rowKey={(it) => it.name}
          empty={<Empty title="No sources yet" />}
        />
      </Card>
      <Card title="How well people hide in training sets">
        <PagedTable
          pages={reports}
          what="privacy reports"
          columns={REPORTS}
          rowKey={(it) => it.name}
          empty={<NoReports parent={parent} />}
        />
      </Card>
      <Card title="Forgotten entities" aside={<span className="quiet">the keys themselves are not kept</span>}>
        <PagedTable
          pages={forgettings}
          what="forgettings"
          columns={FORGETTINGS}
          rowKey={(it) => it.name}
          empty={<NoForgettings parent={parent} />}
        />
      </Card>
    </>
  );
}

/** Something that may have a policy, with the one that is current. */
interface Governed {
  /** Name of the policy, whether or not there is one. */
  readonly name: string;
  readonly source: Source | undefined;
  readonly policy: PrivacyPolicy | undefined;
}

/** The policy of spines and requests, on the first page, and those of the sources. */
async function loadPolicies(parent: string, pageToken: string, signal: AbortSignal) {
  const { sources, nextPageToken } = await features.listSources({ parent, pageSize: PAGE_SIZE, pageToken }, { signal });
  const wanted = [
    ...(pageToken === "" ? [{ name: `${parent}/privacyPolicy`, source: undefined }] : []),
    ...sources.map((source) => ({ name: `${source.name}/privacyPolicy`, source })),
  ];
  const items = await Promise.all(
    wanted.map(async (it): Promise<Governed> => ({ ...it, policy: await currentPolicy(it.name, signal) })),
  );
  return { items, next: nextPageToken };
}

/** The current policy of a name; undefined if none was set, for which asking for the policy itself would fail. */
async function currentPolicy(name: string, signal: AbortSignal): Promise<PrivacyPolicy | undefined> {
  return (await privacy.listPrivacyPolicyVersions({ name, pageSize: 1 }, { signal })).policies[0];
}

const POLICIES: readonly ColumnOf<Governed>[] = [
  {
    title: "Columns of",
    cell: (it) => (it.source ? <ResourceLink name={it.source.name} /> : "spines and requests"),
  },
  {
    title: "Policy",
    cell: (it) => (
      <Link href={resourcePath(it.name) ?? "/"}>{it.policy ? `version ${it.policy.version}` : "none was set"}</Link>
    ),
  },
  { title: "Identifiers", cell: (it) => <ColumnsOfClass of={it.policy} which={ColumnClass.IDENTIFIER} /> },
  { title: "Quasi-identifiers", cell: (it) => <ColumnsOfClass of={it.policy} which={ColumnClass.QUASI_IDENTIFIER} /> },
  { title: "Sensitive", cell: (it) => <ColumnsOfClass of={it.policy} which={ColumnClass.SENSITIVE} /> },
  { title: "Set", cell: (it) => <Ago time={it.policy?.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.policy?.actor ?? ""} /> },
];

interface ColumnsOfClassProps {
  readonly of: PrivacyPolicy | undefined;
  readonly which: ColumnClass;
}

function ColumnsOfClass({ of, which }: ColumnsOfClassProps) {
  const columns = of?.columns.filter((it) => it.class === which).map((it) => it.column) ?? [];
  if (columns.length === 0)
    return (
      <span className="quiet" title={`no ${classWords(which)}`}>
        {"–"}
      </span>
    );
  return <Clipped text={columns.join(", ")} className="mono" />;
}

const REPORTS: readonly ColumnOf<PrivacyReport>[] = [
  { title: "Report", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Training set", cell: (it) => <ResourceLink name={it.trainingSet} /> },
  { title: "k", number: true, cell: (it) => count(it.figures?.k ?? 0n) },
  { title: "Alone in their class", number: true, cell: (it) => count(it.figures?.uniqueRowCount ?? 0n) },
  { title: "Risk of being named", number: true, cell: (it) => percent(it.figures?.reidentificationRisk ?? Number.NaN) },
  {
    title: "l",
    number: true,
    cell: (it) => leastText(it.figures?.sensitive.map((one) => Number(one.distinctL))),
  },
  { title: "t", number: true, cell: (it) => figure(greatest(it.figures?.sensitive.map((one) => one.t))) },
  {
    title: "Demands",
    cell: (it) => {
      const unmet = it.figures?.unmet.length ?? 0;
      return <Badge tone={unmet > 0 ? "bad" : "good"}>{unmet > 0 ? `${unmet} not met` : "none unmet"}</Badge>;
    },
  },
  { title: "Made", cell: (it) => <Ago time={it.createTime} /> },
];

const leastText = (all: readonly number[] = []): string => (all.length === 0 ? "–" : count(Math.min(...all)));
const greatest = (all: readonly number[] = []): number | undefined => (all.length === 0 ? undefined : Math.max(...all));

const FORGETTINGS: readonly ColumnOf<Forgetting>[] = [
  { title: "Record", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Kind of thing", cell: (it) => idOf(it.entity) },
  { title: "State", cell: (it) => <ForgettingBadge state={it.state} /> },
  {
    title: "Rows removed",
    number: true,
    cell: (it) => count(it.sources.reduce((sum, one) => sum + one.rowCount, 0n)),
  },
  { title: "Remains to do", number: true, cell: (it) => count(it.remaining.length) },
  { title: "Asked for", cell: (it) => <Ago time={it.createTime} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Why", cell: (it) => <Clipped text={it.reason} className="quiet" /> },
];

/** How far a forgetting is. */
export const ForgettingBadge = ({ state }: { readonly state: ForgettingState }) => (
  <Badge tone={state === ForgettingState.DONE ? "good" : "look"}>
    {state === ForgettingState.DONE ? "done" : "under way, or interrupted"}
  </Badge>
);

const NoReports = ({ parent }: { readonly parent: string }) => (
  <Empty title="No training set was measured yet">
    <p>A report counts in how small a group of rows with the same quasi-identifiers each person stands.</p>
    <Request path={`${parent}/privacyReports`} body={`{"trainingSet": "${parent}/trainingSets/ID"}`} />
  </Empty>
);

const NoForgettings = ({ parent }: { readonly parent: string }) => (
  <Empty title="Nothing was forgotten yet">
    <p>Forgetting removes the rows of an entity from every data version and lists what had used them.</p>
    <Request
      path={`${parent}/entities/ENTITY:forget`}
      body={`{"key": {"values": {"KEY": {"stringValue": "..."}}}, "reason": "why"}`}
    />
  </Empty>
);
