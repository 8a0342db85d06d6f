import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Crowd, DomainError, type Member } from "@throughline/kernel";
import type { GatewayResponse, GatewayServer } from "./gateway-response.ts";
import { sendError } from "./http-error.ts";
import type { GatewayLimits } from "./limits.ts";

/** Gives a server its time limits, and keeps connections that say nothing from shutting others out. */
export function limitConnections(server: GatewayServer, limits: GatewayLimits): void {
  server.headersTimeout = limits.headersMsMax;
  // The time of a whole request is none that fits both a query and an upload of gigabytes: bodies are asked for progress.
  server.requestTimeout = 0;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.timeout = limits.stalledMsMax;
  const waiting = waitingConnections(server, limits.connectionsMax);
  const bodies = bodyWatch(limits);
  server.once("close", bodies.stop);
  server.on("request", (request: IncomingMessage, response: GatewayResponse) => {
    const { socket } = request;
    waiting.leave(socket);
    const body = bodies.begin(request, response);
    response.whenOver(() => {
      if (body) bodies.end(body);
      waiting.begin(socket);
    });
  });
}

/** Connections without a request. Of more than `most` connections, the one that has waited longest makes room for a new one. */
function waitingConnections(server: GatewayServer, most: number): WaitingConnections {
  /** By connection when it began to wait, as a number that rises; 0 while it does not. */
  const open = new Map<Socket, number>();
  let turn = 0;
  server.on("connection", (socket: Socket) => {
    socket.once("close", () => open.delete(socket));
    open.set(socket, ++turn);
    if (open.size > most) longestWaiting(open)?.destroy();
  });
  return {
    begin(socket) {
      if (open.has(socket)) open.set(socket, ++turn);
    },
    leave(socket) {
      if (open.has(socket)) open.set(socket, 0);
    },
  };
}

interface WaitingConnections {
  /** The connection has no request any more. */
  begin(socket: Socket): void;
  leave(socket: Socket): void;
}

function longestWaiting(open: ReadonlyMap<Socket, number>): Socket | undefined {
  let found: Socket | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [socket, since] of open) {
    if (since === 0 || since >= least || socket.destroyed) continue;
    found = socket;
    least = since;
  }
  return found;
}

interface WatchedBody extends Member {
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
  const watched = new Crowd<WatchedBody>();
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
      const body = { request, response, seenBytes: socket.bytesRead, windowStartMs: performance.now(), place: -1 };
      watched.add(body);
      return body;
    },
    end: (body: WatchedBody): void => watched.delete(body),
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
