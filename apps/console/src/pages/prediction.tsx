import type { NodeFeatures, Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { Fragment } from "react";
import { loadAnswering, loadPrediction, loadSourceRows, loadTraining } from "../api/prediction-thread.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { AnswerPath } from "../parts/answer-path.tsx";
import { PageTitle } from "../parts/card.tsx";
import { FeatureTable } from "../parts/feature-table.tsx";
import { Decisions, hasScore } from "../parts/prediction-columns.tsx";
import { SourceRows } from "../parts/source-rows.tsx";
import { Ready } from "../parts/states.tsx";
import { Instant, ResourceLink } from "../parts/text.tsx";
import {
  AnswerStep,
  CalibrationStep,
  ModelStep,
  ReleaseStep,
  RunStep,
  Step,
  TrainingSetStep,
} from "../parts/thread-steps.tsx";
import { isWorthTelling, nodesOnPath } from "../thread/answer-path.ts";
import { counted, figure } from "../thread/format.ts";

/** The thread of one prediction: from the answer back to the rows that it rests on. */
export function PredictionPage({ project, ids: [deployment = "", id = ""] }: PageProps) {
  const name = `projects/${project}/deployments/${deployment}/predictions/${id}`;
  const loaded = useCall(name, (signal) => loadPrediction(name, signal), { refreshMs: 10_000 });
  return (
    <>
      <PageTitle kind="Prediction" title={id}>
        {loaded.data && (
          <>
            <ResourceLink name={`projects/${project}/deployments/${deployment}`} />
            <span>
              score <strong className="number">{figure(loaded.data.score)}</strong>
            </span>
            <Decisions of={loaded.data} />
            <span>
              knew what was known at <Instant time={loaded.data.asOf} /> UTC
            </span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the prediction">
        {(prediction) => <Thread prediction={prediction} project={project} />}
      </Ready>
    </>
  );
}

interface ThreadProps {
  readonly prediction: Prediction;
  readonly project: string;
}

function Thread({ prediction, project }: ThreadProps) {
  const answering = useCall(`answering ${prediction.name}`, (signal) => loadAnswering(prediction, signal));
  return (
    <ol className="thread">
      <AnswerStep of={prediction} />
      {isWorthTelling(prediction) && (
        <Step title="How the graph came to it" note="each node after what it pulled">
          <AnswerPath of={nodesOnPath(prediction)} graph={answering.data?.release?.manifest?.graph} />
        </Step>
      )}
      <Step title="Features that it used" note="in the model's order, as they were at that moment">
        <FeatureTable of={prediction} />
        {prediction.payload && (
          <p className="quiet">
            {String(prediction.payload.sizeBytes)} bytes, kept outside of the log as{" "}
            <code>{prediction.payload.digest}</code>
          </p>
        )}
      </Step>
      {prediction.nodeFeatures.map((it) => (
        <Step key={it.node} title={`Features that ${it.node} looked up`} note={<LookedUp of={it} />}>
          <FeatureTable of={it} />
        </Step>
      ))}
      <Ready of={answering} what="the release">
        {({ release, versions, leftOut, calibration }) => (
          <>
            {calibration && hasScore(prediction) && (
              <CalibrationStep of={calibration} prediction={prediction} project={project} />
            )}
            {release && <ReleaseStep of={release} project={project} />}
            <Models of={versions} project={project} />
            {leftOut > 0 && (
              <li className="quiet">{counted(leftOut, "more model")} took part; the table above has them.</li>
            )}
            {release && <Sources prediction={prediction} release={release} project={project} />}
          </>
        )}
      </Ready>
    </ol>
  );
}

const LookedUp = ({ of }: { readonly of: NodeFeatures }) => (
  <>
    <ResourceLink name={of.featureService} /> at version {String(of.featureServiceVersion)}
  </>
);

/** The models, those of one run and training set before what they were made from. */
function Models({ of, project }: { readonly of: readonly ModelVersion[]; readonly project: string }) {
  const origins = Map.groupBy(of, (it) => `${it.run} ${it.trainingSet}`);
  return [...origins].map(([origin, versions]) => (
    <Fragment key={origin}>
      {versions.map((it) => (
        <ModelStep key={it.name} of={it} project={project} />
      ))}
      <Training run={versions[0]?.run ?? ""} trainingSet={versions[0]?.trainingSet ?? ""} project={project} />
    </Fragment>
  ));
}

interface TrainingProps {
  readonly run: string;
  readonly trainingSet: string;
  readonly project: string;
}

function Training({ run, trainingSet, project }: TrainingProps) {
  const training = useCall(`training ${run} ${trainingSet}`, (signal) => loadTraining(run, trainingSet, signal));
  return (
    <Ready of={training} what="the run and the training set">
      {(it) => (
        <>
          {it.run && <RunStep of={it.run} />}
          {it.trainingSet && <TrainingSetStep of={it.trainingSet} project={project} />}
        </>
      )}
    </Ready>
  );
}

function Sources({ prediction, release, project }: ThreadProps & { readonly release: Release }) {
  const wanted = release.manifest?.features;
  const rows = useCall(`rows ${prediction.name}`, async (signal) =>
    wanted ? loadSourceRows(prediction, wanted, signal) : undefined,
  );
  return (
    <Step title="Feature views and their source rows" note="what the features above were computed from">
      <Ready of={rows} what="the source rows">
        {(it) => it && <SourceRows of={it.views} project={project} />}
      </Ready>
      {!wanted && <p className="quiet">This release reads no features: its requests bring all inputs.</p>}
    </Step>
  );
}
