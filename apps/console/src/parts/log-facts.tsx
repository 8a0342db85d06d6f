import type {
  AnsweringRelease,
  LeftOutPredictions,
  LogSegment,
} from "@throughline/contracts/throughline/features/v1/prediction_log_pb";
import { count } from "../thread/format.ts";
import { Card, Facts } from "./card.tsx";
import { LongTable } from "./table.tsx";
import { Clipped, Digest, ResourceLink } from "./text.tsx";

interface LogFactsProps {
  readonly releases: readonly AnsweringRelease[];
  readonly segments: readonly LogSegment[];
  readonly project: string;
}

/** Which releases answered the predictions that something was made of, and in which parts of the log they are kept. */
export const LogFacts = ({ releases, segments, project }: LogFactsProps) => (
  <div className="two">
    <Card title="Releases that answered">
      <LongTable
        rows={releases}
        rowKey={(it) => it.release}
        columns={[
          { title: "Release", cell: (it) => <ResourceLink name={it.release} /> },
          { title: "Predictions", number: true, cell: (it) => count(it.rowCount) },
          { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
        ]}
      />
    </Card>
    <Card title="Sealed parts of the log">
      <LongTable
        rows={segments}
        rowKey={(it) => it.segment}
        columns={[
          { title: "Segment", cell: (it) => <Clipped text={it.segment} className="mono" /> },
          { title: "Predictions", number: true, cell: (it) => count(it.rowCount) },
          { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
        ]}
      />
    </Card>
  </div>
);

/** Predictions of a window that were left out, by why. */
export const LeftOut = ({ of }: { readonly of: LeftOutPredictions | undefined }) => (
  <Facts
    of={[
      ["Not asked by entity", count(of?.withoutEntityCount ?? 0n)],
      ["As of a later time", count(of?.laterAsOfCount ?? 0n)],
      ["Without an outcome", count(of?.withoutLabelCount ?? 0n)],
      ["Not in the logged sample", count(of?.notSampledCount ?? 0n)],
    ]}
  />
);
