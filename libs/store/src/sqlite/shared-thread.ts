import { Worker } from "node:worker_threads";
import { writeOutcomeUnknown } from "../errors.ts";
import { errorOf, type Reply, type Request } from "./writer-protocol.ts";

/** Sends commands to the thread that writes. */
export interface WriterThread {
  /** Sends them at once, in one message: the thread works while whoever asks goes on. Results are in their order. */
  ask(path: string, commands: readonly Request["command"][]): readonly Promise<unknown>[];
}

/** One for all stores of this process: it is started when the first write is handed over. */
let thread: WriterThread | undefined;

export function sharedThread(): WriterThread {
  thread ??= startThread(() => {
    thread = undefined;
  });
  return thread;
}

/** Its objects live as long as a commit; with the memory that V8 takes unasked it would be several times as large. */
const YOUNG_MIB = 8;

interface Asked {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function startThread(onEnd: () => void): WriterThread {
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url), {
    name: "store writer",
    // Options of the process, such as how to read its first file, are not for the thread's.
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  const asked = new Map<number, Asked>();
  let lastId = 0;
  let ended: Error | undefined;

  const settle = (reply: Reply): void => {
    const it = asked.get(reply.id);
    asked.delete(reply.id);
    if ("failure" in reply) it?.reject(errorOf(reply.failure));
    else it?.resolve(reply.result);
  };
  const end = (why: string): void => {
    if (ended !== undefined) return;
    ended = writeOutcomeUnknown(`the thread that writes ended (${why})`);
    for (const it of asked.values()) it.reject(ended);
    asked.clear();
    onEnd();
  };
  worker.on("message", (replies: readonly Reply[]) => {
    replies.forEach(settle);
    // Only a process that waits for a write is kept alive by the thread.
    if (asked.size === 0) worker.unref();
  });
  worker.on("error", (error) => end((error as Error).message));
  worker.on("exit", (code) => end(`code ${code}`));
  worker.unref();

  return {
    ask(path, commands) {
      if (ended !== undefined) return commands.map(() => Promise.reject(ended));
      if (asked.size === 0) worker.ref();
      const requests = commands.map((command): Request => ({ id: ++lastId, path, command }));
      worker.postMessage(requests);
      return requests.map(({ id }) => new Promise((resolve, reject) => void asked.set(id, { resolve, reject })));
    },
  };
}
