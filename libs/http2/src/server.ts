import { createServer, type Server, type Socket } from "node:net";
import { totalmem } from "node:os";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./limits.ts";
import { everySoOften } from "./loop-looks.ts";
import type { RequestTakers } from "./request-takers.ts";
import { UnreadBudget } from "./unread-budget.ts";

export interface Http2ServerOptions extends RequestTakers {
  /** Of each connection. */
  readonly limits?: ConnectionLimits;
  /** What answers that nobody reads may take up, of all connections together. */
  readonly unreadBytesMax?: number;
}

const CONNECTIONS_MAX = 10_000;
/** A connection without a request for so long is closed. */
const IDLE_MS_MAX = 300_000;
/** An answer of which nothing is taken for so long is given up. */
const STALLED_MS_MAX = 300_000;
/** How often connections are asked whether somebody is there, and how long they may take to answer. */
const PING_MS = 60_000;
const PONG_MS_MAX = 20_000;
/** How long a connection may take to say its first words. */
const BEGIN_MS_MAX = 20_000;
/** Of all answers that wait to be read: an eighth of the memory. */
const UNREAD_BYTES_MAX = Math.floor(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 8);
/** How often they are looked at. */
const LOOK_MS = 10_000;

/** A server of HTTP/2 without TLS, for callers who know that it is one ("prior knowledge", RFC 9113, section 3.3). */
export class Http2Server {
  /** Listens and closes as the caller says. */
  readonly net: Server;
  readonly #connections = new Set<Connection>();
  readonly #unread: UnreadBudget;
  #isLeaving = false;

  constructor(options: Http2ServerOptions) {
    this.#unread = new UnreadBudget(options.unreadBytesMax ?? UNREAD_BYTES_MAX, () => this.#connections);
    const whole = { limits: CONNECTION_LIMITS, ...options, waits: (bytes: number) => this.#unread.added(bytes) };
    this.net = createServer({ noDelay: true }, (socket) => this.#add(socket, whole));
    this.net.maxConnections = CONNECTIONS_MAX;
    this.net.once(
      "close",
      everySoOften(LOOK_MS, () => this.look()),
    );
  }

  /** Lets every connection end what it has begun, those that still come included. */
  leave(): void {
    this.#isLeaving = true;
    for (const it of this.#connections) it.leave();
  }

  /** Cuts all connections. */
  destroy(): void {
    for (const it of this.#connections) it.destroy();
  }

  /**
   * Closes connections that nobody uses, and ends those whose other end is gone, and answers that nobody reads. Done by itself from time to
   * time.
   */
  look(nowMs = performance.now()): void {
    this.#unread.look();
    for (const it of this.#connections) {
      it.resetStalled(nowMs - STALLED_MS_MAX);
      const { askedAtMs, idleSinceMs } = it;
      if (!it.hasBegun) {
        if (nowMs - it.beganAtMs >= BEGIN_MS_MAX) it.destroy();
      } else if (askedAtMs !== undefined && nowMs - askedAtMs >= PONG_MS_MAX) it.destroy();
      else if (idleSinceMs !== undefined && nowMs - idleSinceMs >= IDLE_MS_MAX) it.leave();
      else if (askedAtMs === undefined && nowMs - it.heardAtMs >= PING_MS) it.ask();
    }
  }

  #add(socket: Socket, options: ConnectionOptions): void {
    const connection = new Connection(socket, options);
    this.#connections.add(connection);
    socket.once("close", () => this.#connections.delete(connection));
    if (this.#isLeaving) connection.leave();
  }
}
