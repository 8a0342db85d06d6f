import type { ServedRows } from "@throughline/contracts/throughline/features/v1/prediction_log_pb";
import { count, duration, spanMs } from "../thread/format.ts";
import { Card, Facts } from "./card.tsx";
import { LeftOut, LogFacts } from "./log-facts.tsx";
import { Digest, Instant, ResourceLink } from "./text.tsx";
import { WindowText } from "./window.tsx";

interface ServedRowsProps {
  readonly of: ServedRows;
  readonly project: string;
}

/** Where the rows of a training set come from that were served: the vectors of a prediction log, byte for byte. */
export const ServedRowsCards = ({ of, project }: ServedRowsProps) => (
  <>
    <div className="two">
      <Card title="Rows that were served">
        <Facts
          of={[
            ["Deployment", <ResourceLink key="deployment" name={of.window?.deployment ?? ""} />],
            ["Window", <WindowText key="window" start={of.window?.startTime} end={of.window?.endTime} />],
            [
              "Release",
              of.window?.release ? <ResourceLink key="release" name={of.window.release} /> : "all that answered",
            ],
            ["Outcome known within", of.window?.labelDelay ? duration(spanMs(of.window.labelDelay)) : "any time"],
            ["Rows with an outcome", count(of.labeledRowCount)],
            ["The log as of", <Instant key="known" time={of.window?.knownBy} />],
            ["Predictions, as a file", <Digest key="file" digest={of.predictionsDigest} project={project} />],
          ]}
        />
      </Card>
      <Card title="Predictions that were left out">
        <LeftOut of={of.leftOut} />
      </Card>
    </div>
    <LogFacts releases={of.releases} segments={of.logSegments} project={project} />
  </>
);
