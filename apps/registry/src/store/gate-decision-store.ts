import { digestOfJson } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import type { GateDecision } from "../domain/gate.ts";
import type { GateDecisionStore } from "../domain/gate-decision-store.ts";
import { pageOf, upTo } from "./page.ts";

/** Decisions about promotions, as they were taken. */
export function gateDecisionStore(store: Store): GateDecisionStore {
  const decisions = store.collection<GateDecision>({
    name: "registry_gate_decisions",
    indexes: [{ name: "by_time", fields: ["model", "timeMs"] }],
  });
  return {
    insert(decision) {
      const { model, subject, target, timeMs, actor } = decision;
      // A change is written once, and the same change is the same decision.
      return [decisions.writes.put(digestOfJson([model, subject, target, timeMs, actor]), decision)];
    },
    async list(model, page, asOfMs) {
      const orderBy = [{ field: "timeMs", descending: true }] as const;
      const where = upTo<GateDecision>({ field: "model", eq: model }, "timeMs", asOfMs);
      const found = await decisions.find({ where, orderBy, ...page });
      return pageOf(
        found.documents.map((it) => it.value),
        found.next,
      );
    },
  };
}
