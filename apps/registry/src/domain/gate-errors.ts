import { DomainError } from "@throughline/kernel";
import type { GateResult, Promotion } from "./gate.ts";

/** A promotion is refused. Has every gate that stands in the way, with the value seen. */
export const gatesUnmet = ({ subject, target }: Promotion, unmet: readonly GateResult[]): DomainError =>
  new DomainError(
    "precondition",
    "GATES_UNMET",
    `${unmet.length} gate(s) keep ${subject} from ${target}. ${told(unmet)} Meet them all, or have the gates changed.`,
    {
      metadata: { subject, target, unmet: unmet.map(idOf).join(",") },
      violations: unmet.map((it) => ({ path: it.gate, description: `${it.state}: ${it.sentence}` })),
    },
  );

/** Most characters about the gates: of a message over gRPC no more than 2,000 arrive. The details have the sentences whole. */
const TOLD_LENGTH_MAX = 1_500;

/** Every gate, and as much of what it says as there is room for. */
function told(unmet: readonly GateResult[]): string {
  const names = unmet.map((it) => idOf(it).length + ": … ".length);
  const room = TOLD_LENGTH_MAX - names.reduce((sum, it) => sum + it, 0);
  const lengthMax = Math.max(0, Math.floor(room / unmet.length));
  const clipped = (text: string): string => (text.length > lengthMax ? `${text.slice(0, lengthMax).trimEnd()}…` : text);
  return unmet.map((it) => `${idOf(it)}: ${clipped(it.sentence)}`).join(" ");
}

const idOf = ({ gate }: GateResult): string => gate.split("/").at(-1) ?? gate;

/** A model has too many gates. */
export const gatesExhausted = (model: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "GATES_EXHAUSTED",
    `${model} has ${most} gates, which is the most. Remove one, or give one more targets.`,
    { metadata: { model, most: String(most) } },
  );
