import {
  type Evaluation,
  EvaluationTask,
  type Slice,
} from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import { useState } from "react";
import { validation } from "../api/clients.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Ago, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { Whiskers } from "../parts/whiskers.tsx";
import { count, figure } from "../thread/format.ts";
import { sliceLabel, whiskersOf } from "../thread/intervals.ts";

/** One evaluation: every metric by slice with its interval. */
export function EvaluationPage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/evaluations/${id}`;
  const loaded = useCall(name, (signal) => validation.getEvaluation({ name }, { signal }));
  const evaluation = loaded.data?.evaluation;
  return (
    <>
      <PageTitle kind="Evaluation" title={id}>
        {evaluation && (
          <>
            <ResourceLink name={evaluation.subject}>{evaluation.subject.split("/").slice(2).join(" ")}</ResourceLink>
            <Ago time={evaluation.createTime} />
            <Digest digest={evaluation.dataDigest} project={project} />
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the evaluation">
        {(it) => it.evaluation && <Body of={it.evaluation} />}
      </Ready>
    </>
  );
}

const SLICES_DRAWN = 40;

function Body({ of }: { readonly of: Evaluation }) {
  const names = of.slices[0]?.metrics.map((it) => it.name) ?? [];
  const [chosen, choose] = useState(names.includes("auc") ? "auc" : (names[0] ?? ""));
  const level = whiskersOf(of.slices, chosen).find((it) => it.level !== undefined)?.level;
  return (
    <>
      <nav className="filters" aria-label="Metrics">
        {names.map((it) => (
          <button key={it} type="button" aria-pressed={it === chosen} onClick={() => choose(it)}>
            {it.replaceAll("_", " ")}
          </button>
        ))}
      </nav>
      <Card
        title={`${chosen.replaceAll("_", " ")} by slice`}
        aside={level !== undefined && <span className="quiet">whiskers: {figure(level * 100)} % intervals</span>}
      >
        <Whiskers of={whiskersOf(of.slices.slice(0, SLICES_DRAWN), chosen)} name={chosen} />
        {of.slices.length > SLICES_DRAWN && (
          <p className="quiet">The first {SLICES_DRAWN} slices are drawn; all are in the table.</p>
        )}
      </Card>
      <Card title="All slices">
        <LongTable rows={of.slices} rowKey={(it) => sliceLabel(it.key)} columns={columnsOf(of.task, names)} />
        {of.smallSlices.length > 0 && <p className="quiet">Left out for want of rows: {of.smallSlices.join(", ")}</p>}
      </Card>
    </>
  );
}

const columnsOf = (task: EvaluationTask, names: readonly string[]) => [
  { title: "Slice", cell: (it: Slice) => <Clipped text={sliceLabel(it.key)} /> },
  { title: "Rows", number: true, cell: (it: Slice) => count(it.rowCount) },
  ...(task === EvaluationTask.REGRESSION
    ? []
    : [{ title: "Positive", number: true, cell: (it: Slice) => count(it.positiveCount) }]),
  ...names.map((name) => ({
    title: name.replaceAll("_", " "),
    number: true,
    cell: (it: Slice) => figure(it.metrics.find((metric) => metric.name === name)?.value),
  })),
];
