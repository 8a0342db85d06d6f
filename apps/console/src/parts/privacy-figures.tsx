import type {
  PrivacyFigures,
  SensitiveFigures,
  UnmetDemand,
} from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { count, figure, percent } from "../thread/format.ts";
import { Card, Facts } from "./card.tsx";
import { Empty } from "./states.tsx";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Badge, Clipped } from "./text.tsx";

/** How well people hide in a table: its classes, and what they leave open about sensitive columns. */
export const Figures = ({ of }: { readonly of: PrivacyFigures }) => (
  <>
    {of.unmet.length > 0 && (
      <Card title="Demands that are not met">
        <LongTable rows={of.unmet} rowKey={(it) => `${it.demand} ${it.column}`} columns={UNMET} />
      </Card>
    )}
    <Card title="Classes of rows with the same quasi-identifiers">
      <Facts
        of={[
          [
            "Quasi-identifiers",
            <Clipped key="quasi" text={of.quasiIdentifiers.join(", ") || "none"} className="mono" />,
          ],
          ["Rows", count(of.rowCount)],
          ["Classes", count(of.classCount)],
          ["Rows in the smallest class (k)", count(of.k)],
          ["Rows that are alone in their class", count(of.uniqueRowCount)],
          [
            `Classes with fewer than ${count(of.kAsked)} rows`,
            `${count(of.smallClassCount)}, with ${count(of.smallClassRowCount)} rows`,
          ],
          ["Mean risk of being named", percent(of.reidentificationRisk)],
        ]}
      />
    </Card>
    <Card title="What the classes leave open about sensitive columns">
      {of.sensitive.length === 0 ? (
        <Empty title="No sensitive column was looked at" />
      ) : (
        <LongTable rows={of.sensitive} rowKey={(it) => it.column} columns={SENSITIVE} />
      )}
    </Card>
  </>
);

const UNMET: readonly ColumnOf<UnmetDemand>[] = [
  { title: "Demand", cell: (it) => <Badge tone="bad">{it.demand.replaceAll("_", " ")}</Badge> },
  { title: "Column", cell: (it) => <Clipped text={it.column || "all rows"} className="mono" /> },
  { title: "Asked", number: true, cell: (it) => figure(it.asked) },
  { title: "Found", number: true, cell: (it) => figure(it.found) },
  { title: "What it means", cell: (it) => <span className="wrapped">{it.message}</span> },
];

const SENSITIVE: readonly ColumnOf<SensitiveFigures>[] = [
  { title: "Column", cell: (it) => <Clipped text={it.column} className="mono" /> },
  { title: "Fewest values in a class (l)", number: true, cell: (it) => count(it.distinctL) },
  { title: "Effective number (entropy l)", number: true, cell: (it) => figure(it.entropyL) },
  {
    title: "Recursive diversity",
    cell: (it) =>
      it.recursiveC === undefined ? (
        <span className="quiet">for no c</span>
      ) : (
        `(c, ${it.recursiveL}) for c above ${figure(it.recursiveC)}`
      ),
  },
  { title: "Largest distance (t)", number: true, cell: (it) => figure(it.t) },
  { title: "Compared", cell: (it) => (it.ordered ? "by order" : "as equal or not") },
];
