import { DomainError } from "@throughline/kernel";
import type { Column, Columns } from "@throughline/transforms";
import type { Learned, OpenTransformThread, Transformed } from "../domain/transforms/transforming.ts";
import { openAskedThread } from "../threads/asked-thread.ts";
import type { ThreadRequest } from "./thread-messages.ts";

/** What a thread may remember, in MiB: a vocabulary counts up to 1,000,000 different texts. */
const MEMORY_MIB = 1_024;

/** Opens a transform thread, a worker of this process. */
export const openTransformThread: OpenTransformThread = (signal) => {
  const script = new URL("./transform-thread.ts", import.meta.url);
  const thread = openAskedThread<ThreadRequest>({ script, memoryMiB: MEMORY_MIB, signal, outOfMemory });
  return {
    begin: async (definition, constants) =>
      void (await thread.ask({ kind: "begin", definition, ...(constants && { constants }) })),
    add: async (columns) => void (await thread.ask({ kind: "add", columns }, buffersOf(columns))),
    endPass: async () => (await thread.ask({ kind: "endPass" })) as boolean,
    learned: async () => (await thread.ask({ kind: "learned" })) as Learned,
    apply: async (columns) => (await thread.ask({ kind: "apply", columns }, buffersOf(columns))) as Transformed,
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
};

/** Numbers are handed over without a copy; whoever sends columns uses them no more. */
const buffersOf = (columns: Columns): readonly ArrayBuffer[] =>
  [...columns.values()].flatMap((it: Column) => (it.type === "string" ? [] : [it.values.buffer as ArrayBuffer]));

const outOfMemory = (): DomainError =>
  new DomainError(
    "exhausted",
    "TRANSFORMS_OUT_OF_MEMORY",
    `The transforms took more than the ${MEMORY_MIB} MiB that they may take. Let steps keep fewer different values (sizeMax, buckets), or learn from fewer rows.`,
    { metadata: { memoryMiB: String(MEMORY_MIB) } },
  );
