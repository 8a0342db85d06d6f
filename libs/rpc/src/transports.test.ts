import { createServer } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { expect, test } from "vitest";
import { reasonOf } from "./errors.ts";
import { grpcTransport } from "./transports.ts";

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("a service that is away is named, and its inner address is not", async () => {
  const port = await closedPort();
  const tracking = createClient(TrackingService, grpcTransport(`http://127.0.0.1:${port}`));
  const calls = [
    tracking.getRun({ name: "projects/default/runs/a" }),
    Array.fromAsync(tracking.watchRun({ name: "projects/default/runs/a" })),
  ];
  for (const call of calls) {
    const error = ConnectError.from(await call.catch((it: unknown) => it));
    expect([error.code, reasonOf(error)]).toEqual([Code.Unavailable, "SERVICE_AWAY"]);
    expect(error.rawMessage).toContain("throughline.tracking.v1.TrackingService");
    expect(error.rawMessage).not.toContain(String(port));
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
  }
});
