import { execFile } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serverProgramsDir } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Http2Server } from "./index.ts";
import type { ServerStream } from "./stream.ts";

/**
 * Every case of h2spec: its own of streams and frames, RFC 7540's section by section, and RFC 7541's. This is the newest version that Go installs
 * by name; the last one has one case more, of an index beyond the tables, which hpack/decoder.test.ts has too.
 */
const SOURCE = "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible";
const PROGRAM = join(serverProgramsDir(process.env), "h2spec");
const BUILD_MS_MAX = 20 * 60_000;
/** How long a case waits for its frame: only a case that fails takes so long. */
const CASE_SECONDS_MAX = 30;
/** Also the cases of what a server should do, and not only of what it must. */
const STRICT = "--strict";

/** Its cases of windows want a body of some octets. */
const BODY = Buffer.from("an answer that is longer than a window of one octet");

async function install(): Promise<void> {
  const isThere = await access(PROGRAM).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const dir = serverProgramsDir(process.env);
  await mkdir(dir, { recursive: true });
  try {
    await promisify(execFile)("go", ["install", SOURCE], {
      cwd: tmpdir(),
      env: { ...process.env, GOBIN: dir },
      timeout: BUILD_MS_MAX,
    });
  } catch (cause) {
    throw new Error(`h2spec could not be built with "go install ${SOURCE}". Is Go installed?`, { cause });
  }
}

function answer(stream: ServerStream): void {
  stream.taker = {
    data: (piece) => stream.consumed(piece.byteLength),
    end: () => {
      stream.respond([{ name: ":status", value: "200" }]);
      stream.end(BODY);
    },
    drained: () => {},
    closed: () => {},
  };
}

interface Case {
  readonly name: string;
  readonly failure: string | undefined;
}

/** The cases of a report as JUnit writes it. */
function casesOf(report: string): readonly Case[] {
  return [...report.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)].map(
    ([, section, title, result]) => ({
      name: `${section}: ${title}`,
      failure: /<(failure|error)[\s\S]*/.exec(result ?? "")?.[0],
    }),
  );
}

describe.skipIf(process.env["THROUGHLINE_TEST_SERVERS"] !== "1")("h2spec", () => {
  let server: Http2Server;
  let folder: string;

  beforeAll(async () => {
    await install();
    folder = await mkdtemp(join(tmpdir(), "throughline-h2spec-"));
    server = new Http2Server({ onStream: answer });
    server.net.listen(0, "127.0.0.1");
    await once(server.net, "listening");
  }, BUILD_MS_MAX);

  afterAll(async () => {
    server.net.close();
    server.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  test("finds nothing", async () => {
    const report = join(folder, "report.xml");
    const { port } = server.net.address() as AddressInfo;
    const args = ["-h", "127.0.0.1", "-p", `${port}`, "-o", `${CASE_SECONDS_MAX}`, "-j", report, STRICT];
    // Its exit code says no more than its report.
    await promisify(execFile)(PROGRAM, args).catch(() => undefined);
    const cases = casesOf(await readFile(report, "utf8"));
    expect(cases.filter((it) => it.failure !== undefined)).toEqual([]);
    expect(cases).toHaveLength(146);
  });
});
