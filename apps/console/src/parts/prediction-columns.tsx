import { type Prediction, PredictionStatus } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { figure } from "../thread/format.ts";
import { idOf } from "../thread/names.ts";
import { valueText } from "../thread/value.ts";
import type { ColumnOf } from "./table.tsx";
import { Ago, Badge, Clipped, Instant, ResourceLink } from "./text.tsx";

/** How logged predictions are listed. */
export const predictionColumns: readonly ColumnOf<Prediction>[] = [
  { title: "Prediction", cell: (it) => <ResourceLink name={it.name}>{shortId(it.name)}</ResourceLink> },
  { title: "For", rest: true, cell: (it) => <Clipped text={entityText(it)} className="quiet" /> },
  { title: "Score", number: true, cell: (it) => figure(it.score) },
  { title: "Decisions", cell: (it) => <Decisions of={it} /> },
  { title: "Actual", number: true, cell: (it) => (it.feedback ? figure(it.feedback.actual) : "–") },
  { title: "Release", cell: (it) => <ResourceLink name={it.release} /> },
  { title: "As of", cell: (it) => <Instant time={it.asOf} /> },
  { title: "Answered", cell: (it) => <Ago time={it.time} /> },
];

const ID_SHOWN = 14;

/** Ids of predictions begin with their time; what tells them apart is at their end. */
function shortId(name: string): string {
  const id = idOf(name);
  return id.length <= ID_SHOWN ? id : `…${id.slice(-ID_SHOWN)}`;
}

const entityText = (it: Prediction): string =>
  Object.entries(it.entity)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(", ");

/** Why there is no score, by the status of a prediction that has none. */
const UNANSWERED: Readonly<Partial<Record<PredictionStatus, string>>> = {
  [PredictionStatus.OUTLIER]: "refused as an outlier",
  [PredictionStatus.NO_SCORE]: "the model gave no number",
};

/** True if a prediction has a score. */
export const hasScore = ({ status }: Pick<Prediction, "status">): boolean => UNANSWERED[status] === undefined;

/** Which thresholds a score reaches, or that there is none. */
export function Decisions({ of }: { readonly of: Pick<Prediction, "decisions" | "status"> }) {
  const why = UNANSWERED[of.status];
  const reached = Object.entries(of.decisions);
  if (why === undefined && reached.length === 0) return null;
  return (
    <span className="badges">
      {why !== undefined && <Badge tone="bad">{why}</Badge>}
      {reached.map(([name, isReached]) => (
        <Badge key={name} tone={isReached ? "look" : "calm"}>
          {isReached ? name : `not ${name}`}
        </Badge>
      ))}
    </span>
  );
}
