import { createServer, type Server } from "node:net";
import type { Address } from "@throughline/rpc";

/**
 * Loopback ports that nobody listens on right now. Another process may take one before it is used; whoever binds it then
 * fails with its own message.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held before any is let go, so that none is given twice.
  const held = await Promise.all(Array.from({ length: count }, () => listen({ host: "127.0.0.1", port: 0 })));
  const ports = held.map(portOf);
  await Promise.all(held.map(letGo));
  return ports;
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
