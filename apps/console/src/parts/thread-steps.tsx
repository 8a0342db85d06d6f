import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import type { Calibration } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Run } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { ReactNode } from "react";
import { count, figure, words } from "../thread/format.ts";
import { fitName, idOf } from "../thread/names.ts";
import { calibrationText, groupOf, groupText, uncertaintyOf } from "../thread/uncertainty.ts";
import { Certificate } from "./certificate.tsx";
import { Decisions, hasScore } from "./prediction-columns.tsx";
import { Badge, Clipped, Digest, Instant, ResourceLink } from "./text.tsx";

interface StepProps {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}

/** One knot of a prediction's thread. */
export const Step = ({ title, note, children }: StepProps) => (
  <li className="step">
    <header>
      <h2>{title}</h2>
      {note !== undefined && <span className="quiet">{note}</span>}
    </header>
    {children}
  </li>
);

export const AnswerStep = ({ of }: { readonly of: Prediction }) => (
  <Step title="The answer" note={<Instant time={of.time} />}>
    <p className="sentence">
      {!hasScore(of) ? "No score: " : of.scores.length > 1 ? "Scores " : "Score "}
      {hasScore(of) && (
        <strong className="number">{(of.scores.length > 1 ? of.scores : [of.score]).map(figure).join(", ")}</strong>
      )}
      {hasScore(of) && Object.keys(of.decisions).length > 0 && " "}
      <Decisions of={of} />, by {of.path.at(-1) ?? "no node"}
      {of.path.length > 1 && ` after ${of.path.slice(0, -1).join(", ")}`}.{" "}
      {of.feedback ? (
        <>
          It turned out to be <strong className="number">{figure(of.feedback.actual)}</strong>, known at{" "}
          <Instant time={of.feedback.actualTime} />
          {of.feedback.revision > 1n && ` (correction ${of.feedback.revision})`}.
        </>
      ) : (
        <span className="quiet">What really happened is not known yet.</span>
      )}
    </p>
    <p className="quiet">
      Logged in segment <Clipped text={of.logPosition?.segment ?? "–"} className="mono" /> at byte{" "}
      {count(of.logPosition?.offset ?? 0n)}
    </p>
  </Step>
);

export const ReleaseStep = ({ of, project }: { readonly of: Release; readonly project: string }) => (
  <Step
    title={
      <>
        Release <ResourceLink name={of.name} />
      </>
    }
    note={<Instant time={of.createTime} />}
  >
    <p>{of.description}</p>
    <p className="quiet">
      made by {of.actor || "unknown"}, digest <Digest digest={of.digest} project={project} />, reads{" "}
      {Object.entries(of.manifest?.features?.viewVersions ?? {}).map(([view, version], i) => (
        <span key={view}>
          {i > 0 && ", "}
          <ResourceLink name={`projects/${project}/featureViews/${view}`}>{`${view} ${version}`}</ResourceLink>
        </span>
      ))}
    </p>
  </Step>
);

interface CalibrationStepProps {
  readonly of: Calibration;
  readonly prediction: Prediction;
  readonly project: string;
}

export function CalibrationStep({ of, prediction, project }: CalibrationStepProps) {
  const { text, held } = uncertaintyOf(prediction, of);
  const group = groupOf(of, prediction.calibrationGroup);
  return (
    <Step title="Calibration" note={calibrationText(of)}>
      <p className="sentence">
        {text} {held !== undefined && <Badge tone={held ? "good" : "look"}>{held ? "it does" : "it does not"}</Badge>}
      </p>
      <p className="quiet">
        {group && groupText(group)}. Digest <Digest digest={of.digest} project={project} />
      </p>
    </Step>
  );
}

export const ModelStep = ({ of, project }: { readonly of: ModelVersion; readonly project: string }) => (
  <Step
    title={
      <>
        Model <ResourceLink name={of.name}>{`${of.name.split("/")[3]} ${of.version}`}</ResourceLink>
      </>
    }
    note={<Instant time={of.createTime} />}
  >
    {Object.keys(of.metrics).length > 0 && (
      <p className="mini-pairs">
        {Object.entries(of.metrics).map(([name, value]) => (
          <span key={name}>
            <span className="quiet">{name}</span> <span className="number">{figure(value)}</span>
          </span>
        ))}
      </p>
    )}
    <p className="quiet">
      registered by {of.actor || "unknown"}, digest <Digest digest={of.digest} project={project} />
      {of.transformFitDigest !== "" && (
        <>
          , with the transforms <ResourceLink name={fitName(project, of.transformFitDigest)} /> in front
        </>
      )}
    </p>
  </Step>
);

export const RunStep = ({ of }: { readonly of: Run }) => (
  <Step
    title={
      <>
        Run <ResourceLink name={of.name}>{of.displayName || idOf(of.name)}</ResourceLink>
      </>
    }
    note={<Instant time={of.startTime} />}
  >
    <p className="quiet">
      {words(RunState[of.state])}, by {of.actor || "unknown"}, with {count(Object.keys(of.params).length)} params and{" "}
      {count(of.artifacts.length)} files
    </p>
  </Step>
);

export const TrainingSetStep = ({ of, project }: { readonly of: TrainingSet; readonly project: string }) => (
  <Step
    title={
      <>
        Training set <ResourceLink name={of.name} />
      </>
    }
    note={<Instant time={of.createTime} />}
  >
    <p className="quiet">
      {count(of.rowCount)} rows, digest <Digest digest={of.digest} project={project} />
    </p>
    <Certificate of={of} />
  </Step>
);
