import type { Write } from "@throughline/store";
import type { ListPage, PageRequest } from "./change.ts";
import type { GateDecision } from "./gate.ts";

/** How gates stood at promotions. Laws: decisions are never changed; lists start with the newest, at an instant with the newest of then. */
export interface GateDecisionStore {
  insert(decision: GateDecision): readonly Write[];
  list(model: string, page: PageRequest, asOfMs?: number): Promise<ListPage<GateDecision>>;
}
