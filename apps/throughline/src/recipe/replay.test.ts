import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type PlatformForTests, platformForTests } from "../testing-platform.ts";
import { record } from "./record.ts";
import { replay } from "./replay.ts";

/** Writes a file that follows from input, params and seed, and, if it is told to, one that follows from nothing. */
const TRAIN = `
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
const params = JSON.parse(process.env.THROUGHLINE_PARAMS);
const rows = readFileSync("data/rows.csv", "utf8");
mkdirSync("out", { recursive: true });
writeFileSync("out/model.txt", [rows.length, params.depth, process.env.THROUGHLINE_SEED, "v1"].join(" "));
if (params.noisy === "yes") writeFileSync("out/noise.txt", String(process.hrtime.bigint()));
`;

let platform: PlatformForTests;
let repository = "";
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-C", repository, ...args])
    .toString()
    .trim();

beforeAll(async () => {
  platform = await platformForTests();
  repository = await mkdtemp(join(tmpdir(), "throughline-repository-"));
  git("init", "--quiet");
  git("config", "user.email", "ada@example.com");
  git("config", "user.name", "Ada");
  await mkdir(join(repository, "job"));
  await writeFile(join(repository, "job/train.mjs"), TRAIN);
  await writeFile(join(repository, ".gitignore"), "data\nout\n");
  await writeFile(join(repository, "package-lock.json"), '{ "lockfileVersion": 3 }\n');
  git("add", "--all");
  git("commit", "--quiet", "--message", "Train");
  await mkdir(join(repository, "job/data"));
  await writeFile(join(repository, "job/data/rows.csv"), "a,b\n1,2\n");
});
afterAll(async () => {
  await platform?.stop();
  if (repository !== "") await rm(repository, { recursive: true, force: true });
});

const RECORDING = () => ({
  experiment: "replays",
  title: "train",
  command: [process.execPath, "train.mjs"],
  directory: join(repository, "job"),
  params: {},
  seed: 7n,
  inputs: [],
  outputs: ["out"],
  grpc: platform.grpcTarget,
  environment: process.env,
});

const recorded = (params: Readonly<Record<string, string>>) =>
  record(platform.connection, { ...RECORDING(), params, inputs: ["data/rows.csv"] });

const replayed = (run: string, anyEnvironment = false) =>
  replay(platform.connection, { run, repository, anyEnvironment, grpc: platform.grpcTarget, environment: process.env });

describe("a recorded run", () => {
  test("keeps code with its uncommitted changes, environment, input, params, seed and command", async () => {
    await writeFile(join(repository, "job/train.mjs"), TRAIN.replace("v1", "v2"));
    await writeFile(join(repository, "job/new.txt"), "not yet committed");
    const staged = git("status", "--porcelain");
    const { run: name, exitCode } = await recorded({ depth: "3" });
    expect(exitCode).toBe(0);
    expect(git("status", "--porcelain")).toBe(staged);
    const { run } = await platform.connection.tracking.getRun({ name });
    expect(run).toMatchObject({
      state: RunState.FINISHED,
      params: { depth: "3" },
      recipe: {
        code: { commit: git("rev-parse", "HEAD"), diffDigest: expect.stringMatching(/^sha256:/) },
        environment: { lockDigest: expect.stringMatching(/^sha256:/), runtime: `node ${process.versions.node}` },
        command: [process.execPath, "train.mjs"],
        workingDirectory: "job",
        seed: 7n,
        digest: expect.stringMatching(/^sha256:/),
      },
      datasets: [{ context: "input", dataset: { displayName: "data/rows.csv" } }],
      artifacts: [{ path: "out/model.txt" }],
    });
  });

  test("comes out the same again, from a copy of the code, although the working copy has moved on", async () => {
    const { run } = await recorded({ depth: "4" });
    await writeFile(join(repository, "job/train.mjs"), TRAIN.replace("v1", "v3"));
    await writeFile(join(repository, "job/data/rows.csv"), "a,b\n1,2\n3,4\n");
    const again = await replayed(run);
    expect(again.exitCode).toBe(0);
    expect(again.comparisons).toEqual([
      expect.objectContaining({ kind: "file", name: "out/model.txt", result: "equal" }),
      expect.objectContaining({ kind: "param", name: "depth", result: "equal", before: "4", after: "4" }),
    ]);
    const { run: copy } = await platform.connection.tracking.getRun({ name: again.run });
    expect(copy?.tags).toMatchObject({ "throughline.replay_of": run });
    expect(await readFile(join(repository, "job/train.mjs"), "utf8")).toContain("v3");
  });

  test("says which output is not equal", async () => {
    const { run } = await recorded({ depth: "5", noisy: "yes" });
    const { comparisons } = await replayed(run);
    expect(comparisons.filter((it) => it.kind === "file").map((it) => [it.name, it.result])).toEqual([
      ["out/model.txt", "equal"],
      ["out/noise.txt", "differs"],
    ]);
    await rm(join(repository, "job/out/noise.txt"));
  });

  test("is FAILED if its command fails, and keeps no outputs", async () => {
    const command = [process.execPath, "-e", "process.exit(3)"];
    const { run: name, exitCode } = await record(platform.connection, { ...RECORDING(), command });
    expect(exitCode).toBe(3);
    const { run } = await platform.connection.tracking.getRun({ name });
    expect(run).toMatchObject({ state: RunState.FAILED, artifacts: [] });
  });

  test("is KILLED if a signal ended its command, and FAILED if it cannot be started or an output is missing", async () => {
    const { tracking, parent } = platform.connection;
    const failing = (command: readonly string[], outputs: readonly string[]) =>
      record(platform.connection, { ...RECORDING(), experiment: "failing", command, outputs });
    const kill = [process.execPath, "-e", "process.kill(process.pid, 'SIGKILL')"];
    expect((await failing(kill, [])).exitCode).toBe(137);
    await expect(failing(["./no-such-program"], [])).rejects.toThrow("./no-such-program could not be started");
    await expect(failing([process.execPath, "-e", "0"], ["no-such-output"])).rejects.toThrow(
      "no-such-output is not there",
    );
    const experiment = (await tracking.listExperiments({ parent, displayName: "failing" })).experiments[0]?.name ?? "";
    const { runs } = await tracking.listRuns({ parent, experiment });
    expect(runs.map((it) => it.state)).toEqual([RunState.FAILED, RunState.FAILED, RunState.KILLED]);
  });

  test("needs a repository with a commit", async () => {
    const bare = await mkdtemp(join(tmpdir(), "throughline-bare-"));
    onTestFinished(() => rm(bare, { recursive: true, force: true }));
    const recording = { ...RECORDING(), directory: bare };
    await expect(record(platform.connection, recording)).rejects.toThrow("is in no Git repository");
    execFileSync("git", ["init", "--quiet", bare]);
    await expect(record(platform.connection, recording)).rejects.toThrow("has no commit");
  });

  test("is not run in another environment unless that is said", async () => {
    const python = join(repository, ".git/python3");
    const packages = join(repository, ".git/packages");
    await mkdir(join(packages, "lightning_trees-1.0.dist-info"), { recursive: true });
    await writeFile(join(packages, "lightning_trees-1.0.dist-info/METADATA"), "Name: lightning_trees\nVersion: 1.0\n");
    await writeFile(python, `#!/bin/sh\nPYTHONPATH=${packages} exec python3 "$@"\n`, { mode: 0o755 });
    const command = [python, "-c", "open('out.txt', 'w').write('42')"];
    const { run, exitCode } = await record(platform.connection, { ...RECORDING(), command, outputs: ["out.txt"] });
    expect(exitCode).toBe(0);
    await writeFile(join(packages, "lightning_trees-1.0.dist-info/METADATA"), "Name: lightning_trees\nVersion: 1.1\n");
    await expect(replayed(run)).rejects.toThrow(
      "the environment is not the recorded one:\n  - lightning-trees==1.0\n  + lightning-trees==1.1\n",
    );
    const anyway = await replayed(run, true);
    expect(anyway.environmentDifferences).toEqual(["- lightning-trees==1.0", "+ lightning-trees==1.1"]);
    expect(anyway.comparisons).toEqual([expect.objectContaining({ name: "out.txt", result: "equal" })]);
  });

  test("without a recipe cannot be run again, and it is said what is missing", async () => {
    const { tracking, parent } = platform.connection;
    const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "by hand" } });
    const { run } = await tracking.createRun({ parent, run: { experiment: experiment?.name ?? "" } });
    await expect(replayed(run?.name ?? "")).rejects.toThrow("Not recorded: the command, the commit.");
  });
});
