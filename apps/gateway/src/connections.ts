import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { DomainError } from "@throughline/kernel";
import { sendError } from "./http-error.ts";
import type { GatewayLimits } from "./limits.ts";

/** Gives a server its time limits, and keeps connections that say nothing from shutting others out. */
export function limitConnections(server: Server, limits: GatewayLimits): void {
  server.headersTimeout = limits.headersMsMax;
  // The time of a whole request is none that fits both a query and an upload of gigabytes: `watchBody` asks for progress.
  server.requestTimeout = 0;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.timeout = limits.stalledMsMax;
  capConnections(server, limits.connectionsMax);
}

/** Keeps at most `most` connections: the one that has waited longest for a request makes room for a new one. */
function capConnections(server: Server, most: number): void {
  const waiting = new Set<Socket>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
      waiting.delete(socket);
    });
    waiting.add(socket);
    const [longest] = waiting;
    if (open <= most || !longest) return;
    waiting.delete(longest);
    longest.destroy();
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}

/**
 * Ends a request whose body stops coming: in every window it must bring its least number of bytes, or end. Time in which
 * the service does not take what has come is not held against the caller.
 */
export function watchBody(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  limits: Pick<GatewayLimits, "bodyWindowMs" | "bodyBytesLeast">,
): void {
  const { headers, socket } = request;
  if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) return;
  let seen = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete || request.destroyed) return clearInterval(timer);
    const isWaitingForUs = request.readableLength >= request.readableHighWaterMark;
    const arrived = socket.bytesRead - seen;
    seen = socket.bytesRead;
    if (isWaitingForUs || arrived >= limits.bodyBytesLeast) return;
    clearInterval(timer);
    sendError(response, bodyTooSlow(limits));
    socket.destroySoon();
  }, limits.bodyWindowMs);
  response.once("close", () => clearInterval(timer));
}

const bodyTooSlow = ({ bodyWindowMs, bodyBytesLeast }: Pick<GatewayLimits, "bodyWindowMs" | "bodyBytesLeast">) =>
  new DomainError(
    "deadline",
    "BODY_TOO_SLOW",
    `The body must bring ${bodyBytesLeast} bytes in every ${bodyWindowMs} ms, or end. Send it again.`,
  );
