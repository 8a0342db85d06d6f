import { request as httpRequest, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { inMemoryTransport, mount } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests, reasonIn } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests();
});

async function newRun({ call }: GatewayForTests): Promise<string> {
  const experiment = await call("POST", "/v1/projects/p/experiments", {
    experiment: { displayName: String(Math.random()) },
  });
  return (await call("POST", "/v1/projects/p/runs", { run: { experiment: experiment.json.experiment.name } })).json.run
    .name;
}

const open = (port: number, path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    httpRequest({ host: "127.0.0.1", port, path, agent: false }, resolve).once("error", reject).end();
  });

/** The values of a stream of lines, as they come. */
async function* linesOf(answer: IncomingMessage) {
  for await (const line of createInterface({ input: answer })) yield JSON.parse(line);
}

describe("a watch over REST", () => {
  test("brings every change as a line, and ends with the run", async () => {
    const name = await newRun(gateway);
    const answer = await open(gateway.port, `/v1/${name}:watch`);
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
    const states: string[] = [];
    for await (const { result } of linesOf(answer)) {
      states.push(result.run.state);
      if (states.length === 1)
        await gateway.call("PATCH", `/v1/${name}`, { run: { state: "RUN_STATE_FINISHED" }, updateMask: "state" });
    }
    expect(states).toEqual(["RUN_STATE_RUNNING", "RUN_STATE_FINISHED"]);
  });

  test("has an answer of its own when it fails before the first line", async () => {
    const answer = await gateway.send({ path: "/v1/projects/p/runs/absent:watch" });
    expect([answer.status, reasonIn(answer)]).toEqual([404, "NOT_FOUND"]);
  });

  test("that nothing happens on is ended with a line that says so", async () => {
    const quick = await gatewayForTests({ limits: { streamIdleMsMax: 50 } });
    const lines = await Array.fromAsync(linesOf(await open(quick.port, `/v1/${await newRun(quick)}:watch`)));
    expect(lines.map((it) => it.error?.details[0].reason)).toEqual([undefined, "STREAM_IDLE"]);
    expect(lines[1].error).toMatchObject({ code: 504, status: "DEADLINE_EXCEEDED" });
  });

  test("is told when the gateway stops, over REST and Connect, and does not hold the stop up", async () => {
    const stopping = await gatewayForTests();
    const name = await newRun(stopping);
    const lines = linesOf(await open(stopping.port, `/v1/${name}:watch`));
    expect((await lines.next()).value.result.run.name).toBe(name);
    const client = createClient(TrackingService, createConnectTransport({ baseUrl: stopping.url }));
    const watch = client.watchRun({ name })[Symbol.asyncIterator]();
    expect((await watch.next()).value?.run?.name).toBe(name);
    const ends = Promise.all([lines.next(), watch.next().catch((error: unknown) => ConnectError.from(error).code)]);
    await stopping.stop(60_000);
    const [line, code] = await ends;
    expect([line.value.error.status, code]).toEqual(["UNAVAILABLE", Code.Unavailable]);
  });
});

describe("a service that can be looked into", () => {
  const signals: AbortSignal[] = [];
  const digest = `sha256:${"a".repeat(64)}`;
  const aborted = async (): Promise<void> => {
    for (;;) {
      const last = signals.at(-1);
      if (last?.aborted) return;
      await new Promise<void>((resolve) =>
        last ? last.addEventListener("abort", () => resolve()) : setImmediate(resolve),
      );
    }
  };
  const forever = (context: HandlerContext): Promise<never> => {
    signals.push(context.signal);
    return new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  let watched: GatewayForTests;
  beforeAll(async () => {
    const tracking = inMemoryTransport([
      mount(TrackingService, {
        getRun: (_request: unknown, context: HandlerContext) => forever(context),
        async *watchRun(_request: unknown, context: HandlerContext) {
          yield { run: { name: "projects/p/runs/r" } };
          await forever(context);
        },
      } as never),
      mount(ArtifactService, {
        getArtifact: () => ({ artifact: { digest, sizeBytes: 100n } }),
        async *downloadArtifact() {
          yield { data: Buffer.alloc(50) };
          // The first bytes are on their way before the failure.
          for (let i = 0; i < 10; i++) await new Promise(setImmediate);
          throw new ConnectError("the disk broke", Code.DataLoss);
        },
        uploadArtifact: (requests: AsyncIterable<unknown>, context: HandlerContext) => {
          void requests[Symbol.asyncIterator]().next();
          return forever(context);
        },
      } as never),
    ]);
    watched = await gatewayForTests({ transports: { tracking } });
  });

  test.each(["/v1/projects/p/runs/r", "/v1/projects/p/runs/r:watch"])(
    "ends its work when the caller of %s goes away",
    async (path) => {
      const before = signals.length;
      const sent = httpRequest({ host: "127.0.0.1", port: watched.port, path, agent: false }).on("error", () => {});
      sent.end();
      while (signals.length === before) await new Promise(setImmediate);
      sent.destroy();
      await aborted();
    },
  );

  test("ends its work when the caller of an upload goes away", async () => {
    const before = signals.length;
    const headers = { "content-type": "application/octet-stream", "content-length": 1_000_000 };
    const options = { host: "127.0.0.1", port: watched.port, method: "POST", headers, agent: false };
    const sent = httpRequest({ ...options, path: "/v1/projects/p/artifacts:upload" }).on("error", () => {});
    sent.write(Buffer.alloc(1_000));
    while (signals.length === before) await new Promise(setImmediate);
    sent.destroy();
    await aborted();
  });

  test("breaks a download off if it fails in the middle, so that nobody takes it for whole", async () => {
    const answer = await open(watched.port, `/v1/projects/p/artifacts/${digest}:download`);
    expect([answer.statusCode, answer.headers["content-length"]]).toEqual([200, "100"]);
    await expect(Array.fromAsync(answer)).rejects.toThrow("aborted");
  });
});
