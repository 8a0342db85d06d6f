import { execFile } from "node:child_process";
import { join } from "node:path";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { applyFeatures, createShop, deploy, makeRelease, registerModel } from "./testing-shop.ts";

const BIN = join(import.meta.dirname, "../bin/throughline.mjs");
const TIMEOUT_MS = 600_000;

let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
}, TIMEOUT_MS);
afterAll(() => platform?.stop());

/** Runs the command as a user does, and gives what it says or why it failed. */
const run = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args, "--grpc", platform.grpcTarget], (error, out, errors) => {
      resolve(error ? errors : out);
    });
  });

test(
  "what people decide about rollouts and deployments can be said at the command line, with the reason",
  async () => {
    const { connection } = platform;
    const { rollouts, deployments } = connection;
    await createShop(connection);
    const service = await applyFeatures(connection, 1n);
    const [a, b] = await Promise.all(
      (["answers_a", "answers_b"] as const).map(async (fixture) => {
        const version = await registerModel(connection, { id: fixture.replace("_", "-"), fixture });
        return makeRelease(connection, { version, fixture, service });
      }),
    );
    if (!a || !b) throw new Error("there are two releases");
    const parent = await deploy(connection, "decided", a);
    const begin = async () => {
      const plan = { steps: [{ weightBasisPoints: 1_000, needsApproval: true }, { weightBasisPoints: 5_000 }] };
      const begun = await rollouts.createRollout({
        parent,
        rollout: { candidate: b.name, strategy: Strategy.CANARY, plan },
      });
      return begun.rollout?.name ?? "";
    };
    const first = await begin();
    expect(await run("rollout", "pause", first, "--reason", "lunch")).toBe(`${first} is paused, at step 1 of 2\n`);
    expect(await run("rollout", "pause", first)).toContain("[failed_precondition]");
    expect(await run("rollout", "resume", first)).toMatch(/ is (running|waiting approval), at step 1 of 2\n$/);
    expect(await run("rollout", "approve", first)).toMatch(/at step [12] of 2\n$/);
    expect(await run("rollout", "abort", first.replace("projects/default/", ""), "--reason", "no good")).toContain(
      " is aborted, ",
    );
    const { rollout } = await rollouts.getRollout({ name: first });
    expect(rollout?.change?.reason).toBe("no good");

    const second = await begin();
    expect(await run("rollout", "promote", second)).toBe(`${second} is promoted, behind its last step\n`);
    expect(await run("roll-back", parent, "--reason", "late")).toContain(`: ${a.name} with 100 %\n`);
    expect((await deployments.getDeployment({ name: parent })).deployment?.change?.reason).toBe("late");
    expect(await run("roll-back", parent, "--to-revision", "x")).toContain("--to-revision x is no revision");
    expect(await run("roll-back", `${parent}-other`)).toContain("[not_found]");
    expect(await run("delete-deployment", parent)).toContain("[failed_precondition]");
    expect(await run("delete-deployment", parent, "--serving", "--reason", "over")).toBe(`${parent} is deleted\n`);
    expect(await run("delete-deployment", parent, "--serving")).toContain("[not_found]");
  },
  TIMEOUT_MS,
);

test("what is no name of a deployment or a rollout is told with an example, and where to find one", async () => {
  expect(await run("roll-back", "models/x")).toBe(
    'models/x is not the name of a deployment, such as deployments/flights: "throughline list deployments" shows what there is.\n',
  );
  expect(await run("rollout", "abort", "deployments/x")).toBe(
    'deployments/x is not the name of a rollout, such as deployments/flights/rollouts/1: "throughline list rollouts --parent deployments/flights" shows what there is.\n',
  );
});
