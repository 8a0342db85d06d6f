import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import type { Address } from "@throughline/rpc";

/** Below the ports that Linux gives to connections and to whoever asks for any port, which would be taken at any moment. */
const PORTS = { first: 20_000, end: 32_768 } as const;
const ATTEMPTS_MAX = 1_000;

/**
 * Loopback ports that nobody listens on right now. Another process may take one before it is used; whoever binds it then
 * fails with its own message.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held before any is let go, so that none is given twice.
  const held: Server[] = [];
  try {
    for (let attempt = 0; held.length < count && attempt < ATTEMPTS_MAX; attempt++) {
      const server = await listen({ host: "127.0.0.1", port: randomInt(PORTS.first, PORTS.end) }).catch(
        () => undefined,
      );
      if (server) held.push(server);
    }
    if (held.length < count)
      throw new Error(`there are no ${count} free ports from ${PORTS.first} to ${PORTS.end - 1}`);
    return held.map(portOf);
  } finally {
    await Promise.all(held.map(letGo));
  }
}

/** Fails in words that name the flag if the address cannot be bound. */
export async function checkAddress(flag: string, address: Address): Promise<void> {
  const server = await listen(address).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${flag} ${address.host}:${address.port}: ${reasonOf(error)}`, { cause: error });
  });
  await letGo(server);
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE")
    return "another program listens there. Is the platform running already? Name another port, or 0 for a free one.";
  if (error.code === "EADDRNOTAVAIL") return "this machine does not have that address";
  if (error.code === "EACCES") return "this user may not listen there: take a port above 1023";
  return error.message;
}

function listen({ host, port }: Address): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

const letGo = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
