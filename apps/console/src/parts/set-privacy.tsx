import type { TrainingSetPrivacy } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { Link } from "wouter";
import { count } from "../thread/format.ts";
import { resourcePath } from "../thread/names.ts";
import { Card, Facts } from "./card.tsx";
import { treatedColumns } from "./privacy-columns.tsx";
import { Empty } from "./states.tsx";
import { LongTable } from "./table.tsx";
import { Clipped } from "./text.tsx";

/** How a training set was treated before it was written: for which purpose, under which policies, and what became of each column. */
export const SetPrivacyCard = ({ of }: { readonly of: TrainingSetPrivacy }) => (
  <Card title="Columns about people" aside={<span className="quiet">{`carried for: ${of.purpose}`}</span>}>
    {of.columns.length === 0 ? (
      <Empty title="No rule names any of its columns" />
    ) : (
      <LongTable rows={of.columns} rowKey={(it) => it.column} columns={treatedColumns} />
    )}
    <Facts
      of={[
        [
          "Policies",
          <span key="policies" className="badges">
            {of.policies.map((it) => (
              <Link key={it.policy} href={`${resourcePath(it.policy)}?version=${it.version}`}>
                {`${policyOwner(it.policy)}, version ${it.version}`}
              </Link>
            ))}
          </span>,
        ],
        ["Version of the key", of.keyVersion === 0n ? "none was used" : count(of.keyVersion)],
        ["Rows left out of small classes", count(of.suppressedRowCount)],
        ["Rows before any treatment", <Clipped key="joined" text={of.joinedDigest} className="mono" />],
      ]}
    />
  </Card>
);

/** Whose columns a policy is about: the id of a source, or the spines of the project. */
const policyOwner = (policy: string): string => policy.split("/")[3] ?? "spines and requests";
