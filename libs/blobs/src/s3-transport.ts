import http from "node:http";
import https from "node:https";
import { LIMITS } from "@throughline/kernel";

/** Until the server begins to answer, or between two pieces of what we send. */
const ANSWER_MS_MAX = 30_000;
/** Connections per store; more calls wait for one. */
const CONNECTIONS_MAX = 64;

/** How the S3 client reaches its server, and the end of it. */
export interface S3Transport {
  readonly transport: Pick<typeof http, "request">;
  readonly transportAgent: http.Agent;
}

/**
 * The client has no time limits, and leaves the body of an answer that it takes for a failure unread, which would hold the
 * connection for ever. This transport adds both.
 */
export function s3Transport(tls: boolean): S3Transport {
  const { request, Agent } = tls ? https : http;
  const send = (options: http.RequestOptions, onResponse?: (response: http.IncomingMessage) => void) => {
    const sent = request(options, (response) => {
      sent.setTimeout(LIMITS.streamIdleMsMax);
      if (isFailureToTheClient(response.statusCode ?? 0)) response.resume();
      onResponse?.(response);
    });
    sent.setTimeout(ANSWER_MS_MAX);
    sent.on("timeout", () => sent.destroy(new Error("the server was silent for too long")));
    return sent;
  };
  return {
    transport: { request: send as typeof http.request },
    transportAgent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX }),
  };
}

/** The statuses for which the client throws without reading the answer. */
const isFailureToTheClient = (status: number): boolean => [408, 429, 499, 500, 502, 503, 504, 520].includes(status);
