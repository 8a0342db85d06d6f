import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/**
 * Aborts when the connection of a request closes. All requests of a connection share it: a signal and a listener for each would
 * cost a small one as much as reading its headers.
 */
export function callerSignal({ socket }: IncomingMessage): AbortSignal {
  let leaving = connections.get(socket);
  if (leaving === undefined) {
    const controller = new AbortController();
    const leave = (): void => controller.abort(new DOMException("the caller went away", "AbortError"));
    if (socket.destroyed) leave();
    else socket.once("close", leave);
    leaving = controller.signal;
    connections.set(socket, leaving);
  }
  return leaving;
}

const connections = new WeakMap<Socket, AbortSignal>();
