import { createHash } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { PredictionStatus } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import {
  ColumnType,
  CombineMethod,
  Dependency,
  type GraphNodeSchema,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import { canonicalRowBytes, type Digest } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PINNED_AIRPORTS } from "./testing-airports.ts";
import { platform } from "./testing-platform.ts";

type Node = MessageInitShape<typeof GraphNodeSchema>;

/** A node as it is drawn: `at` choose among the score nodes before it. */
type Drawn =
  | { readonly kind: "plain" }
  | { readonly kind: "derived"; readonly plus: number }
  | { readonly kind: "airport"; readonly isSoft: boolean }
  | { readonly kind: "stack" | "split" | "gate" | "strict" | "switch"; readonly at: readonly number[] }
  | { readonly kind: "shadow" | "cache"; readonly at: readonly number[] }
  | {
      readonly kind: "combine";
      readonly method: CombineMethod;
      readonly at: readonly number[];
      readonly isSoft: boolean;
    };

const at = fc.array(fc.nat(), { minLength: 2, maxLength: 3 });
const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  fc.constant({ kind: "plain" as const }),
  fc.record({ kind: fc.constant("derived" as const), plus: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("airport" as const), isSoft: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("stack", "split", "gate", "strict", "switch", "shadow", "cache"), at }),
  fc.record({
    kind: fc.constant("combine" as const),
    method: fc.constantFrom(CombineMethod.MEAN, CombineMethod.WEIGHTED, CombineMethod.VOTE, CombineMethod.EXPRESSION),
    at,
    isSoft: fc.boolean(),
  }),
);
const row = fc.record({
  a: fc.integer({ min: -4, max: 4 }),
  b: fc.integer({ min: -4, max: 4 }),
  c: fc.integer({ min: -4, max: 4 }),
  airport: fc.constantFrom("ZRH", "JFK", "nowhere", "away"),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

/** One node, what it reads, and what it gives by the words of the contract, one node after the other. */
interface Made {
  readonly node: Node;
  readonly helpers: readonly Node[];
  readonly uses: Readonly<Record<string, string>>;
  /** The nodes before it that it may pull. */
  readonly reads: readonly string[];
  readonly evaluate: (run: Evaluation) => number | undefined;
}
interface Evaluation {
  readonly row: Row;
  readonly digest: string;
  readonly score: (name: string) => number | undefined;
}
class Failed extends Error {}
class Refused extends Error {}

const KNOWN: Readonly<Record<string, readonly [number, number]>> = { ZRH: [3, 0.5], JFK: [9, 2] };
const use = (inputs: string[] = [], inputTensor = "input") => ({
  case: "model" as const,
  value: { inputTensor, outputTensor: "score", inputs },
});

function made(name: string, it: Drawn, before: readonly string[]): Made {
  const nothing = { helpers: [], uses: {}, reads: [] };
  const pick = (places: readonly number[]): string[] => [
    ...new Set(places.map((place) => before[place % before.length] ?? "")),
  ];
  switch (it.kind) {
    case "plain":
      return {
        ...nothing,
        node: { name, kind: use() },
        uses: { [name]: "linear3" },
        evaluate: ({ row: { a, b, c } }) => a + 2 * b + 4 * c,
      };
    case "derived": {
      const outputs = [
        { name: "sum", expression: `a + b + ${it.plus}.0`, type: ColumnType.DOUBLE },
        { name: "sign", expression: "c < 0.0 ? -1.0 : 1.0", type: ColumnType.DOUBLE },
      ];
      return {
        helpers: [{ name: `${name}_t`, kind: { case: "transform", value: { outputs } } }],
        node: { name, kind: use([`${name}_t`]) },
        uses: { [name]: "linear2" },
        reads: [],
        evaluate: ({ row: { a, b, c } }) => a + b + it.plus + 8 * (c < 0 ? -1 : 1),
      };
    }
    case "airport": {
      const soft = it.isSoft ? { dependency: Dependency.SOFT } : {};
      return {
        helpers: [{ name: `${name}_e`, kind: { case: "enrich", value: { ...PINNED_AIRPORTS } } }],
        node: { name, kind: use([`${name}_e`], ""), ...soft },
        uses: { [name]: "raw_columns" },
        reads: [],
        evaluate({ row: { airport } }) {
          const known = KNOWN[airport];
          // Without features the model gives NaN, which is no score.
          if (known) return known[0] + 10 * known[1];
          if (it.isSoft) return undefined;
          throw new Failed();
        },
      };
    }
    case "stack": {
      const [one = "", two = one] = pick(it.at);
      const inputs = one === two ? [one] : [one, two];
      if (inputs.length < 2) return made(name, { kind: "plain" }, before);
      return {
        ...nothing,
        reads: inputs,
        node: { name, kind: use(inputs) },
        uses: { [name]: "linear2" },
        evaluate: ({ score }) => {
          const values = inputs.map(score);
          // The registry would refuse a stack over scores that may be absent; here it sees no column of it and fails.
          if (values.some((value) => value === undefined)) throw new Failed();
          return (values[0] ?? 0) + 8 * (values[1] ?? 0);
        },
      };
    }
    case "combine":
      return combined(name, it, pick(it.at));
    case "switch": {
      const [one = "", two = one] = pick(it.at);
      const value = { cases: [{ condition: "a > 0.0 || b == 2.0", node: one }], defaultNode: two };
      return {
        ...nothing,
        reads: [one, two],
        node: { name, kind: { case: "switch", value } },
        evaluate: ({ row: { a, b }, score }) => some((a > 0 || b === 2 ? score(one) : undefined) ?? score(two)),
      };
    }
    case "split": {
      const [one = "", two = one] = pick(it.at);
      if (one === two) return made(name, { kind: "plain" }, before);
      const branches = [
        { node: one, weightBasisPoints: 4_000 },
        { node: two, weightBasisPoints: 6_000 },
      ];
      const value = { branches, stickyField: "a", defaultNode: two };
      return {
        ...nothing,
        reads: [one, two],
        node: { name, kind: { case: "split", value } },
        evaluate: ({ row: { a }, digest, score }) =>
          some((bucket(`${digest}|${name}|`, a) < 4_000 ? score(one) : undefined) ?? score(two)),
      };
    }
    case "gate":
    case "strict": {
      const [one = "", two = one] = pick(it.at);
      const otherwiseNode = it.kind === "gate" ? two : "";
      const method = { mean: [0, 0, 0], inverseCovariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], limit: 20 };
      const value = {
        method: { case: "mahalanobis" as const, value: method },
        falsePositiveRate: 0.1,
        passNode: one,
        otherwiseNode,
      };
      return {
        ...nothing,
        reads: otherwiseNode === "" ? [one] : [one, two],
        node: { name, kind: { case: "outlierGate", value } },
        evaluate({ row: { a, b, c }, score }) {
          const isOutlier = a * a + b * b + c * c > 20;
          if (isOutlier && otherwiseNode === "") throw new Refused();
          return some(score(isOutlier ? otherwiseNode : one));
        },
      };
    }
    case "shadow": {
      const [one = "", two = one] = pick(it.at);
      const value = { primaryNode: one, mirrorNodes: [two] };
      const node: Node = { name, kind: { case: "shadow", value } };
      return { ...nothing, reads: [one, two], node, evaluate: ({ score }) => some(score(one)) };
    }
    case "cache": {
      const [one = ""] = pick(it.at);
      const value = { node: one, ttl: { seconds: 60n, nanos: 0 }, maxEntries: 10 };
      const node: Node = { name, kind: { case: "cache", value } };
      return { ...nothing, reads: [one], node, evaluate: ({ score }) => some(score(one)) };
    }
  }
}

function combined(name: string, it: Extract<Drawn, { kind: "combine" }>, inputs: string[]): Made {
  const weights = inputs.map((_, i) => i + 1);
  const expression = inputs.map((input) => `(present(${input}) ? ${input} : 1.0)`).join(" + ");
  const value = { inputs, method: it.method, weights, threshold: 2, expression };
  const soft = it.isSoft ? { dependency: Dependency.SOFT } : {};
  return {
    helpers: [],
    uses: {},
    reads: inputs,
    node: { name, kind: { case: "combine", value }, ...soft },
    evaluate({ score }) {
      const values = inputs.map(score);
      if (it.method === CombineMethod.EXPRESSION) return values.reduce<number>((sum, one) => sum + (one ?? 1), 0);
      let [sum, all] = [0, 0];
      values.forEach((one, i) => {
        if (one === undefined) return;
        const weight = it.method === CombineMethod.WEIGHTED ? i + 1 : 1;
        sum += weight * (it.method === CombineMethod.VOTE ? Number(one >= 2) : one);
        all += weight;
      });
      if (all > 0) return sum / all;
      throw new Failed();
    },
  };
}

function some(score: number | undefined): number {
  if (score === undefined) throw new Failed();
  return score;
}

const bucket = (prefix: string, value: number): number =>
  createHash("sha256")
    .update(prefix)
    .update(canonicalRowBytes([value]))
    .digest()
    .readUIntBE(0, 6) % 10_000;

/** A graph has no nodes that nothing pulls. */
function reachable(nodes: ReadonlyMap<string, Made>, output: string): readonly Made[] {
  const found = new Set([output]);
  for (const name of found) for (const it of nodes.get(name)?.reads ?? []) found.add(it);
  return [...found].flatMap((name) => nodes.get(name) ?? []);
}

/** The answer by the plainest of interpreters: each node is computed again wherever it is needed. */
function interpret(nodes: ReadonlyMap<string, Made>, output: string, run: Omit<Evaluation, "score">) {
  const score = (name: string): number | undefined => {
    const it = nodes.get(name);
    if (it === undefined) throw new Error(name);
    try {
      return it.evaluate({ ...run, score });
    } catch (error) {
      if (error instanceof Failed && it.node.dependency === Dependency.SOFT) return undefined;
      throw error;
    }
  };
  try {
    const found = score(output);
    return found === undefined ? "failed" : found;
  } catch (error) {
    if (error instanceof Refused) return "refused";
    if (error instanceof Failed) return "failed";
    throw error;
  }
}

test("random graphs answer as the plainest interpreter does", async () => {
  const on = await platform();
  const router = await on.start({ unloadGraceMs: 60_000 });
  const fixtures = ["linear2", "linear3", "raw_columns"];
  const digests = new Map<string, Digest>();
  for (const it of fixtures) digests.set(it, await on.model(it));
  let count = 0;
  const outcomes = { scores: 0, refused: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawn, { minLength: 1, maxLength: 9 }),
      fc.array(row, { minLength: 4, maxLength: 4 }),
      async (list, rows) => {
        const nodes = new Map<string, Made>([["n0", made("n0", { kind: "plain" }, [])]]);
        for (const [i, it] of list.entries()) nodes.set(`n${i + 1}`, made(`n${i + 1}`, it, [...nodes.keys()]));
        const output = `n${list.length}`;
        const all = reachable(nodes, output);
        const uses = Object.assign({}, ...all.map((it) => it.uses)) as Record<string, string>;
        const release = on.registry.graph({
          graph: { nodes: all.flatMap((it) => [...it.helpers, it.node]), outputNode: output },
          models: Object.fromEntries(Object.entries(uses).map(([node, it]) => [node, digests.get(it) as Digest])),
        });
        const deployment = `projects/default/deployments/random-${count++}`;
        on.registry.deploy(deployment, { [release]: 10_000 });
        await router.serving(deployment, [release]);
        for (const values of rows) {
          const entity = Object.fromEntries(Object.entries(values).map(([name, it]) => [name, valueToProto(it)]));
          const answer = await router.inference.predict({ deployment, entity }).catch(() => undefined);
          const digest = answer?.releaseDigest ?? on.registry.digestOf(release);
          const expected = interpret(nodes, output, { row: values, digest });
          if (typeof expected === "string") {
            // Of an input that fails and one that refuses the first decides, and they run at the same time.
            outcomes[expected] += 1;
            expect([undefined, PredictionStatus.OUTLIER]).toContain(answer?.status);
          } else {
            outcomes.scores += 1;
            expect(answer?.score).toBeCloseTo(expected, 4);
            expect(answer?.path.at(-1)).toBe(output);
            expect(new Set(answer?.path).size).toBe(answer?.path.length);
          }
        }
        on.registry.remove(deployment);
      },
    ),
    { numRuns: 80, seed: 7 },
  );
  expect(Math.min(outcomes.scores, outcomes.refused, outcomes.failed)).toBeGreaterThan(0);
});
