import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CALLER_SESSION } from "@throughline/kernel";
import { badPlan } from "../errors.ts";

/** Where a Spark Connect server is, and as whom it is called. */
export interface SparkAddress {
  /** `http://host:port`, or `https://` with TLS. */
  readonly baseUrl: string;
  readonly userId: string;
  readonly token: string | undefined;
  /** True if it is on this machine, as far as its name tells. */
  readonly isLoopback: boolean;
}

const PORT = 15_002;
const PARAMETERS = ["use_ssl", "token", "user_id"];

/**
 * Reads Spark's own connection string, `sc://host[:port]/;use_ssl=true;token=...;user_id=...`. Of its parameters these three
 * are known; a token goes over TLS only, unless the host is this machine. Fails with TABLE_BAD_PLAN.
 */
export function sparkAddress(url: string): SparkAddress {
  const found = /^sc:\/\/(\[[0-9a-fA-F:.]+\]|[^/:;@\s]+)(?::(\d{1,5}))?(?:\/(.*))?$/.exec(url);
  if (!found) throw badPlan("url", "it is not of the form sc://host:port/;parameter=value");
  const [, host = "", port = String(PORT), tail = ""] = found;
  const pairs = tail.split(";").filter((it) => it !== "");
  const parameters = new Map(pairs.map((it) => [it.slice(0, it.indexOf("=")), it.slice(it.indexOf("=") + 1)]));
  const strange = pairs.map((it) => it.split("=")[0] ?? "").find((it) => !PARAMETERS.includes(it));
  if (strange !== undefined) throw badPlan("url", `it has the unknown parameter "${strange}"`);
  const token = parameters.get("token");
  const isSecure = parameters.get("use_ssl") === "true" || (token !== undefined && !isLoopback(host));
  return {
    baseUrl: `${isSecure ? "https" : "http"}://${host}:${port}`,
    userId: parameters.get("user_id") ?? "throughline",
    token,
    isLoopback: isLoopback(host),
  };
}

const isLoopback = (host: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(host);

/** A message holds a batch of rows, which Spark keeps below 4 MiB unless one row is larger. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** A silent connection is probed after so long; some ten probes without an answer end it. */
const KEEP_ALIVE_MS = 20_000;

/** The connection, which is made when it is needed and again after it broke. */
export function sparkTransport({ baseUrl, token }: SparkAddress): Transport {
  const withToken: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createGrpcTransport({
    baseUrl,
    readMaxBytes: MESSAGE_BYTES_MAX,
    writeMaxBytes: MESSAGE_BYTES_MAX,
    // Without this a connection whose other end is gone looks like a long job. Pings of HTTP/2 would tell as well, but a server
    // that halts for longer than they wait ends this process: connect-node 2.2.0 leaves their error without a listener.
    nodeOptions: { ...CALLER_SESSION, createConnection: watchedSocket },
    interceptors: token === undefined ? [] : [withToken],
  });
}

function watchedSocket({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, "");
  const place = { host, port: Number(port), keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (protocol === "http:") return connectTcp(place);
  return connectTls({ ...place, ALPNProtocols: ["h2"], ...(isIP(host) === 0 ? { servername: host } : {}) });
}
