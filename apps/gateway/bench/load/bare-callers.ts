import { connect, type Socket } from "node:net";
import { type Loaded, percentile } from "./closed-loop.ts";

/** How requests and answers stand on a connection. Requests are made once, and differ in a few bytes: a caller costs next to nothing. */
export interface Wire {
  /** Said first on each connection. */
  readonly greeting: Uint8Array;
  /** The bytes of a connection's call number `call`, from 0 on; `number` is sent with it. */
  request(call: number, number: number): Uint8Array;
  /** Reads whole answers, tells which calls they end, and gives back what is left. Fails for one that is not good. */
  read(bytes: Buffer, ended: (call: number) => void, say: (bytes: Uint8Array) => void): Buffer;
}

export interface BareLoad {
  readonly port: number;
  readonly callers: number;
  readonly connections: number;
  readonly forMs: number;
}

/** What callers have seen. */
export type BareLoaded = Pick<Loaded, "jobs" | "seconds"> & { readonly p50Ms: number; readonly p99Ms: number };

/** Of the next call, of all that are ever made: nine digits. */
let number = 300_000_000;

/** Has callers send one call after the other, each with another number, shared evenly among the connections. */
export async function callBarely(
  wireOf: () => Wire,
  { port, callers, connections, forMs }: BareLoad,
): Promise<BareLoaded> {
  const took: number[] = [];
  const startMs = performance.now();
  const lines = Array.from({ length: connections }, () => callOn(connect(port, "127.0.0.1").setNoDelay(true)));
  await Promise.all(lines);
  const seconds = (performance.now() - startMs) / 1_000;
  const sorted = took.sort((a, b) => a - b);
  return { jobs: sorted.length, seconds, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };

  function callOn(socket: Socket): Promise<void> {
    const wire = wireOf();
    return new Promise((resolve, reject) => {
      const begunMs: number[] = [];
      let [atWork, next] = [0, 0];
      let rest: Buffer = Buffer.alloc(0);
      let out: Uint8Array[] = [wire.greeting];
      const begin = (nowMs: number): void => {
        begunMs[next] = nowMs;
        out.push(wire.request(next++, number++));
        atWork += 1;
      };
      const say = (bytes: Uint8Array): void => void out.push(bytes);
      const flush = (): void => {
        if (out.length > 0) socket.write(Buffer.concat(out));
        out = [];
      };
      const take = (piece: Buffer): void => {
        const nowMs = performance.now();
        const ended = (call: number): void => {
          took.push(nowMs - (begunMs[call] ?? nowMs));
          atWork -= 1;
          if (nowMs - startMs < forMs) begin(nowMs);
        };
        rest = wire.read(rest.byteLength === 0 ? piece : Buffer.concat([rest, piece]), ended, say);
        flush();
        if (atWork > 0) return;
        socket.destroy();
        resolve();
      };
      socket.once("connect", () => {
        for (let i = 0; i < callers / connections; i++) begin(performance.now());
        flush();
      });
      socket.on("data", (piece: Buffer) => {
        try {
          take(piece);
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
      socket.once("error", reject).once("close", () => reject(new Error("the connection ended early")));
    });
  }
}
