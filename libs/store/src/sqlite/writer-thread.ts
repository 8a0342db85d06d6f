import { type MessagePort, parentPort } from "node:worker_threads";
import { openConnection } from "./database.ts";
import { type Executor, executor } from "./executor.ts";
import { asStorageFailure } from "./failure.ts";
import { failureOf, type Reply, type Request, unpacked } from "./writer-protocol.ts";

/** What the thread has open, and how to close it. */
interface OpenStore extends Executor {
  readonly closeAll: () => void;
}

function openStore(path: string): OpenStore {
  const database = openConnection(path);
  const store = executor(database, { isFlushed: false });
  return {
    ...store,
    closeAll() {
      store.close();
      database.close();
    },
  };
}

/** Answers requests that come through a port, those that end together in one message. */
function serve(port: MessagePort): void {
  const stores = new Map<string, OpenStore>();
  let replies: Reply[] = [];
  const reply = (it: Reply): void => {
    // After all promises that the commit of a group settles.
    if (replies.length === 0)
      process.nextTick(() => {
        port.postMessage(replies);
        replies = [];
      });
    replies.push(it);
  };
  const carryOut = async ({ path, command }: Request): Promise<unknown> => {
    const open = stores.get(path);
    if (command.kind === "close") {
      open?.closeAll();
      stores.delete(path);
      return;
    }
    const store = open ?? openStore(path);
    stores.set(path, store);
    return store.execute(unpacked(command));
  };
  port.on("message", (requests: readonly Request[]) => {
    for (const request of requests) {
      carryOut(request).then(
        (result) => reply({ id: request.id, result }),
        (error) => reply({ id: request.id, failure: failureOf(asStorageFailure(error)) }),
      );
    }
  });
}

if (parentPort !== null) serve(parentPort);
