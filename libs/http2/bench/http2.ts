/**
 * What a request and its answer cost over this library, over `node:http2` and over HTTP/1.1 of `node:http`: a small body each way, as a unary
 * call of gRPC has it, asked by `h2load` (of nghttp2), which must be in PATH.
 *
 * Each server is a process of its own, asked in turn; the medians of the rounds are printed. `--seconds 2 --rounds 3` are the defaults.
 */
import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Http2Server } from "../src/index.ts";

const BODY = Buffer.alloc(17);
const TYPE = "application/grpc+proto";
const KINDS = ["ours", "node:http2", "node:http"] as const;
type Kind = (typeof KINDS)[number];

const SERVERS: Readonly<Record<Kind, () => Server>> = {
  ours() {
    const head = [
      { name: ":status", value: "200" },
      { name: "content-type", value: TYPE, isRemembered: true },
    ];
    const trailers = [{ name: "grpc-status", value: "0", isRemembered: true }];
    return new Http2Server({
      onStream(stream) {
        stream.taker = {
          data: (piece) => stream.consumed(piece.byteLength),
          end() {
            stream.respond(head);
            stream.end(BODY, trailers);
          },
          drained() {},
          closed() {},
        };
      },
    }).net;
  },
  "node:http2"() {
    const server = createHttp2Server({ settings: { maxConcurrentStreams: 128 } });
    server.on("connection", (it) => it.setNoDelay(true));
    server.on("stream", (stream) => {
      stream.on("data", () => {});
      stream.on("end", () => {
        stream.respond([":status", "200", "content-type", TYPE], { waitForTrailers: true, sendDate: false });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(BODY);
      });
    });
    return server;
  },
  "node:http": () =>
    createServer((request, response) => {
      request.on("data", () => {});
      request.on("end", () => {
        response.writeHead(200, { "content-type": TYPE, "content-length": BODY.byteLength });
        response.end(BODY);
      });
    }),
};

async function serve(kind: Kind): Promise<void> {
  const server = SERVERS[kind]();
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.once("disconnect", () => process.exit());
}

interface Running {
  readonly kind: Kind;
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(kind: Kind): Promise<Running> {
  const child = fork(import.meta.filename, ["--serve", kind]);
  const [port] = await once(child, "message");
  return { kind, child, port };
}

async function cpuMicros(child: ChildProcess): Promise<number> {
  const told = once(child, "message");
  child.send("cpu");
  const [{ user, system }] = await told;
  return user + system;
}

/** How many ask at the same time: `streams` on each of `connections`. */
interface Callers {
  readonly connections: number;
  readonly streams: number;
}

async function micros(running: Running, { connections, streams }: Callers, load: Load): Promise<number> {
  const { kind, child, port } = running;
  const before = await cpuMicros(child);
  const flags = [
    "-t1",
    `-c${connections}`,
    `-m${streams}`,
    "-D",
    load.seconds,
    "-d",
    load.body,
    "-H",
    `content-type: ${TYPE}`,
  ];
  const version = kind === "node:http" ? ["--h1"] : [];
  const { stdout } = await promisify(execFile)("h2load", [...version, ...flags, `http://127.0.0.1:${port}/`]);
  const [, requests = "0"] = /(\d+) succeeded, 0 failed/.exec(stdout) ?? [];
  if (requests === "0") throw new Error(`h2load failed:\n${stdout}`);
  return ((await cpuMicros(child)) - before) / Number(requests);
}

interface Load {
  readonly seconds: string;
  readonly body: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function main(seconds: string, rounds: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-http2-bench-"));
  const load = { seconds, body: join(dir, "body") };
  writeFileSync(load.body, Buffer.alloc(60));
  const running = await Promise.all(KINDS.map(start));
  try {
    const rows = [];
    for (const callers of [
      [1, 1],
      [1, 16],
      [16, 1],
      [32, 1],
    ].map(([connections = 1, streams = 1]) => ({ connections, streams }))) {
      const seen = new Map<Kind, number[]>(KINDS.map((it) => [it, []]));
      // The first round is for V8 to compile.
      for (let round = -1; round < rounds; round++)
        for (const it of running) {
          if (it.kind === "node:http" && callers.streams > 1) continue;
          const cost = await micros(it, callers, load);
          if (round >= 0) seen.get(it.kind)?.push(cost);
        }
      const costs = [...seen.entries().filter(([, values]) => values.length > 0)].map(([kind, values]) => [
        `${kind}, µs`,
        Math.round(median(values) * 10) / 10,
      ]);
      rows.push({ ...callers, ...Object.fromEntries(costs) });
    }
    console.table(rows);
  } finally {
    for (const { child } of running) child.disconnect();
    rmSync(dir, { recursive: true, force: true });
  }
}

const { values: flags } = parseArgs({
  options: {
    serve: { type: "string" },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
  },
});
if (flags.serve) await serve(flags.serve as Kind);
else await main(flags.seconds, Number(flags.rounds));
