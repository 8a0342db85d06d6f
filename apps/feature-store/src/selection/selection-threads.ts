import { DomainError } from "@throughline/kernel";
import type { NecessityReport, SuspectPair } from "@throughline/selection";
import type { OpenSelectionThread } from "../domain/selecting.ts";
import { openAskedThread } from "../threads/asked-thread.ts";
import type { SelectionRequest } from "./thread-messages.ts";

/** What a thread may remember, in MiB: five million values, most of them as objects of some 50 bytes. */
const MEMORY_MIB = 1_024;

/** Opens a selection thread, a worker of this process. */
export const openSelectionThread: OpenSelectionThread = (signal) => {
  const script = new URL("./selection-thread.ts", import.meta.url);
  const thread = openAskedThread<SelectionRequest>({ script, memoryMiB: MEMORY_MIB, signal, outOfMemory });
  return {
    begin: async (columns) => void (await thread.ask({ kind: "begin", columns })),
    add: async (rows) => void (await thread.ask({ kind: "add", rows })),
    suspects: async (asked) => (await thread.ask({ kind: "suspects", asked })) as readonly SuspectPair[],
    report: async (asked) => (await thread.ask({ kind: "report", asked })) as NecessityReport,
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
};

const outOfMemory = (): DomainError =>
  new DomainError(
    "exhausted",
    "SELECTION_OUT_OF_MEMORY",
    `Comparing the features took more than the ${MEMORY_MIB} MiB that it may take. Ask for fewer rows.`,
    { metadata: { memoryMiB: String(MEMORY_MIB) } },
  );
