import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire between a browser and a server on this machine that can be cut and mended. */
export interface Wire {
  readonly port: number;
  /** Ends every connection and refuses new ones, as if the server were gone. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Lays a wire. `target` says to which port of this machine, once it is known. */
export async function layWire(target: () => number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // The other end goes down with this one; how it broke does not matter.
    socket.on("error", () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(target(), "127.0.0.1");
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      keep(socket);
      socket.on("close", () => other.destroy());
      socket.pipe(other);
    }
  });
  const listen = async (port: number): Promise<number> => {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      await listen(port);
    },
  };
}
