import fc from "fast-check";
import type { Graph, GraphNode } from "../graph.ts";

/** Any graph that the contract lets through, however little sense it makes. */
export function anyGraph(): fc.Arbitrary<Graph> {
  const name = fc.constantFrom("a", "b", "c", "d");
  const names = fc.uniqueArray(fc.oneof(name, fc.constant("request")), { maxLength: 3 });
  const text = fc.constantFrom("", "x", "wind > 1.0");
  const share = fc.integer({ min: 0, max: 10_000 });
  const real = fc.double({ noDefaultInfinity: true, noNaN: true }).map((it) => it + 0);
  const whole = fc.nat(100);
  const kinds: fc.Arbitrary<Omit<GraphNode, "name">> = fc.oneof(
    fc.record({
      model: fc.record(
        {
          inputTensor: text,
          outputTensor: text,
          outputColumn: whole,
          inputs: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
          outputColumns: fc.uniqueArray(whole, { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ["inputTensor", "outputTensor", "outputColumn"] },
      ),
    }),
    fc.record({
      transform: fc.record({
        inputs: names,
        outputs: fc.array(
          fc.record({ name, expression: text, type: fc.constantFrom("DOUBLE", "INT", "BOOL", "STRING") }),
          { maxLength: 2 },
        ),
      }),
    }),
    fc.record({
      enrich: fc.record({
        featureService: text,
        featureServiceVersion: whole,
        digest: text,
        viewVersions: fc.dictionary(name, whole),
        features: names,
        requestFeatures: names,
        keys: fc.array(
          fc.oneof(
            fc.record({ key: name, column: fc.constantFrom("x", "wind") }),
            fc.record({ key: name, requestField: fc.constantFrom("x", "wind") }),
          ),
          { maxLength: 2 },
        ),
        inputs: names,
      }),
    }),
    fc.record({
      combine: fc.record(
        {
          inputs: names,
          method: fc.constantFrom("MEAN", "WEIGHTED", "VOTE", "EXPRESSION"),
          weights: fc.array(real, { maxLength: 3 }),
          threshold: real,
          expression: text,
          fallback: fc.oneof(fc.constant(0), real),
        },
        { requiredKeys: ["inputs", "method", "weights", "threshold", "expression"] },
      ),
    }),
    fc.record({
      switch: fc.record({
        inputs: names,
        cases: fc.array(fc.record({ condition: text, node: name }), { maxLength: 2 }),
        defaultNode: name,
      }),
    }),
    fc.record({
      split: fc.record({
        branches: fc.array(fc.record({ node: name, weightBasisPoints: share }), { maxLength: 3 }),
        stickyField: text,
        defaultNode: fc.oneof(name, fc.constant("")),
      }),
    }),
    fc.record({
      bandit: fc.record({
        arms: fc.array(fc.record({ node: name, floorBasisPoints: share }), { maxLength: 3 }),
        policy: fc.constantFrom("EPSILON_GREEDY", "UCB1", "THOMPSON_BERNOULLI", "THOMPSON_GAUSSIAN", "LINEAR_THOMPSON"),
        epsilon: real,
        contextFeatures: fc.uniqueArray(text, { maxLength: 2 }),
        reward: text,
        defaultNode: fc.oneof(name, fc.constant("")),
        inputs: names,
      }),
    }),
    fc.record({
      outlierGate: fc.oneof(
        fc.record({
          inputs: names,
          mahalanobis: fc.record({
            mean: fc.array(real, { maxLength: 2 }),
            inverseCovariance: fc.array(real, { maxLength: 4 }),
            limit: real,
          }),
          falsePositiveRate: real,
          passNode: name,
          otherwiseNode: fc.oneof(name, fc.constant("")),
        }),
        fc.record({
          inputs: names,
          model: fc.record({
            inputTensor: text,
            outputTensor: text,
            outputColumn: whole,
            threshold: real,
            outlierBelow: fc.boolean(),
          }),
          falsePositiveRate: real,
          passNode: name,
          otherwiseNode: fc.oneof(name, fc.constant("")),
        }),
      ),
    }),
    fc.record({ shadow: fc.record({ primaryNode: name, mirrorNodes: fc.uniqueArray(name, { maxLength: 2 }) }) }),
    fc.record({ cache: fc.record({ node: name, ttlMs: fc.nat(90_000), maxEntries: whole }) }),
    fc.constant({}),
  );
  const node = fc
    .tuple(
      name,
      kinds,
      fc.record(
        { deadlineMs: fc.integer({ min: 1, max: 60_000 }), dependency: fc.constant("SOFT" as const) },
        { requiredKeys: [] },
      ),
    )
    .map(([its, kind, rest]): GraphNode => ({ name: its, ...kind, ...rest }));
  return fc.record({ nodes: fc.array(node, { maxLength: 4 }), outputNode: fc.oneof(name, fc.constant("")) });
}
