import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** What happens to one call: it goes through, is answered with 503, loses its answer halfway, or waits for ever. */
export type Fault = "pass" | "slow down" | "cut" | "stall";

/** A proxy on loopback in front of a real server. */
export interface FaultProxy {
  readonly port: number;
  close(): void;
}

/** Starts a proxy that asks `decide` about every call. The Host header stays, since it is part of the signature. */
export async function startFaultProxy(
  target: number,
  decide: (method: string, path: string) => Fault,
): Promise<FaultProxy> {
  const server = createServer((incoming, outgoing) => {
    const fault = decide(incoming.method ?? "", incoming.url ?? "");
    if (fault === "stall") return;
    if (fault === "slow down") {
      incoming.resume();
      outgoing.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
      return;
    }
    forward({ target, incoming, outgoing, cut: fault === "cut" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return {
    port: address.port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Forwarded {
  readonly target: number;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly cut: boolean;
}

function forward({ target, incoming, outgoing, cut }: Forwarded): void {
  const { method, url, headers } = incoming;
  const sent = request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    if (cut) answer.once("data", (piece: Buffer) => outgoing.write(piece, () => outgoing.destroy()));
    else answer.pipe(outgoing);
  });
  sent.on("error", () => outgoing.destroy());
  incoming.pipe(sent);
}
