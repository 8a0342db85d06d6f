import { PredictionStatus } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { ColumnType, CombineMethod } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { beforeAll, describe, expect, test } from "vitest";
import { PINNED_AIRPORTS } from "./testing-airports.ts";
import { ABC, failure, type Graphs, graphs, type More, model, ms, type Node, soft } from "./testing-graphs.ts";
import { platform } from "./testing-platform.ts";

let on: Graphs;
beforeAll(async () => {
  on = await graphs(await platform());
});

describe("a graph of several nodes", () => {
  test("answers by transforms, enrichment, models and a combination, and says all of it", async () => {
    const nodes: Node[] = [
      {
        name: "ratio",
        kind: {
          case: "transform",
          value: {
            outputs: [
              { name: "sum", expression: "a + b", type: ColumnType.DOUBLE },
              { name: "big", expression: "c > 2.0 ? 1.0 : 0.0", type: ColumnType.DOUBLE },
            ],
          },
        },
      },
      {
        name: "airport",
        kind: {
          case: "enrich",
          value: {
            ...PINNED_AIRPORTS,
            keys: [{ key: "airport", source: { case: "requestField", value: "origin" } }],
          },
        },
      },
      model("plain"),
      model("derived", { inputs: ["ratio"] }),
      model("raw", { inputs: ["airport"], input: "" }),
      {
        name: "mix",
        kind: {
          case: "combine",
          value: { inputs: ["plain", "derived", "raw"], method: CombineMethod.WEIGHTED, weights: [1, 2, 1] },
        },
      },
    ];
    const uses = { plain: "linear3", derived: "linear2", raw: "raw_columns" };
    const deployment = await on.serve(nodes, "mix", uses);
    const response = await on.ask(deployment, { ...ABC, origin: "ZRH" });
    const [plain, derived, raw] = [1 + 4 + 12, 3 + 8 * 1, 3 + 10 * 0.5];
    expect(response.score).toBe((plain + 2 * derived + raw) / 4);
    expect(response).toMatchObject({
      status: PredictionStatus.ANSWERED,
      path: ["plain", "ratio", "derived", "airport", "raw", "mix"],
      modelVersions: Object.fromEntries(
        ["plain", "derived", "raw"].map((it) => [it, `projects/default/models/${it}/versions/1`]),
      ),
      nodeFeatures: [{ node: "airport", featureServiceVersion: 4n, viewVersions: { airports: 7n } }],
      viewVersions: { weather: 3n },
      scores: [],
      choices: [],
      absentNodes: [],
    });
    expect(response.nodeFeatures[0]?.vector).toBeUndefined();

    const { prediction } = await on.router().inference.getPrediction({ name: response.prediction });
    expect(prediction).toMatchObject({ path: response.path, modelVersions: response.modelVersions });
    expect(prediction?.nodeFeatures[0]).toMatchObject({ features: ["gates", "delay"] });
    expect(prediction?.nodeFeatures[0]?.vector?.values.map((it) => it.value?.kind.value)).toEqual([3, 0.5]);
    expect(prediction?.nodeFeatures[0]?.vector?.values[0]?.knowledgeTime?.nanos).toBe(6_000_000);
  });

  test("goes on without a soft node that fails or is too slow, and fails with a hard one", async () => {
    const enrich = (name: string, more: More): Node => ({
      name,
      kind: { case: "enrich", value: { ...PINNED_AIRPORTS } },
      ...more,
    });
    const raw = (name: string, from: string, more: More = {}) => model(name, { inputs: [from], input: "" }, more);
    const graph = (of: More): Node[] => [
      model("plain"),
      enrich("airport", of),
      raw("known", "airport", soft),
      {
        name: "mix",
        kind: { case: "combine", value: { inputs: ["plain", "known"], method: CombineMethod.MEAN } },
      },
    ];
    const uses = { plain: "linear3", known: "raw_columns" };
    const patient = await on.serve(graph({}), "mix", uses);
    expect((await on.ask(patient, { ...ABC, airport: "JFK" })).score).toBe((17 + 29) / 2);
    const hasty = await on.serve(graph({ deadline: ms(50) }), "mix", uses);
    const slow = await on.ask(hasty, { ...ABC, airport: "slow" });
    expect(slow.score).toBe(17);
    expect(slow.absentNodes).toMatchObject([{ node: "known", reason: "NODE_DEADLINE" }]);
    expect(slow.path).toEqual(["plain", "mix"]);
    const away = await on.ask(patient, { ...ABC, airport: "away" });
    expect(away.absentNodes).toMatchObject([{ node: "known", reason: "FEATURES_UNAVAILABLE" }]);

    const hard = [model("plain"), enrich("airport", {}), raw("known", "airport"), ...graph({}).slice(3)];
    expect(await failure(on.ask(await on.serve(hard, "mix", uses), { ...ABC, airport: "away" }))).toBe(
      "FEATURES_UNAVAILABLE",
    );
  });

  test("gives an absent enrichment as missing columns, and an expression its declared fallback", async () => {
    const nodes = (of: More): Node[] => [
      { name: "airport", kind: { case: "enrich", value: { ...PINNED_AIRPORTS } }, ...of, ...soft },
      {
        name: "filled",
        kind: {
          case: "transform",
          value: {
            inputs: ["request", "airport"],
            outputs: [
              { name: "gates_or", expression: "present(gates) ? gates : -1.0", type: ColumnType.DOUBLE },
              { name: "a_again", expression: "a", type: ColumnType.DOUBLE },
            ],
          },
        },
      },
      model("two", { inputs: ["filled"] }),
    ];
    const patient = await on.serve(nodes({}), "two", { two: "linear2" });
    expect((await on.ask(patient, { ...ABC, airport: "ZRH" })).score).toBe(3 + 8);
    const hasty = await on.serve(nodes({ deadline: ms(40) }), "two", { two: "linear2" });
    const without = await on.ask(hasty, { ...ABC, airport: "slow" });
    expect(without.score).toBe(-1 + 8);
    expect(without.absentNodes).toMatchObject([{ node: "airport", reason: "NODE_DEADLINE" }]);
  });

  test("takes the branch of the first condition that holds, and the default one for an absent branch", async () => {
    const nodes: Node[] = [
      model("plain"),
      model("stuck", {}, { deadline: ms(40), ...soft }),
      model("other"),
      {
        name: "by",
        kind: {
          case: "switch",
          value: {
            cases: [
              { condition: "a > 200.0", node: "stuck" },
              { condition: "a > 1.0 && b < 5.0", node: "plain" },
            ],
            defaultNode: "other",
          },
        },
      },
    ];
    const deployment = await on.serve(nodes, "by", { plain: "linear3", stuck: "endless_loop", other: "answers_b" });
    expect(await on.ask(deployment, { a: 2, b: 1, c: 0 })).toMatchObject({
      score: 4,
      path: ["plain", "by"],
      choices: [{ node: "by", branch: "plain", propensity: 1, fallback: false }],
    });
    expect(await on.ask(deployment, { a: 0, b: 1, c: 0 })).toMatchObject({ score: 0.75, path: ["other", "by"] });
    const fallen = await on.ask(deployment, { a: 300, b: 1, c: 0 });
    expect(fallen).toMatchObject({
      score: 0.75,
      path: ["other", "by"],
      choices: [{ node: "by", branch: "other", fallback: true }],
    });
    expect(fallen.absentNodes).toMatchObject([{ node: "stuck" }]);
  });

  test("splits by a sticky field, always alike, in about the declared shares", async () => {
    const nodes: Node[] = [
      model("first"),
      model("second"),
      {
        name: "half",
        kind: {
          case: "split",
          value: {
            branches: [
              { node: "first", weightBasisPoints: 3_000 },
              { node: "second", weightBasisPoints: 7_000 },
            ],
            stickyField: "carrier",
          },
        },
      },
    ];
    const deployment = await on.serve(nodes, "half", { first: "answers_a", second: "answers_b" });
    const carriers = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const routed = async () => Promise.all(carriers.map((carrier) => on.ask(deployment, { ...ABC, carrier })));
    const answers = await routed();
    const first = answers.filter((it) => it.score === 0.25);
    expect(first.length).toBeGreaterThan(30);
    expect(first.length).toBeLessThan(95);
    for (const it of answers) {
      const [choice] = it.choices;
      expect(choice?.propensity).toBe(it.score === 0.25 ? 0.3 : 0.7);
      expect(it.path).toEqual([it.score === 0.25 ? "first" : "second", "half"]);
    }
    expect((await routed()).map((it) => it.score)).toEqual(answers.map((it) => it.score));
  });

  test("lets a gate refuse an outlier as a value, or pass it to another node", async () => {
    const gate = (otherwiseNode: string): Node => ({
      name: "gate",
      kind: {
        case: "outlierGate",
        value: {
          method: {
            case: "mahalanobis",
            value: { mean: [1, 1, 1], inverseCovariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], limit: 9 },
          },
          falsePositiveRate: 0.03,
          passNode: "plain",
          otherwiseNode,
        },
      },
    });
    const uses = { plain: "linear3" };
    const strict = await on.serve([gate(""), model("plain")], "gate", uses);
    const usual = await on.ask(strict, { a: 1, b: 2, c: 3 });
    expect(usual).toMatchObject({
      score: 17,
      status: PredictionStatus.ANSWERED,
      gateVerdicts: [{ node: "gate", score: 5, limit: 9, outlier: false }],
    });
    const odd = await on.ask(strict, { a: 1, b: 2, c: 30 });
    expect(odd).toMatchObject({
      status: PredictionStatus.OUTLIER,
      decisions: {},
      path: ["gate"],
      gateVerdicts: [{ node: "gate", score: 842, outlier: true }],
    });
    expect(odd.score).toBeNaN();
    const { prediction } = await on.router().inference.getPrediction({ name: odd.prediction });
    expect(prediction?.status).toBe(PredictionStatus.OUTLIER);
    await on.router().inference.sendFeedback({
      deployment: strict,
      feedback: [
        { prediction: odd.prediction, actual: 1 },
        { prediction: usual.prediction, actual: 1 },
      ],
    });
    const { releases } = await on.router().inference.getDeploymentMetrics({ deployment: strict });
    expect(releases).toMatchObject([
      { predictionCount: 1n, feedbackCount: 1n, meanScore: 17, errorCount: 0n, outlierCount: 1n },
    ]);

    const passing = await on.serve([gate("backup"), model("plain"), model("backup")], "gate", {
      ...uses,
      backup: "answers_a",
    });
    expect(await on.ask(passing, { a: 1, b: 2, c: 30 })).toMatchObject({ score: 0.25, path: ["backup", "gate"] });
  });

  test("lets a model decide what an outlier is", async () => {
    const gate: Node = {
      name: "gate",
      kind: {
        case: "outlierGate",
        value: {
          method: {
            case: "model",
            value: { inputTensor: "input", outputTensor: "score", threshold: 10, outlierBelow: true },
          },
          falsePositiveRate: 0.03,
          passNode: "plain",
        },
      },
    };
    const deployment = await on.serve([gate, model("plain")], "gate", { plain: "answers_b", gate: "linear3" });
    expect(await on.ask(deployment, { a: 1, b: 2, c: 3 })).toMatchObject({
      score: 0.75,
      gateVerdicts: [{ score: 17, limit: 10, outlier: false }],
      modelVersions: { gate: "projects/default/models/gate/versions/1" },
    });
    expect(await on.ask(deployment, { a: 1, b: 2, c: 0 })).toMatchObject({ status: PredictionStatus.OUTLIER });
  });

  test("stacks scores under a model, and gives all scores of an output node with several", async () => {
    const nodes: Node[] = [
      model("one"),
      model("other"),
      model("stack", { inputs: ["one", "other"] }),
      model("both", { output: "probabilities", columns: [1, 0] }),
    ];
    const uses = { one: "linear3", other: "answers_b", stack: "linear2", both: "logistic3" };
    const stacked = await on.serve(nodes.slice(0, 3), "stack", {
      one: "linear3",
      other: "answers_b",
      stack: "linear2",
    });
    expect((await on.ask(stacked)).score).toBe(17 + 8 * 0.75);
    const both = await on.serve(nodes.slice(3), "both", { both: uses.both });
    const answer = await on.ask(both, { a: 0, b: 0, c: 0 });
    expect(answer.scores).toHaveLength(2);
    expect(answer.score).toBe(answer.scores[0]);
    expect((answer.scores[0] ?? 0) + (answer.scores[1] ?? 0)).toBeCloseTo(1, 6);
    const { prediction } = await on.router().inference.getPrediction({ name: answer.prediction });
    expect(prediction?.scores).toEqual(answer.scores);
  });

  test("keeps what a cache has for the row, and nothing that was computed without a node", async () => {
    const nodes: Node[] = [
      model("plain"),
      {
        name: "kept",
        kind: { case: "cache", value: { node: "plain", ttl: { seconds: 60n, nanos: 0 }, maxEntries: 2 } },
      },
    ];
    const deployment = await on.serve(nodes, "kept", { plain: "linear3" });
    expect((await on.ask(deployment)).path).toEqual(["plain", "kept"]);
    expect(await on.ask(deployment)).toMatchObject({ score: 17, path: ["kept"], modelVersions: {} });
    for (const a of [5, 6]) expect((await on.ask(deployment, { ...ABC, a })).path).toEqual(["plain", "kept"]);
    expect((await on.ask(deployment)).path).toEqual(["plain", "kept"]);
  });

  test("mirrors after the answer: a mirror that hangs costs the answer nothing, and what mirrors give is logged", async () => {
    const nodes: Node[] = [
      model("plain"),
      model("mirror"),
      model("hanging", {}, { deadline: ms(150) }),
      { name: "out", kind: { case: "shadow", value: { primaryNode: "plain", mirrorNodes: ["mirror", "hanging"] } } },
    ];
    const deployment = await on.serve(nodes, "out", { plain: "linear3", mirror: "answers_b", hanging: "endless_loop" });
    const first = await on.ask(deployment, { a: 300, b: 0, c: 0 });
    expect(first).toMatchObject({ score: 300, path: ["plain", "out"] });
    const second = await on.ask(deployment, { a: 301, b: 0, c: 0 });
    expect(second.score).toBe(301);
    const listed = async () =>
      (await on.router().inference.listShadowPredictions({ parent: deployment })).shadowPredictions;
    let shadows = await listed();
    while (shadows.length < 4) shadows = await listed();
    const mirrored = shadows.filter((it) => it.node === "mirror").toReversed();
    expect(mirrored.map((it) => [it.prediction, it.scores])).toEqual([
      [first.prediction, [0.75]],
      [second.prediction, [0.75]],
    ]);
    const hung = shadows.filter((it) => it.node === "hanging");
    expect(hung.map((it) => [it.failure, it.scores])).toEqual([
      ["NODE_DEADLINE", []],
      ["NODE_DEADLINE", []],
    ]);
    expect(shadows.every((it) => it.release === first.release)).toBe(true);
    const { releases } = await on.router().inference.getDeploymentMetrics({ deployment });
    expect(releases).toMatchObject([{ predictionCount: 2n, errorCount: 0n }]);
    const page = await on.router().inference.listShadowPredictions({ parent: deployment, pageSize: 3 });
    const rest = { parent: deployment, pageSize: 3, pageToken: page.nextPageToken };
    const { shadowPredictions } = await on.router().inference.listShadowPredictions(rest);
    expect([...page.shadowPredictions, ...shadowPredictions]).toEqual(shadows);
  });
});
