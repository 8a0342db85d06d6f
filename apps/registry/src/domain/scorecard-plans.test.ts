import { expect, test } from "vitest";
import type { ModelVersion } from "./model.ts";
import type { Findings } from "./ports.ts";
import { plansSeen } from "./scorecard-plans.ts";
import { aucCondition, DIGEST, slice, someVersion } from "./testing-gate-facts.ts";
import { serviceAway } from "./unanswered.ts";

/** What evaluations say of versions, each of rows of its own or of the same ones. */
interface Evaluated {
  readonly version: ModelVersion;
  readonly auc: number;
  readonly rows: string;
}

const large = someVersion(2, { sizeBytes: 1_000 });

const seen = async (all: readonly Evaluated[], greaterIsBetter = true, findings?: Pick<Findings, "evaluation">) => {
  const bytesOf = ({ version, auc, rows }: Evaluated) =>
    Buffer.from(
      JSON.stringify({
        subject: version.name,
        dataDigest: `sha256:${rows.repeat(64)}`,
        slices: [slice({}, [auc, auc, auc])],
        smallSlices: [],
      }),
    );
  const condition = aucCondition({ greaterIsBetter });
  const deps = {
    findings,
    clock: { now: () => 0 },
    canvases: { get: async () => undefined },
    findModel: async () => ({ latestVersion: 3 }),
    findVersion: async (name: string) => all.find((it) => it.version.name === name)?.version,
    gates: { ofModel: async () => [{ name: "gate", record: { condition }, change: {} }] },
    evidence: {
      list: async (name: string) =>
        all.some((it) => it.version.name === name)
          ? [{ finding: { kind: "EVALUATION", digest: `${DIGEST}-${name}` }, createTimeMs: 1 }]
          : [],
    },
    blobs: {
      stat: async () => ({ size: 1 }),
      async *get(digest: string) {
        const found = all.find((it) => digest.endsWith(it.version.name));
        if (found) yield bytesOf(found);
      },
    },
  } as unknown as Parameters<typeof plansSeen>[0];
  const promoted = {
    project: "projects/p",
    model: large.model,
    name: large.name,
    version: large,
    certificateDigest: "",
  };
  return (await plansSeen(deps, [promoted])).map(([test, it]) => [test, "holds" in it && it.holds]);
};

const own = { version: large, auc: 0.8, rows: "a" };
const small = (rows: string, auc: number, sizeBytes = 100) => ({ version: someVersion(3, { sizeBytes }), auc, rows });

test("a tenth as large, and worse on the same rows: the model is worth its size", async () => {
  expect(await seen([own, small("a", 0.7)])).toEqual([["model-5", true]]);
  expect(await seen([own, small("a", 0.8)])).toEqual([["model-5", false]]);
  expect(await seen([own, small("a", 0.7)], false)).toEqual([["model-5", false]]);
});

test("other rows, and versions that are no smaller, say nothing", async () => {
  expect(await seen([own, small("b", 0.7)])).toEqual([]);
  expect(await seen([own, small("a", 0.7, 101)])).toEqual([]);
  expect(await seen([own])).toEqual([]);
});

test("a service that is away is asked once, and not for each version beside: each time it may take as long as a caller waits", async () => {
  let asked = 0;
  const away = {
    evaluation: async () => {
      asked += 1;
      throw serviceAway("validation service", "evaluations", undefined);
    },
  };
  expect(await seen([own, small("a", 0.7)], true, away)).toEqual([["model-5", true]]);
  expect(asked).toBe(1);
});
