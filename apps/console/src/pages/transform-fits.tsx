import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import { transforms } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Request } from "../parts/request.tsx";
import { Empty } from "../parts/states.tsx";
import { type ColumnOf, PagedTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { bytes, count } from "../thread/format.ts";

/** What transforms learned from training sets, newest first. */
export function TransformFitsPage({ project }: PageProps) {
  const parent = `projects/${project}`;
  const fits = usePages(`transform fits ${project}`, async (pageToken, signal) => {
    const answer = await transforms.listTransformFits({ parent, pageSize: 50, pageToken }, { signal });
    return { items: answer.transformFits, next: answer.nextPageToken };
  });
  return (
    <>
      <PageTitle kind="Feature store" title="Transforms">
        <span>what becomes of raw features before a model sees them, learned once for training, batch and serving</span>
      </PageTitle>
      <Card title="Fits">
        <PagedTable
          pages={fits}
          what="transform fits"
          columns={columns(project)}
          rowKey={(it) => it.name}
          empty={<NoFits parent={parent} />}
        />
      </Card>
    </>
  );
}

const NoFits = ({ parent }: { readonly parent: string }) => (
  <Empty title="No transforms have learned yet">
    <p>
      A definition learns its constants from a training set. It can then be put in front of a model as ONNX operators.
    </p>
    <Request
      path={`${parent}/transformFits`}
      body={[
        `{"trainingSet": "${parent}/trainingSets/ID", "definition": {`,
        `       "columns": [{"name": "price", "type": "float64"}],`,
        `       "steps": [{"kind": "log", "input": "price", "output": "scaled"}],`,
        `       "outputs": [{"name": "input", "columns": ["scaled"]}]}}`,
      ].join("\n")}
    />
  </Empty>
);

const columns = (project: string): readonly ColumnOf<TransformFit>[] => [
  { title: "Fit", cell: (it) => <ResourceLink name={it.name} /> },
  { title: "Training set", cell: (it) => <ResourceLink name={it.trainingSet} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
  { title: "Columns in", number: true, cell: (it) => count(it.inputs.length) },
  { title: "Gives", cell: (it) => <Clipped text={it.outputs.map((one) => `${one.name} (${one.width})`).join(", ")} /> },
  { title: "Size", number: true, cell: (it) => bytes(it.sizeBytes) },
  { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
  { title: "By", cell: (it) => <Clipped text={it.actor} /> },
  { title: "Learned", cell: (it) => <Ago time={it.createTime} /> },
];
