import { DomainError } from "@throughline/kernel";
import type { Promotion } from "./check-gates.ts";
import type { GateResult } from "./gate.ts";

/** A promotion is refused. Has every gate that stands in the way, with the value seen. */
export const gatesUnmet = ({ subject, target }: Promotion, unmet: readonly GateResult[]): DomainError =>
  new DomainError(
    "precondition",
    "GATES_UNMET",
    `${unmet.length} gate(s) keep ${subject} from ${target}. ${unmet
      .slice(0, 3)
      .map((it) => `${idOf(it)}: ${it.sentence}`)
      .concat(unmet.length > 3 ? [`And ${unmet.length - 3} more.`] : [])
      .join(" ")} Meet them all, or have the gates changed.`,
    {
      metadata: { subject, target, unmet: unmet.map(idOf).join(",") },
      violations: unmet.map((it) => ({ path: it.gate, description: `${it.state}: ${it.sentence}` })),
    },
  );

const idOf = ({ gate }: GateResult): string => gate.split("/").at(-1) ?? gate;

/** A model has too many gates. */
export const gatesExhausted = (model: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "GATES_EXHAUSTED",
    `${model} has ${most} gates, which is the most. Remove one, or give one more targets.`,
    { metadata: { model, most: String(most) } },
  );
