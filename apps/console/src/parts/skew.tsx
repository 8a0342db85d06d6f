import type {
  FeatureSkew,
  SkewCause,
  SkewExample,
} from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { SkewCauseKind } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { count, figure } from "../thread/format.ts";
import { causeWords } from "../thread/skew.ts";
import { valueText } from "../thread/value.ts";
import { Card } from "./card.tsx";
import { VersionLink } from "./commit.tsx";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Badge, Clipped, Instant, ResourceLink } from "./text.tsx";

interface DifferingFeatureProps {
  readonly of: FeatureSkew;
  readonly project: string;
}

/** Where the differences of one feature come from, and some of the predictions concerned. */
export const DifferingFeature = ({ of, project }: DifferingFeatureProps) => (
  <Card
    title={of.feature}
    aside={<span className="quiet">{`causes were looked for in ${count(of.examinedRowCount)} of its rows`}</span>}
  >
    {of.causes.length > 0 && (
      <LongTable rows={of.causes} rowKey={(it) => `${it.kind} ${it.description}`} columns={causes(project)} />
    )}
    {of.examples.length > 0 && (
      <>
        <h3>Some of the predictions</h3>
        <LongTable rows={of.examples} rowKey={(it) => it.prediction} columns={EXAMPLES} />
      </>
    )}
  </Card>
);

const causes = (project: string): readonly ColumnOf<SkewCause>[] => [
  {
    title: "Where it comes from",
    cell: (it) => <Badge tone={it.kind === SkewCauseKind.UNKNOWN ? "calm" : "look"}>{causeWords(it.kind)}</Badge>,
  },
  { title: "In words", cell: (it) => <span className="wrapped">{it.description}</span> },
  {
    title: "Data versions",
    cell: (it) => (
      <span className="badges">
        {it.dataVersions.map((number) => (
          <VersionLink key={String(number)} project={project} number={number} />
        ))}
      </span>
    ),
  },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
];

const EXAMPLES: readonly ColumnOf<SkewExample>[] = [
  { title: "Prediction", cell: (it) => <ResourceLink name={it.prediction} /> },
  { title: "As of", cell: (it) => <Instant time={it.asOf} /> },
  { title: "Served", number: true, cell: (it) => <Clipped text={valueText(it.served)} /> },
  { title: "Joined", number: true, cell: (it) => <Clipped text={valueText(it.joined)} /> },
];

/** The columns of a table of distances between the served and the joined distribution. */
export const skewDistances: readonly ColumnOf<FeatureSkew>[] = [
  { title: "Feature", cell: (it) => <Clipped text={it.feature} className="mono" /> },
  { title: "Jensen-Shannon", number: true, cell: (it) => figure(it.distances?.jensenShannon) },
  { title: "Stability index", number: true, cell: (it) => figure(it.distances?.populationStability) },
  { title: "Wasserstein", number: true, cell: (it) => figure(it.distances?.wasserstein) },
  { title: "L-infinity", number: true, cell: (it) => figure(it.distances?.lInfinity) },
];
