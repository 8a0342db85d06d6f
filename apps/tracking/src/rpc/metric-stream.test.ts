import { connect, createServer, type Server, type Socket } from "node:net";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import {
  type LogMetricsRequestSchema,
  TrackingService,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { fromMs, type GrpcServer, grpcTransport, guard, serveGrpc, trustLocalCallers } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServiceForTests, serviceForTests } from "../testing-service.ts";

type Message = MessageInitShape<typeof LogMetricsRequestSchema>;

/** A way to the server that can be cut like a cable. */
interface Line {
  readonly url: string;
  /** Ends every connection, whatever is under way on it. */
  cut(): void;
  close(): void;
}

async function lineTo(port: number): Promise<Line> {
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => void open.delete(socket));
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (): void => open.forEach((socket) => void socket.destroy());
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    close() {
      server.close();
      cut();
    },
  };
}

for (const database of everyDatabase()) {
  describe(`LogMetrics over gRPC on ${database.name}`, () => {
    let it: ServiceForTests;
    let grpc: GrpcServer;
    let line: Line;
    let client: Client<typeof TrackingService>;

    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
      const mounts = it.service.mounts.map((mount) =>
        guard(mount, { authenticate: trustLocalCallers, observe: () => ({ bug: () => {}, end: () => {} }) }),
      );
      grpc = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
      line = await lineTo(grpc.port);
      client = createClient(TrackingService, grpcTransport(line.url));
    });
    afterAll(async () => {
      line.close();
      await grpc.stop(1_000);
      await it.close();
    });

    const newRun = async (): Promise<string> => {
      const parent = "projects/p";
      const experiment = { displayName: `e${Math.random()}` };
      const created = await it.tracking.createExperiment({ parent, experiment });
      const run = { experiment: created.experiment?.name ?? "" };
      return (await it.tracking.createRun({ parent, run })).run?.name ?? "";
    };
    const messageOf = (sequence: number, { points = 3, round = 0 } = {}): Message => ({
      sequence: BigInt(sequence),
      metrics: Array.from({ length: points }, (_, i) => ({
        key: "loss",
        value: round,
        step: BigInt(sequence * points + i),
        time: fromMs(1),
      })),
    });

    test("a sender whose line is cut again and again resumes, and every point is there once and in order", async () => {
      const run = await newRun();
      const last = 300;
      let [acknowledged, cuts] = [0, 0];
      while (acknowledged < last) {
        const from = acknowledged;
        let isCut = false;
        async function* messages(): AsyncGenerator<Message> {
          yield { run, streamId: "s" };
          // Some are stored, and their answers were lost. Sent again they differ, so that they would be other points.
          for (let sequence = from + 1; sequence <= last; sequence++) {
            // Few at a time, so that there are many answers to lose.
            while (sequence - acknowledged > 10 && !isCut) await new Promise((resolve) => setImmediate(resolve));
            if (isCut) return;
            yield messageOf(sequence, { round: cuts });
          }
        }
        try {
          let answers = 0;
          for await (const answer of client.logMetrics(messages())) {
            acknowledged = Math.max(acknowledged, Number(answer.acknowledgedSequence));
            answers += 1;
            if (answers === 3 && cuts < 8) {
              cuts += 1;
              isCut = true;
              line.cut();
            }
          }
        } catch {
          // The line was cut: the next round asks how far the stream is.
        }
      }
      expect(cuts).toBe(8);
      const { metrics } = await it.tracking.getMetricHistory({ run, key: "loss", pageSize: 1_000 });
      const sent = Array.from({ length: last }, (_, i) => messageOf(i + 1).metrics ?? []).flat();
      expect(metrics.map(({ step }) => step)).toEqual(sent.map(({ step }) => step));
      const rounds = metrics.map(({ value }) => value);
      expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    });

    test("a sender is held back while its messages are stored", async () => {
      const run = await newRun();
      let asked = 0;
      async function* messages(): AsyncGenerator<Message> {
        yield { run, streamId: "s" };
        for (asked = 1; asked <= 100; asked++) yield messageOf(asked, { points: 5_000 });
      }
      const answers: number[] = [];
      let askedAtFirst = 0;
      for await (const { acknowledgedSequence } of client.logMetrics(messages())) {
        answers.push(Number(acknowledgedSequence));
        if (answers.length === 2) {
          askedAtFirst = asked;
          break;
        }
      }
      expect(answers[0]).toBe(0);
      expect(answers[1]).toBeLessThan(5);
      expect(askedAtFirst).toBeLessThan(50);
    });
  });
}
