import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CardService,
  SetScorecardStatementRequestSchema,
  UpdateCardTextRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/card_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import { atInstant } from "../domain/at-instant.ts";
import type { PageRequest } from "../domain/change.ts";
import { getModelCard } from "../domain/get-model-card.ts";
import { getScorecard, type ScorecardDeps } from "../domain/get-scorecard.ts";
import { partOfModel, RELEASE, STATEMENT } from "../domain/names.ts";
import type { PlanDeps } from "../domain/plan-writing.ts";
import { getCardText, listCardTextChanges, setStatement, updateCardText } from "../domain/plans.ts";
import { callOf, pageOf } from "./call.ts";
import { cardTextFromProto, cardTextToProto, cardToProto, scorecardToProto, statementToProto } from "./convert-card.ts";

/** States of a page where the caller names no number: each may be large. */
const STATES_USUAL = 10;

/** The edge of CardService: convert, call, convert. */
export const cardHandlers = (
  deps: PlanDeps & ScorecardDeps & { readonly pageTokens: PageTokens },
): ServiceImpl<typeof CardService> => ({
  async getModelCard({ name, asOf }) {
    return { card: cardToProto(await getModelCard(atInstant(deps, asOf && toMs(asOf)), name)) };
  },

  async getCardText({ name, asOf }) {
    const model = partOfModel(name, "card", "name");
    return { text: cardTextToProto(await getCardText(deps, model, asOf && toMs(asOf))) };
  },

  async updateCardText(request, context) {
    const { text, reason } = request;
    if (!text) throw invalidField("text", "it is missing");
    const { name, etag } = text;
    const model = partOfModel(name, "card", "text.name");
    const call = callOf(UpdateCardTextRequestSchema, request, { resource: name, context });
    const record = { model, ...cardTextFromProto(text) };
    return { text: cardTextToProto(await updateCardText(deps, call, { name, record, etag, reason })) };
  },

  async listCardTextChanges(request) {
    const model = partOfModel(request.name, "card", "name");
    const query = ["listCardTextChanges", request.name];
    const read = (it: PageRequest) => listCardTextChanges(deps, model, it);
    const page = await pageOf(deps.pageTokens, { query, request, usual: STATES_USUAL }, read);
    return { states: page.items.map(cardTextToProto), nextPageToken: page.nextPageToken };
  },

  async getScorecard({ name, asOf }) {
    RELEASE.parse(name);
    return { scorecard: scorecardToProto(await getScorecard(atInstant(deps, asOf && toMs(asOf)), name)) };
  },

  async setScorecardStatement(request, context) {
    const { statement } = request;
    if (!statement) throw invalidField("statement", "it is missing");
    const { name, holds, automated, text } = statement;
    const { project, model: id, test } = STATEMENT.parse(name, "statement.name");
    const call = callOf(SetScorecardStatementRequestSchema, request, { resource: name, context });
    const record = { model: `projects/${project}/models/${id}`, test, holds, automated, text };
    return { statement: statementToProto(await setStatement(deps, call, { name, record, etag: "", reason: "" })) };
  },
});
