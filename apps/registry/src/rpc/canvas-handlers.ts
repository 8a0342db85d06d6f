import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CanvasService,
  UpdateCanvasRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/canvas_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import type { PageRequest } from "../domain/change.ts";
import { partOfModel } from "../domain/names.ts";
import type { PlanDeps } from "../domain/plan-writing.ts";
import { getCanvas, listCanvasChanges, updateCanvas } from "../domain/plans.ts";
import { callOf, pageOf } from "./call.ts";
import { canvasFromProto, canvasToProto } from "./convert-canvas.ts";

/** States of a page where the caller names no number: each may be large. */
const STATES_USUAL = 10;

/** The edge of CanvasService: convert, call, convert. */
export const canvasHandlers = (
  deps: PlanDeps & { readonly pageTokens: PageTokens },
): ServiceImpl<typeof CanvasService> => ({
  async getCanvas({ name, asOf }) {
    const model = partOfModel(name, "canvas", "name");
    return { canvas: canvasToProto(await getCanvas(deps, model, asOf && toMs(asOf))) };
  },

  async updateCanvas(request, context) {
    const { canvas, reason } = request;
    if (!canvas) throw invalidField("canvas", "it is missing");
    const { name, etag } = canvas;
    const model = partOfModel(name, "canvas", "canvas.name");
    const call = callOf(UpdateCanvasRequestSchema, request, { resource: name, context });
    const record = { model, ...canvasFromProto(canvas) };
    return { canvas: canvasToProto(await updateCanvas(deps, call, { name, record, etag, reason })) };
  },

  async listCanvasChanges(request) {
    const model = partOfModel(request.name, "canvas", "name");
    const query = ["listCanvasChanges", request.name];
    const read = (it: PageRequest) => listCanvasChanges(deps, model, it);
    const page = await pageOf(deps.pageTokens, { query, request, usual: STATES_USUAL }, read);
    return { states: page.items.map(canvasToProto), nextPageToken: page.nextPageToken };
  },
});
