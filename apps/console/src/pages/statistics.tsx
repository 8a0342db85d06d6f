import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type {
  Bucket,
  ColumnStatistics,
  DatasetStatistics,
} from "@throughline/contracts/throughline/validation/v1/statistics_pb";
import { validation } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Ready } from "../parts/states.tsx";
import { type ColumnOf, LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest } from "../parts/text.tsx";
import { count, duration, figure, instant, percent, words } from "../thread/format.ts";

/** The statistics of one data set, column by column. */
export function StatisticsPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/statistics/${id}`;
  const loaded = useCall(name, (signal) => validation.getStatistics({ name }, { signal }));
  const statistics = loaded.data?.statistics;
  return (
    <>
      <PageTitle kind="Statistics" title={id}>
        {statistics && (
          <>
            <span>{count(statistics.rowCount)} rows</span>
            <Ago time={statistics.createTime} />
            <span>
              of <Digest digest={statistics.dataDigest} project={project} />
            </span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the statistics">
        {(it) => it.statistics && <Body of={it.statistics} />}
      </Ready>
    </>
  );
}

const Body = ({ of }: { readonly of: DatasetStatistics }) => (
  <Card>
    <LongTable rows={of.columns} rowKey={(it) => it.name} columns={COLUMNS} />
  </Card>
);

const numeric = (it: ColumnStatistics) => (it.kind.case === "numeric" ? it.kind.value : undefined);

/** A value of a column: statistics of timestamps are in seconds since 1970, and are shown as days. */
function text(it: ColumnStatistics, value: number | undefined): string {
  if (it.type !== ValueType.TIMESTAMP || value === undefined) return figure(value);
  return instant(timestampFromMs(value * 1000)).slice(0, 10);
}

/** The standard deviation, of timestamps as a length of time. */
function spread(it: ColumnStatistics): string {
  const deviation = numeric(it)?.standardDeviation;
  return it.type === ValueType.TIMESTAMP && deviation !== undefined ? duration(deviation * 1000) : figure(deviation);
}

const COLUMNS: readonly ColumnOf<ColumnStatistics>[] = [
  { title: "Column", cell: (it) => <Clipped text={it.name} className="mono" /> },
  { title: "Distribution", cell: (it) => <Distribution of={it} /> },
  { title: "Type", cell: (it) => words(ValueType[it.type]) },
  {
    title: "Missing",
    number: true,
    cell: (it) => percent(Number(it.missingCount) / Math.max(1, Number(it.missingCount + it.presentCount))),
  },
  { title: "Different", number: true, cell: (it) => count(it.distinctCount) },
  { title: "Mean", number: true, cell: (it) => text(it, numeric(it)?.mean) },
  { title: "Deviation", number: true, cell: (it) => spread(it) },
  { title: "Least", number: true, cell: (it) => text(it, numeric(it)?.min) },
  { title: "Median", number: true, cell: (it) => text(it, numeric(it)?.deciles[5]) },
  { title: "Most", number: true, cell: (it) => text(it, numeric(it)?.max) },
];

const TOP_SHOWN = 3;

function Distribution({ of: { kind, presentCount } }: { readonly of: ColumnStatistics }) {
  if (kind.case === "numeric") return <Histogram of={kind.value.histogram} />;
  const top = kind.value?.topValues.slice(0, TOP_SHOWN) ?? [];
  const most = top
    .map((it) => `${it.value} ${percent(Number(it.count) / Math.max(1, Number(presentCount)))}`)
    .join(", ");
  return <Clipped text={most} className="quiet top-values" />;
}

const WIDTH = 96;
const HEIGHT = 26;

function Histogram({ of }: { readonly of: readonly Bucket[] }) {
  const most = Math.max(1, ...of.map((it) => Number(it.count)));
  const width = WIDTH / Math.max(1, of.length);
  return (
    <svg
      className="histogram"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Histogram of ${of.length} buckets`}
    >
      {of.map((it, i) => {
        const height = (Number(it.count) / most) * HEIGHT;
        return (
          <rect key={it.low} x={i * width} y={HEIGHT - height} width={Math.max(1, width - 1)} height={height}>
            <title>{`${figure(it.low)} to ${figure(it.high)}: ${count(it.count)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
