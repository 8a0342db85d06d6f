import { lookup as lookUp } from "node:dns/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { isPublicAddress } from "./public-address.ts";
import type { WebhookTarget } from "./webhook-address.ts";

/** Finds the IP addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Asks the name service of this machine. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookUp(hostname, { all: true, verbatim: true })).map((it) => it.address);

/** What came back: a status that is never followed elsewhere, and the beginning of the answer. */
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PostOptions {
  readonly resolve: Resolve;
  /** From the look-up of the name to the end of the answer. */
  readonly timeoutMs: number;
  /** So much of the answer is read; the rest is never received. */
  readonly answerBytesMax: number;
}

/** What is sent. */
export interface Post {
  readonly target: WebhookTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal;
}

/**
 * Sends one POST. The name is looked up once, each of its addresses is checked, and the connection is made to one of
 * those; the address that the socket has in the end is checked again before anything is sent. Fails with an Error that says
 * why nothing came back.
 */
export async function guardedPost({ target, headers, body, signal }: Post, options: PostOptions): Promise<PostAnswer> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const ending = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const addresses = await addressesOf(target, options.resolve, ending);
  const { url, allowed } = target;
  const bytes = Buffer.from(body);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const sent = send(url, {
    method: "POST",
    headers: { ...headers, "content-length": String(bytes.length), connection: "close" },
    agent: false,
    lookup: pinned(addresses),
    signal: ending,
    maxHeaderSize: 16 * 1024,
  });
  try {
    await connected(sent, allowed);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve);
      sent.once("error", reject);
      sent.end(bytes);
    });
    return { status: answer.statusCode ?? 0, body: await beginningOf(answer, options.answerBytesMax) };
  } catch (error) {
    throw deadline.aborted ? new Error(`nothing came back within ${options.timeoutMs} ms`, { cause: error }) : error;
  } finally {
    sent.destroy();
  }
}

async function addressesOf(target: WebhookTarget, resolve: Resolve, ending: AbortSignal): Promise<readonly string[]> {
  const { hostname, allowed } = target;
  const found = isIP(hostname) > 0 ? [hostname] : await Promise.race([resolve(hostname), abortOf(ending)]);
  if (found.length === 0) throw new Error(`${hostname} has no address`);
  const inner = allowed ? undefined : found.find((it) => !isPublicAddress(it));
  if (inner !== undefined) throw new Error(`${hostname} has the address ${inner}, which is not a public one`);
  return found;
}

const abortOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** Gives the addresses that were checked, whatever the name means by now. */
const pinned =
  (addresses: readonly string[]): LookupFunction =>
  (_hostname, { all }, answer) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    if (all) return answer(null, found);
    const [first] = found;
    return first ? answer(null, first.address, first.family) : answer(new Error("there is no address"), "", 0);
  };

/** Resolves once a connection to an address that may be reached is there. Nothing was sent until then. */
function connected(sent: ClientRequest, allowed: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (socket: Socket): void => {
      const address = socket.remoteAddress ?? "";
      if (allowed || isPublicAddress(address)) resolve();
      else {
        socket.destroy();
        reject(new Error(`the connection leads to ${address || "nowhere"}, which is not a public address`));
      }
    };
    sent.once("error", reject);
    sent.once("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => check(socket));
      else check(socket);
    });
  });
}

async function beginningOf(answer: IncomingMessage, bytesMax: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length >= bytesMax) break;
  }
  return Buffer.concat(pieces).subarray(0, bytesMax).toString("utf8");
}
