import { type Operation, OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { Json } from "@throughline/kernel";
import { isRecord, type JsonRecord } from "../json-record.ts";
import type { Change } from "../lines.ts";
import { ended, outcomeOf } from "./services.ts";
import type { Load } from "./writer.ts";

/** Long work of the feature store. */
export interface Operating {
  /** What it does, in the words of the report. */
  readonly what: string;
  readonly changes: readonly Change[];
  start(): Promise<{ readonly operation?: Operation | undefined }>;
  /** What only its end tells. */
  learnt?(ended: Operation): Promise<readonly Change[]>;
}

/** Ends of work that others got into the way of: it changed nothing, and may be asked for again. */
const BUSY: readonly string[] = ["FILES_CHANGED", "ONLINE_BUSY"];

/** The work ended as one that may be asked for again. */
class Busy extends Error {}

/** What is so once an operation has succeeded, as the value of its cell tells that was written when it began. */
export function changesOf(begun: Json): readonly Change[] {
  const { changes }: JsonRecord = isRecord(begun) ? begun : {};
  const told = Array.isArray(changes) ? changes.filter(isRecord) : [];
  return told.flatMap(({ cell, value = null }) => (typeof cell === "string" ? [{ cell, value }] : []));
}

/**
 * Starts an operation and waits for its end. That it was begun is known as soon as it was answered. False if others got into
 * its way.
 */
export async function operate(
  { services, pen }: Pick<Load, "services" | "pen">,
  { what, changes, start, learnt }: Operating,
): Promise<boolean> {
  const answer = await pen.write({
    what,
    changes,
    async call() {
      const { operation } = await start();
      const cell = `operation:${operation?.name}`;
      pen.tell({ line: "found", cell, value: { state: "begun", changes: changes.map((it) => ({ ...it })) } });
      const last = await ended(services, operation);
      if (last?.state === OperationState.FAILED && BUSY.includes(last.error?.reason ?? "")) {
        pen.tell({ line: "found", cell, value: "FAILED" });
        throw new Busy(outcomeOf(last));
      }
      if (last?.state !== OperationState.SUCCEEDED) throw new Error(outcomeOf(last));
      return [{ cell, value: "SUCCEEDED" }, ...((await learnt?.(last)) ?? [])];
    },
    learnt: (it) => it,
    mayRefuse: (error) => error instanceof Busy,
  });
  return answer !== undefined;
}
