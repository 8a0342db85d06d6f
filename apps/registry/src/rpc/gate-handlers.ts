import type { ServiceImpl } from "@connectrpc/connect";
import {
  AddEvidenceRequestSchema,
  DeleteGateRequestSchema,
  type GateService,
  SetGateRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/gate_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import { addEvidence, type EvidenceDeps, listEvidence } from "../domain/add-evidence.ts";
import { atInstant } from "../domain/at-instant.ts";
import { evaluateGates } from "../domain/check-gates.ts";
import type { GateDeps } from "../domain/gate-facts.ts";
import { deleteGate, getGate, listGateChanges, listGates, setGate } from "../domain/gates.ts";
import { GATE, MODEL, PROJECT, projectOf } from "../domain/names.ts";
import type { PlanDeps } from "../domain/plan-writing.ts";
import { callOf, pageOf, thenOf } from "./call.ts";
import { claimFromProto, evidenceToProto } from "./convert-finding.ts";
import { decisionToProto, gateEntryToProto, gateFromProto, gateToProto, reportToProto } from "./convert-gate.ts";

/** What the edge of GateService needs. */
export type GateEdge = GateDeps & PlanDeps & EvidenceDeps & { readonly pageTokens: PageTokens };

/** The model of a gate's name. Fails with BAD_NAME. */
function modelOf(name: string, path: string): string {
  GATE.parse(name, path);
  return name.slice(0, name.lastIndexOf("/gates/"));
}

/** The edge of GateService: convert, call, convert. */
export const gateHandlers = (deps: GateEdge): ServiceImpl<typeof GateService> => ({
  async setGate(request, context) {
    const { gate, reason } = request;
    if (!gate) throw invalidField("gate", "it is missing");
    const record = gateFromProto(modelOf(gate.name, "gate.name"), gate);
    const call = callOf(SetGateRequestSchema, request, { resource: gate.name, context });
    return { gate: gateToProto(await setGate(deps, call, { name: gate.name, record, etag: gate.etag, reason })) };
  },

  async getGate({ name, asOf }) {
    modelOf(name, "name");
    return { gate: gateToProto(await getGate(deps, name, asOf && toMs(asOf))) };
  },

  async listGates({ parent, asOf }) {
    MODEL.parse(parent, "parent");
    return { gates: (await listGates(deps, parent, asOf && toMs(asOf))).map(gateToProto) };
  },

  async deleteGate(request, context) {
    const { name, etag, reason } = request;
    modelOf(name, "name");
    const call = callOf(DeleteGateRequestSchema, request, { resource: name, context });
    await deleteGate(deps, call, { name, etag, reason });
    return {};
  },

  async listGateChanges(request) {
    const { name } = request;
    modelOf(name, "name");
    const query = ["gateChanges", name];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => listGateChanges(deps, name, it));
    return { states: page.items.map(gateEntryToProto), nextPageToken: page.nextPageToken };
  },

  async evaluateGates({ parent, subject, target, asOf }) {
    PROJECT.parse(parent, "parent");
    if (projectOf(subject) !== parent) throw invalidField("subject", `it is not of ${parent}`);
    return { report: reportToProto(await evaluateGates(atInstant(deps, asOf && toMs(asOf)), { subject, target })) };
  },

  async listGateDecisions(request) {
    const { parent } = request;
    MODEL.parse(parent, "parent");
    const { asOfMs } = thenOf(request);
    const query = ["gateDecisions", parent, thenOf(request)];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => deps.decisions.list(parent, it, asOfMs));
    return { decisions: page.items.map(decisionToProto), nextPageToken: page.nextPageToken };
  },
  ...evidenceHandlers(deps),
});

/** What was found out about versions. */
const evidenceHandlers = (
  deps: EvidenceDeps,
): Pick<ServiceImpl<typeof GateService>, "addEvidence" | "listEvidence"> => ({
  async addEvidence(request, context) {
    const { parent, evidence } = request;
    if (!evidence) throw invalidField("evidence", "it is missing");
    const call = callOf(AddEvidenceRequestSchema, request, { resource: parent, context });
    const claim = claimFromProto(evidence);
    return { evidence: evidenceToProto(await addEvidence(deps, call, { modelVersion: parent, claim })) };
  },

  async listEvidence({ parent, asOf }) {
    return { evidence: (await listEvidence(deps, parent, asOf && toMs(asOf))).map(evidenceToProto) };
  },
});
