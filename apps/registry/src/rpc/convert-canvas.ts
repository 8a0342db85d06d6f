import { create } from "@bufbuild/protobuf";
import { type Canvas as CanvasMessage, CanvasSchema } from "@throughline/contracts/throughline/registry/v1/canvas_pb";
import { type Canvas, type CanvasRecord, completenessOf, EMPTY_CANVAS } from "../domain/canvas.ts";
import { changeToProto } from "./convert-model.ts";

export function canvasToProto({ change, ...canvas }: Canvas): CanvasMessage {
  const { completeness, missing } = completenessOf(canvas);
  return create(CanvasSchema, {
    ...canvas,
    dataSources: [...canvas.dataSources],
    targets: canvas.targets.map((it) => ({ ...it, sliceColumns: [...it.sliceColumns] })),
    completeness,
    missing: [...missing],
    ...(change && { change: changeToProto(change), etag: String(change.revision) }),
  });
}

/** The boxes of a canvas. One that is not there is empty. */
export const canvasFromProto = (canvas: CanvasMessage): CanvasRecord => ({
  valueProposition: texts(EMPTY_CANVAS.valueProposition, canvas.valueProposition),
  predictionTask: texts(EMPTY_CANVAS.predictionTask, canvas.predictionTask),
  decisions: texts(EMPTY_CANVAS.decisions, canvas.decisions),
  impactSimulation: texts(EMPTY_CANVAS.impactSimulation, canvas.impactSimulation),
  dataSources: canvas.dataSources.map(({ name, description }) => ({ name, description })),
  dataCollection: texts(EMPTY_CANVAS.dataCollection, canvas.dataCollection),
  features: texts(EMPTY_CANVAS.features, canvas.features),
  buildingModels: texts(EMPTY_CANVAS.buildingModels, canvas.buildingModels),
  makingPredictions: texts(EMPTY_CANVAS.makingPredictions, canvas.makingPredictions),
  monitoring: texts(EMPTY_CANVAS.monitoring, canvas.monitoring),
  targets: canvas.targets.map(({ $typeName: _, $unknown: __, ...target }) => target),
});

/** The texts of a box, without what belongs to the wire. */
const texts = <T extends Readonly<Record<string, string>>>(empty: T, box: T | undefined): T =>
  Object.fromEntries(Object.keys(empty).map((key) => [key, box?.[key] ?? ""])) as T;
