import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "../testing-platform.ts";

const BIN = join(import.meta.dirname, "../../bin/throughline.mjs");

let platform: PlatformForTests;
let folder: string;
beforeAll(async () => {
  platform = await platformForTests();
  folder = await mkdtemp(join(tmpdir(), "apply-command-"));
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs the command as a user does, where nobody can be asked. */
const apply = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const given = [BIN, "apply", folder, "--grpc", platform.grpcTarget, ...args];
    execFile(process.execPath, given, (error, out, errors) => {
      resolve({ code: error ? Number(error.code) : 0, out, errors });
    }).stdin?.end();
  });
const write = (ttl: string) =>
  writeFile(
    join(folder, "features.yaml"),
    `
entities: { thing: { keys: [{ name: id, type: int64 }] } }
sources:
  things:
    columns: [{ name: id, type: int64 }, { name: at, type: timestamp }, { name: n, type: int64 }]
    event_time_column: at
    knowledge_delay: 0s
views: { things: { entity: thing, source: things, ttl: ${ttl}, features: [{ name: n, column: n }] } }
services: { all: { views: [{ view: things }] } }
`,
  );

test("apply shows the plan, and changes nothing where nobody can be asked", async () => {
  await write("1h");
  const [planned, alone] = await Promise.all([apply("--dry-run"), apply()]);
  expect(planned.out.split("\n")).toEqual([
    "+ entities/thing: add",
    "+ sources/things: add, version 1",
    "+ featureViews/things: add, version 1",
    "+ featureServices/all: add, version 1",
    "4 to add, 0 with a new version, 0 to change in place, 0 unchanged. Nothing is deleted.",
    "",
  ]);
  expect(alone).toMatchObject({ code: 1, errors: expect.stringContaining("add --yes to apply the plan") });
  const { features, parent } = platform.connection;
  expect((await features.listEntities({ parent })).entities).toEqual([]);
});

test("apply makes what it showed, and makes nothing of what is there already", async () => {
  await write("1h");
  expect(await apply("--yes")).toMatchObject({ code: 0, out: expect.stringContaining("Applied.") });
  const again = JSON.parse((await apply("--json")).out) as { applied: boolean; changes: { action: string }[] };
  expect(again.changes.map((it) => it.action)).toEqual(Array(4).fill("CHANGE_ACTION_UNCHANGED"));
});

test("apply makes a new version of what is changed, and of the feature services that follow it", async () => {
  await write("2h");
  expect((await apply("--yes")).out).toContain("featureViews/things:");
  await write("3h");
  const changed = await apply("--yes");
  expect(changed.out).toMatch(/\^ featureViews\/things: version (\d) -> \d \(ttl\)/);
  const { features, parent } = platform.connection;
  const { featureView } = await features.getFeatureView({ name: `${parent}/featureViews/things` });
  const { featureService } = await features.getFeatureService({ name: `${parent}/featureServices/all` });
  expect(featureView?.ttl?.seconds).toBe(10_800n);
  expect(featureService?.views[0]?.version).toBe(featureView?.version);
});

test("apply tells every problem in a line of its own", async () => {
  await writeFile(
    join(folder, "more.yaml"),
    "views: { v: { entity: no, source: no, features: [{ name: n, column: n }] } }",
  );
  const refused = await apply("--yes");
  await rm(join(folder, "more.yaml"));
  expect(refused.code).toBe(1);
  expect(refused.errors.split("\n").filter((it) => it.includes("featureViews"))).toEqual([
    "featureViews/v.entity: there is no entity no",
    "featureViews/v.source: there is no source no",
  ]);
});

test("apply shows on-demand views, and tells which column of which expression is wrong", async () => {
  const fares = (expression: string) => `
on_demand_views:
  doubled:
    views: [{ view: things }]
    request_columns: [{ name: factor, type: float64 }]
    outputs: [{ name: n, type: float64, expression: "${expression}" }]
`;
  await writeFile(join(folder, "on-demand.yaml"), fares("factor * things__n"));
  const refused = await apply("--yes");
  expect(refused.errors).toMatch(
    /^onDemandViews\/doubled\.outputs\[0\]\.expression: output n of doubled: Column 8 of .* \(double, int\); .*\n$/,
  );
  await writeFile(join(folder, "on-demand.yaml"), fares("factor * double(things__n)"));
  const planned = await apply("--dry-run");
  await rm(join(folder, "on-demand.yaml"));
  expect(planned.out).toContain("+ onDemandViews/doubled: add, version 1");
});
