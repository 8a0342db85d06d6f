import {
  ModelFormat,
  type ModelVersion,
  type OnnxFacts,
  type TensorSpec,
} from "@throughline/contracts/throughline/registry/v1/model_pb";
import { registry } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { Download } from "../parts/download.tsx";
import { Ready } from "../parts/states.tsx";
import { LongTable, Table } from "../parts/table.tsx";
import { Ago, Clipped, Digest, Instant, ResourceLink } from "../parts/text.tsx";
import { bytes, count, figure, words } from "../thread/format.ts";
import { fitName, titleOf } from "../thread/names.ts";

/** One version of a model: what it takes and gives, what was read from its bytes, and where it comes from. */
export function ModelVersionPage({ project, ids: [model = "", version = ""] }: PageProps) {
  const name = `projects/${project}/models/${model}/versions/${version}`;
  const loaded = useCall(name, (signal) => registry.getModelVersion({ name }, { signal }));
  return (
    <>
      <PageTitle kind="Model version" title={`${model} ${loaded.data?.version?.version ?? version}`}>
        {loaded.data?.version && (
          <>
            <ResourceLink name={`projects/${project}/models/${model}`}>All versions</ResourceLink>
            <Ago time={loaded.data.version.createTime} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the version">
        {(answer) => answer.version && <Version of={answer.version} project={project} />}
      </Ready>
    </>
  );
}

function Version({ of, project }: { readonly of: ModelVersion; readonly project: string }) {
  const metrics = Object.entries(of.metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <>
      <div className="two">
        <Card title="Where it comes from">
          <Facts
            of={[
              ["Run", <ResourceLink key="run" name={of.run} />],
              ["Training set", <ResourceLink key="set" name={of.trainingSet} />],
              ["Training set digest", <Digest key="rows" digest={of.trainingSetDigest} project={project} />],
              ...(of.derivedFrom === ""
                ? []
                : [
                    [
                      "Made of",
                      <ResourceLink key="of" name={of.derivedFrom}>
                        {titleOf(of.derivedFrom)}
                      </ResourceLink>,
                    ] as const,
                    [
                      "Transforms in front",
                      <ResourceLink key="fit" name={fitName(project, of.transformFitDigest)} />,
                    ] as const,
                  ]),
              ["Model digest", <Digest key="digest" digest={of.digest} project={project} />],
              ["Registered", <Instant key="time" time={of.createTime} />],
              ["By", <Clipped key="by" text={of.actor} />],
              [
                "Bytes",
                <span key="bytes">
                  {bytes(of.sizeBytes)} ·{" "}
                  <Download
                    project={project}
                    digest={of.digest}
                    fileName={`${of.name.split("/")[3]}-${of.version}.onnx`}
                  />
                </span>,
              ],
            ]}
          />
          {of.description !== "" && <p>{of.description}</p>}
        </Card>
        <Card title="Metrics">
          {metrics.length === 0 && <p className="quiet">None were given.</p>}
          <Facts of={metrics.map(([key, value]) => [key, figure(value)])} />
        </Card>
      </div>
      <Card title="Signature">
        <Tensors title="Takes" of={of.signature?.inputs ?? []} />
        <Tensors title="Gives" of={of.signature?.outputs ?? []} />
      </Card>
      <Card title={`Format: ${words(ModelFormat[of.format])}`}>
        {of.onnx ? <Onnx of={of.onnx} /> : <p className="quiet">These bytes are kept and never opened.</p>}
      </Card>
    </>
  );
}

const Tensors = ({ title, of }: { readonly title: string; readonly of: readonly TensorSpec[] }) => (
  <>
    <h3>{title}</h3>
    <LongTable
      rows={of}
      rowKey={(it) => it.name}
      columns={[
        { title: "Tensor", cell: (it) => <Clipped text={it.name} className="mono" /> },
        { title: "Type", cell: (it) => it.datatype },
        { title: "Shape", cell: (it) => `[${it.shape.map((size) => (size < 0n ? "any" : size)).join(", ")}]` },
      ]}
    />
  </>
);

function Onnx({ of }: { readonly of: OnnxFacts }) {
  const operators = Object.entries(of.operators).sort(([, a], [, b]) => Number(b - a));
  return (
    <div className="two">
      <Facts
        of={[
          ["ONNX version", String(of.irVersion)],
          [
            "Operator sets",
            Object.entries(of.opsets)
              .map(([domain, it]) => `${domain || "ai.onnx"} ${it}`)
              .join(", "),
          ],
          ["Made by", <Clipped key="by" text={of.producer} />],
          ["Weights", count(of.parameterCount)],
        ]}
      />
      <Table
        rows={operators.slice(0, 30)}
        rowKey={([name]) => name}
        columns={[
          { title: "Operator", cell: ([name]) => <Clipped text={name.replace(/^:/, "")} className="mono" /> },
          { title: "Times", number: true, cell: ([, times]) => count(times) },
        ]}
      />
    </div>
  );
}
