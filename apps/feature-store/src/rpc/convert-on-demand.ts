import { create } from "@bufbuild/protobuf";
import {
  type OnDemandView as OnDemandViewMessage,
  OnDemandViewSchema,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { fromMs } from "@throughline/rpc";
import type { Described } from "../domain/description.ts";
import { onDemandViewName } from "../domain/names.ts";
import type { OutputType } from "../domain/on-demand/expressions.ts";
import type { OnDemandView } from "../domain/on-demand/on-demand-view.ts";
import type { WantedOnDemandView } from "../domain/on-demand/plan-on-demand.ts";
import { problems } from "../domain/problems.ts";
import { columnsFromProto, columnToProto, typeToProto } from "./convert-columns.ts";
import { requestSourcesFromProto, selectionsFromProto, selectionToProto } from "./convert-selections.ts";

export function onDemandViewFromProto(view: OnDemandViewMessage, project: string, id: string): WantedOnDemandView {
  const wrong = problems();
  const at = { project, of: "on_demand_view", wrong };
  const views = selectionsFromProto(view.views, at);
  const requestColumns = columnsFromProto(view.requestColumns, "on_demand_view.request_columns", wrong);
  const requestSources = requestSourcesFromProto(view.requestSources, at);
  const outputs = columnsFromProto(view.outputs, "on_demand_view.outputs", wrong).map((it, i) => ({
    ...it,
    // The contract has no others.
    type: it.type as OutputType,
    expression: view.outputs[i]?.expression ?? "",
  }));
  wrong.throwIfAny();
  const { description, owner, tags } = view;
  const said = { description, owner, tags: { ...tags }, costNote: "" };
  return { id, views, requestColumns, requestSources, outputs, ...said };
}

export const onDemandViewToProto = (view: Described<OnDemandView>): OnDemandViewMessage =>
  create(OnDemandViewSchema, {
    name: onDemandViewName.format({ project: view.project, view: view.id }),
    version: BigInt(view.version),
    digest: view.digest,
    views: view.views.map((it) => selectionToProto(view.project, it)),
    requestColumns: view.requestColumns.map(columnToProto),
    outputs: view.outputs.map(({ name, description, expression, type }) => ({
      name,
      description,
      expression,
      type: typeToProto(type),
    })),
    description: view.description,
    owner: view.owner,
    tags: { ...view.tags },
    createTime: fromMs(view.createTimeMs),
  });
