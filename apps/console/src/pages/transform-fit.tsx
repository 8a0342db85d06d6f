import type { TransformFit, TransformOutput } from "@throughline/contracts/throughline/features/v1/transform_pb";
import type { ReactNode } from "react";
import { type FitUses, type FitWithConstants, loadFit, loadUses } from "../api/transform-fit.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Download } from "../parts/download.tsx";
import { LearnedSteps } from "../parts/learned.tsx";
import { Request } from "../parts/request.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { learnedSteps } from "../thread/fit.ts";
import { bytes, count } from "../thread/format.ts";
import { idOf, titleOf } from "../thread/names.ts";
import { ColumnsCard } from "./source.tsx";

/** One fit: the definition of transforms, what they learned, and which models have them in front. */
export function TransformFitPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/transformFits/${id}`;
  const loaded = useCall(name, (signal) => loadFit(name, signal));
  const fit = loaded.data?.fit;
  return (
    <>
      <PageTitle kind="Transform fit" title={id}>
        {fit && (
          <>
            <Digest digest={fit.digest} project={project} />
            <Ago time={fit.createTime} />
            <span>by {fit.actor || "unknown"}</span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the fit">
        {(it) => <Body of={it} project={project} />}
      </Ready>
    </>
  );
}

const Body = ({ of, project }: { readonly of: FitWithConstants; readonly project: string }) => (
  <>
    <Card title="Steps, with what they learned">
      {of.constants === undefined && (
        <p className="quiet">The constants are too many to be shown here. The file below has all of them.</p>
      )}
      <LearnedSteps of={learnedSteps(of.fit.definition, of.constants)} />
    </Card>
    <Card title="What a model gets">
      <LongTable rows={of.fit.outputs} rowKey={(it) => it.name} columns={OUTPUTS} />
    </Card>
    <About of={of.fit} project={project} />
    <Uses of={of.fit} project={project} />
    <ColumnsCard title="Raw columns" columns={of.fit.inputs} />
  </>
);

const OUTPUTS = [
  { title: "Tensor", cell: (it: TransformOutput) => <Clipped text={it.name} className="mono" /> },
  { title: "Type", cell: (it: TransformOutput) => it.datatype },
  { title: "Elements in a row", number: true, cell: (it: TransformOutput) => count(it.width) },
  {
    title: "What they stand for, in order",
    cell: (it: TransformOutput) => <span className="wrapped">{elementsText(it)}</span>,
  },
];

const ELEMENTS_SHOWN = 40;

function elementsText({ elementNames, width }: TransformOutput): string {
  const shown = elementNames.slice(0, ELEMENTS_SHOWN);
  const left = Number(width) - shown.length;
  return shown.join(" · ") + (left > 0 ? ` · and ${count(left)} more` : "");
}

const About = ({ of, project }: { readonly of: TransformFit; readonly project: string }) => (
  <div className="two">
    <Card title="About">
      <Facts
        of={[
          ["Training set", <ResourceLink key="set" name={of.trainingSet} />],
          ["Rows learned from", of.rowCount === 0n ? "none: there was nothing to learn" : count(of.rowCount)],
          ["Times they were read", count(of.passCount)],
          ["As ONNX it needs", needsText(of)],
          [
            "File",
            <span key="file">
              {bytes(of.sizeBytes)} ·{" "}
              <Download project={project} digest={of.digest} fileName={`${idOf(of.name)}.json`} />
            </span>,
          ],
        ]}
      />
    </Card>
    <Card title="Digests">
      <Facts
        of={[
          ["Fit", <Digest key="fit" digest={of.digest} project={project} />],
          ["Training set's file", <Digest key="set" digest={of.trainingSetFileDigest} project={project} />],
          ["Definition", <Clipped key="definition" text={of.definitionDigest} className="mono" />],
          ["Constants", <Clipped key="constants" text={of.constantsDigest} className="mono" />],
        ]}
      />
    </Card>
  </div>
);

function needsText({ needs }: TransformFit): string {
  if (!needs) return "–";
  return [
    `operators ${needs.opsetVersion}`,
    ...(needs.mlOperators ? ["ai.onnx.ml 2"] : []),
    ...(needs.runtimeOperators ? ["operators that onnxruntime alone has"] : []),
  ].join(", ");
}

function Uses({ of, project }: { readonly of: TransformFit; readonly project: string }) {
  const loaded = useCall(`uses ${of.name}`, (signal) => loadUses(of, signal));
  return (
    <Ready of={loaded} what="what uses the fit">
      {(uses) => (
        <div className="two">
          <Card title="Models with it in front">
            <Models uses={uses} of={of} />
          </Card>
          <Card title="Training sets that it was applied to">
            <Applied uses={uses} of={of} project={project} />
          </Card>
        </div>
      )}
    </Ready>
  );
}

interface UsesProps {
  readonly uses: FitUses;
  readonly of: TransformFit;
}

function Models({ uses, of }: UsesProps): ReactNode {
  if (uses.modelVersions.length === 0) {
    return (
      <Empty title="No model has it in front of it yet">
        <Request
          path={`${of.name.split("/").slice(0, 2).join("/")}/models/MODEL/versions/1:attachTransforms`}
          body={`{"transformFitDigest": "${of.digest}"}`}
        />
      </Empty>
    );
  }
  return (
    <LongTable
      rows={uses.modelVersions}
      rowKey={(it) => it}
      columns={[
        {
          title: "Model version",
          cell: (it) => <ResourceLink name={it}>{titleOf(it)}</ResourceLink>,
        },
      ]}
    />
  );
}

function Applied({ uses, of, project }: UsesProps & { readonly project: string }): ReactNode {
  if (uses.applied.length === 0) {
    return (
      <Empty title="It was applied to no training set yet">
        <Request path={`${of.name}:apply`} body={`{"trainingSet": "${of.trainingSet}"}`} />
      </Empty>
    );
  }
  return (
    <LongTable
      rows={uses.applied}
      rowKey={(it) => it.digest}
      columns={[
        { title: "Training set", cell: (it) => <ResourceLink name={it.trainingSet} /> },
        { title: "Transformed rows", cell: (it) => <Digest digest={it.digest} project={project} /> },
        {
          title: "File",
          cell: (it) => (
            <Download project={project} digest={it.digest} fileName={`${idOf(it.trainingSet)}-transformed.parquet`} />
          ),
        },
      ]}
    />
  );
}
