import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { DomainError } from "@throughline/kernel";
import { sendError } from "./http-error.ts";
import type { GatewayLimits } from "./limits.ts";

/** Gives a server its time limits, and keeps connections that say nothing from shutting others out. */
export function limitConnections(server: Server, limits: GatewayLimits): void {
  server.headersTimeout = limits.headersMsMax;
  // The time of a whole request is none that fits both a query and an upload of gigabytes: bodies are asked for progress.
  server.requestTimeout = 0;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.timeout = limits.stalledMsMax;
  const waiting = waitingConnections(server, limits.connectionsMax);
  const bodies = bodyWatch(limits);
  server.once("close", bodies.stop);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    waiting.delete(socket);
    const body = bodies.begin(request, response);
    response.once("close", () => {
      if (body) bodies.end(body);
      if (!socket.destroyed) waiting.add(socket);
    });
  });
}

/** Connections without a request. Of more than `most` connections, the one that has waited longest makes room for a new one. */
function waitingConnections(server: Server, most: number): Set<Socket> {
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
  return waiting;
}

interface WatchedBody {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What its connection had brought at the begin of the window. */
  seenBytes: number;
  windowStartMs: number;
}

/** In how many steps a window is looked at: a body is given up within a quarter of a window more. */
const WINDOW_STEPS = 4;

/**
 * Ends requests whose bodies stop coming: in every window one must bring its least number of bytes, or end. Time in which
 * the service does not take what has come is not held against the caller. One timer looks after all of them.
 */
function bodyWatch(limits: Pick<GatewayLimits, "bodyWindowMs" | "bodyBytesLeast">) {
  const watched = new Set<WatchedBody>();
  const look = (): void => {
    const now = performance.now();
    for (const it of watched) {
      if (it.request.complete || it.request.destroyed) watched.delete(it);
      else if (now - it.windowStartMs >= limits.bodyWindowMs && isStalled(it, now, limits)) {
        watched.delete(it);
        sendError(it.response, bodyTooSlow(limits));
        it.request.socket.destroySoon();
      }
    }
  };
  const timer = setInterval(look, limits.bodyWindowMs / WINDOW_STEPS).unref();
  return {
    /** Undefined for a request without a body. */
    begin(request: IncomingMessage, response: ServerResponse): WatchedBody | undefined {
      const { headers, socket } = request;
      if (headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0) return undefined;
      const body = { request, response, seenBytes: socket.bytesRead, windowStartMs: performance.now() };
      watched.add(body);
      return body;
    },
    end: (body: WatchedBody): void => void watched.delete(body),
    stop: (): void => clearInterval(timer),
  };
}

/** True if a window brought too little; begins the next one. */
function isStalled(body: WatchedBody, now: number, limits: Pick<GatewayLimits, "bodyBytesLeast">): boolean {
  const { request } = body;
  const arrived = request.socket.bytesRead - body.seenBytes;
  body.seenBytes = request.socket.bytesRead;
  body.windowStartMs = now;
  const isWaitingForUs = request.readableLength >= request.readableHighWaterMark;
  return !isWaitingForUs && arrived < limits.bodyBytesLeast;
}

const bodyTooSlow = ({ bodyWindowMs, bodyBytesLeast }: Pick<GatewayLimits, "bodyWindowMs" | "bodyBytesLeast">) =>
  new DomainError(
    "deadline",
    "BODY_TOO_SLOW",
    `The body must bring ${bodyBytesLeast} bytes in every ${bodyWindowMs} ms, or end. Send it again.`,
  );
