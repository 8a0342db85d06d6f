import type { OnDemandSelection } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { definitions } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import { idOf } from "../thread/names.ts";
import { Card } from "./card.tsx";
import { Ready } from "./states.tsx";
import { type ColumnOf, LongTable } from "./table.tsx";
import { Digest } from "./text.tsx";

interface OnDemandCardProps {
  readonly project: string;
  /** The on-demand views that a feature service pins, at least one. */
  readonly views: readonly OnDemandSelection[];
}

interface Output {
  readonly name: string;
  readonly expression: string;
  readonly view: OnDemandSelection;
}

/** What a feature service computes on demand: the expression of each output. */
export function OnDemandCard({ project, views }: OnDemandCardProps) {
  const asked = views.map((it) => `${it.view}@${it.version}`).join(" ");
  const loaded = useCall(asked, async (signal) => {
    const found = views.map(async (view): Promise<readonly Output[]> => {
      const { onDemandView } = await definitions.getOnDemandView(
        { name: view.view, version: view.version },
        { signal },
      );
      const outputs = onDemandView?.outputs.filter((it) => view.features.includes(it.name)) ?? [];
      return outputs.map((it) => ({ name: `${idOf(view.view)}__${it.name}`, expression: it.expression, view }));
    });
    return (await Promise.all(found)).flat();
  });
  const columns: readonly ColumnOf<Output>[] = [
    { title: "Feature", cell: (it) => it.name },
    { title: "Expression", cell: (it) => <code>{it.expression}</code> },
    { title: "Version", number: true, cell: (it) => String(it.view.version) },
    { title: "Digest", cell: (it) => <Digest digest={it.view.digest} project={project} /> },
  ];
  return (
    <Card title="Computed on demand">
      <Ready of={loaded} what="the on-demand views">
        {(outputs) => <LongTable rows={outputs} rowKey={(it) => it.name} columns={columns} />}
      </Ready>
    </Card>
  );
}
