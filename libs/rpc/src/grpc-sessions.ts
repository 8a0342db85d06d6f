import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";

/** A connection without a call for so long is closed. */
const IDLE_MS_MAX = 300_000;
/** How often connections are asked whether somebody is there, and how long they may take to answer. */
const PING_MS = 60_000;
const PONG_MS_MAX = 20_000;
/** How often they are looked at. */
const LOOK_MS = 10_000;
/** Pings and settings between two looks. Callers that measure their line ping once a round trip, and send settings once. */
const PINGS_MAX = 50_000;
const SETTINGS_MAX = 100;

interface Watched {
  streams: number;
  idleSinceMs: number;
  askedMs: number;
  /** Since it was looked at last. */
  pings: number;
  settings: number;
  /** The same for all streams, which stay longer than they are needed (grpc-stream.ts). */
  readonly streamClosed: () => void;
}

/** The connections of a server: closes those that nobody uses, and ends those whose other end is gone or that only make work. */
export interface Sessions {
  /** Takes no more calls; connections close when theirs have ended. */
  close(): void;
  /** Ends everything at once. */
  destroy(): void;
}

export function watchSessions(server: Http2Server): Sessions {
  const sessions = new Map<ServerHttp2Session, Watched>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [session, it] of sessions) {
      it.pings = 0;
      it.settings = 0;
      if (it.streams === 0 && now - it.idleSinceMs >= IDLE_MS_MAX) session.close();
      else if (now - it.askedMs >= PING_MS) ask(session, it);
    }
  }, LOOK_MS).unref();
  server.on("session", (session) => {
    const now = performance.now();
    const watched: Watched = {
      ...{ streams: 0, idleSinceMs: now, askedMs: now, pings: 0, settings: 0 },
      streamClosed() {
        watched.streams -= 1;
        watched.idleSinceMs = performance.now();
      },
    };
    sessions.set(session, watched);
    session.on("ping", () => {
      watched.pings += 1;
      if (watched.pings > PINGS_MAX) calm(session);
    });
    session.on("remoteSettings", () => {
      watched.settings += 1;
      if (watched.settings > SETTINGS_MAX) calm(session);
    });
    // A session that fails is closed by that.
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream: ServerHttp2Stream) => {
    const watched = stream.session && sessions.get(stream.session as ServerHttp2Session);
    if (!watched) return;
    watched.streams += 1;
    stream.on("close", watched.streamClosed);
  });
  server.once("close", () => clearInterval(timer));
  return {
    close() {
      for (const it of sessions.keys()) it.close();
    },
    destroy() {
      for (const it of sessions.keys()) it.destroy();
    },
  };
}

/** Closes a connection that does nothing but to keep us busy. */
const calm = (session: ServerHttp2Session): void => session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);

function ask(session: ServerHttp2Session, watched: Watched): void {
  watched.askedMs = performance.now();
  const timer = setTimeout(() => session.destroy(), PONG_MS_MAX);
  timer.unref();
  const isAsked = !session.destroyed && !session.closed && session.ping(() => clearTimeout(timer));
  if (!isAsked) clearTimeout(timer);
}
