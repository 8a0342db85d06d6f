import type { Store } from "@throughline/store";
import type { CanvasRecord } from "../domain/canvas.ts";
import type { CardTextRecord } from "../domain/card-text.ts";
import type { GateRecord } from "../domain/gate.ts";
import type { OfModel } from "../domain/plan-writing.ts";
import type { StatementRecord } from "../domain/scorecard.ts";
import { evidenceStore } from "./evidence-store.ts";
import { gateDecisionStore } from "./gate-decision-store.ts";
import { writtenStore } from "./written-store.ts";

/** Everything that is planned, found out and decided about models. */
export const planStores = (store: Store) => ({
  gates: writtenStore<GateRecord>(store, "registry_gates"),
  canvases: writtenStore<CanvasRecord & OfModel>(store, "registry_canvases"),
  cardTexts: writtenStore<CardTextRecord & OfModel>(store, "registry_card_texts"),
  statements: writtenStore<StatementRecord & OfModel>(store, "registry_statements"),
  evidence: evidenceStore(store),
  decisions: gateDecisionStore(store),
});
