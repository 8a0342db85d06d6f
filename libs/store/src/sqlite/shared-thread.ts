import { Worker } from "node:worker_threads";
import { writeOutcomeUnknown } from "../errors.ts";
import { oncePerTurn } from "./once-per-turn.ts";
import { errorOf, type Reply, type Request } from "./writer-protocol.ts";

/** Sends commands to the thread that writes. */
export interface WriterThread {
  ask(path: string, command: Request["command"]): Promise<unknown>;
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
  let requests: Request[] = [];
  let lastId = 0;
  let ended: Error | undefined;

  const send = oncePerTurn(() => {
    worker.postMessage(requests);
    requests = [];
    return false;
  });
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
    ask: (path, command) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) throw ended;
        const id = ++lastId;
        if (asked.size === 0) worker.ref();
        asked.set(id, { resolve, reject });
        requests.push({ id, path, command });
        send();
      }),
  };
}
