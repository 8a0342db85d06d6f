import { fork } from "node:child_process";
import { once } from "node:events";
// By path: what every bench over HTTP loads servers with.
import { cpuSeconds } from "../../../gateway/bench/load/process-cost.ts";
import { type Case, checkedRest } from "./cases.ts";
import { checkedGrpc } from "./grpc.ts";
import type { Ours } from "./ours.ts";
import type { Peer } from "./peer.ts";

/** The platform's HTTP server without a platform, which answers what ours answered: nothing on it can be faster. */
export interface Floor extends Peer {
  readonly grpcPort: number;
}

/** Starts a server that has the answers of `ours` to a request of a case, and no more. */
export async function startFloor(it: Case, ours: Ours, rows: number): Promise<Floor> {
  const rest = await checkedRest(it, rows, ours.target);
  const grpc = await checkedGrpc({ case: it, rows, port: ours.grpcPort, method: "ReadColumns" });
  const child = fork(new URL("./floor-server.ts", import.meta.url), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  process.once("exit", () => child.kill());
  child.send({ rest: rest.toString("base64"), grpc: grpc.toString("base64") });
  const [ports] = (await once(child, "message")) as [{ readonly http: number; readonly grpc: number }];
  return {
    name: "floor",
    target: { host: "127.0.0.1", port: ports.http, quickAck: false },
    grpcPort: ports.grpc,
    materializedPerSecond: 0,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}
