import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import {
  ArmPolicy,
  ColumnType,
  CombineMethod,
  Dependency,
  type GraphNodeSchema,
  type Release,
} from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Built } from "./build.ts";
import { notLearnt, type Played } from "./learnt.ts";
import { count, figure, percent } from "./progress.ts";
import type { Question } from "./questions.ts";
import { type Answer, askEach, askOverGrpc } from "./replay.ts";
import { deploy } from "./rollout.ts";
import type { Setting } from "./setting.ts";

/** Questions between two looks at what the bandit chose. */
const CHUNK = 250;

/** How often each arm was taken, in some questions after each other. */
export interface Chosen {
  readonly from: number;
  readonly to: number;
  readonly shares: Readonly<Record<string, number>>;
  readonly squaredError: number;
}

/** Models among which a bandit chooses. */
interface Arms {
  readonly second: Built;
  readonly arms: Readonly<Record<string, ModelVersion>>;
  /** The arm that is known to be bad. */
  readonly bad: string;
}

/** Three models behind one name: which one answers is learnt from what came of its answers. Fails if nothing is. */
export async function serveByBandit(
  setting: Setting,
  { second, arms, bad }: Arms,
  questions: readonly Question[],
): Promise<readonly Chosen[]> {
  const names = Object.keys(arms);
  const release = await makeRelease(setting, {
    title: `Making a release with a bandit between ${names.join(", ")}`,
    models: arms,
    features: second,
    outputNode: "bandit",
    nodes: [
      ...names.map((name) => modelNode(name)),
      {
        name: "bandit",
        kind: {
          case: "bandit",
          value: {
            arms: names.map((node) => ({ node, floorBasisPoints: 200 })),
            policy: ArmPolicy.THOMPSON_GAUSSIAN,
            reward: "1.0 - (score - actual) * (score - actual)",
          },
        },
      },
    ],
  });
  const deployment = await deploy(setting, release, "late-flights-bandit");
  return setting.progress.step(`Asking ${count(questions.length)} questions of the bandit`, async () => {
    const answers: Answer[] = [];
    for (let at = 0; at < questions.length; at += CHUNK)
      answers.push(...(await askEach(setting, deployment, questions.slice(at, at + CHUNK))));
    const problem = notLearnt(answers.map(playedBy), bad);
    if (problem !== undefined) throw new Error(`the bandit has not learnt which model is bad: ${problem}`);
    const thirds = [0, 1, 2].map((it) => chosenIn(answers, Math.floor((it * answers.length) / 3), names));
    const last = thirds.at(-1);
    const told = Object.entries(last?.shares ?? {}).map(([arm, share]) => `${percent(share)} to ${arm}`);
    return { told: `in the last third ${told.join(", ")}`, result: thirds };
  });
}

const squaredErrorOf = ({ score, question }: Answer): number => (score - (question.late ? 1 : 0)) ** 2;

const playedBy = (answer: Answer): Played => ({
  arm: answer.choices[0]?.branch ?? "",
  squaredError: squaredErrorOf(answer),
});

function chosenIn(answers: readonly Answer[], from: number, names: readonly string[]): Chosen {
  const to = Math.min(answers.length, from + Math.ceil(answers.length / 3));
  const some = answers.slice(from, to);
  const taken = (arm: string) => some.filter((it) => it.choices.some((choice) => choice.branch === arm)).length;
  const errors = some.map(squaredErrorOf);
  return {
    from,
    to,
    shares: Object.fromEntries(names.map((it) => [it, taken(it) / some.length])),
    squaredError: errors.reduce((sum, it) => sum + it, 0) / some.length,
  };
}

/** Numbers of the schedule and of the weather that the gate looks at. */
const GATE_COLUMNS = ["distance_miles", "sched_duration_minutes"] as const;
/** Share of usual flights that the gate takes for unusual ones. */
const FALSE_POSITIVE_RATE = 0.01;

interface FittedGate {
  readonly mean: readonly number[];
  readonly inverseCovariance: readonly number[];
  readonly limit: number;
}

/** What the graph made of usual flights, and of flights that nobody flies. */
export interface GateSeen {
  readonly usualShare: number;
  readonly unusualCaught: number;
  readonly unusualCount: number;
  readonly path: readonly string[];
}

/**
 * A graph: the schedule comes with the request, the features of the second model are looked up by a node, two models answer together,
 * and flights unlike those of the training are answered by the simple one alone.
 */
export async function serveByGraph(
  setting: Setting,
  { first, second }: { readonly first: Built; readonly second: Built },
  questions: readonly Question[],
): Promise<GateSeen> {
  const gate = await setting.progress.step("Fitting an outlier gate to the training set", async () => {
    const columns = [...GATE_COLUMNS];
    const result = await setting.python.run<FittedGate>(
      "gate.py",
      ...[second.trainingSetPath, String(FALSE_POSITIVE_RATE), ...columns],
    );
    return { told: `squared distance of ${columns.join(" and ")} up to ${figure(result.limit)}`, result };
  });
  const release = await makeRelease(setting, {
    title: "Making a release of a graph: enriched, gated, two models",
    models: { simple: first.version, boosting: second.version },
    features: first,
    outputNode: "usual",
    nodes: graphNodes(second, gate),
  });
  const deployment = await deploy(setting, release, "late-flights-graph");
  return askGraph(setting, deployment, questions);
}

/** Asks usual questions, and some about flights that nobody flies. */
function askGraph(setting: Setting, deployment: string, questions: readonly Question[]): Promise<GateSeen> {
  return setting.progress.step("Asking the graph, with flights among the questions that nobody flies", async () => {
    const usual = await askEach(setting, deployment, questions);
    const unusual = questions.slice(0, 20).map((it) => ({ ...it, distance_miles: 4_900, sched_duration_minutes: 25 }));
    const odd: Answer[] = [];
    for (const question of unusual) odd.push(await askOverGrpc(setting, deployment, question));
    const outliers = (answers: readonly Answer[]) =>
      answers.filter((it) => it.gates.some((gate) => gate.outlier)).length;
    const caught = outliers(odd);
    if (caught < odd.length)
      throw new Error(`${odd.length - caught} flights of 4,900 miles in 25 minutes passed the gate`);
    const usualShare = outliers(usual) / usual.length;
    const path = usual.find((it) => it.gates.every((gate) => !gate.outlier))?.path ?? [];
    const told = `${percent(usualShare)} of ${count(usual.length)} usual flights held for outliers, and ${caught} of ${odd.length} others; path ${path.join(" > ")}`;
    return { told, result: { usualShare, unusualCaught: caught, unusualCount: odd.length, path } };
  });
}

/** The schedule's model, the one that needs more, both together, and the gate in front. */
const graphNodes = (second: Built, gate: FittedGate): readonly MessageInitShape<typeof GraphNodeSchema>[] => [
  modelNode("simple"),
  {
    name: "more",
    dependency: Dependency.SOFT,
    kind: {
      case: "enrich",
      value: { featureService: second.service.name, featureServiceVersion: second.service.version },
    },
  },
  modelNode("boosting", ["more"]),
  {
    name: "both",
    kind: {
      case: "combine",
      value: { inputs: ["simple", "boosting"], method: CombineMethod.WEIGHTED, weights: [1, 3] },
    },
  },
  {
    name: "usual",
    kind: {
      case: "outlierGate",
      value: {
        inputs: ["measures"],
        method: {
          case: "mahalanobis",
          value: { ...gate, mean: [...gate.mean], inverseCovariance: [...gate.inverseCovariance] },
        },
        falsePositiveRate: FALSE_POSITIVE_RATE,
        passNode: "both",
        otherwiseNode: "simple",
      },
    },
  },
  {
    name: "measures",
    kind: {
      case: "transform",
      value: { outputs: GATE_COLUMNS.map((name) => ({ name, expression: name, type: ColumnType.DOUBLE })) },
    },
  },
];

const modelNode = (name: string, inputs: readonly string[] = []): MessageInitShape<typeof GraphNodeSchema> => ({
  name,
  // Without an input tensor each feature goes to the input of its name: the models take them raw.
  kind: { case: "model", value: { outputTensor: "probabilities", outputColumn: 1, inputs: [...inputs] } },
});

function makeRelease(
  { connection, progress }: Setting,
  parts: {
    readonly title: string;
    readonly models: Readonly<Record<string, ModelVersion>>;
    readonly features: Pick<Built, "service">;
    readonly nodes: readonly MessageInitShape<typeof GraphNodeSchema>[];
    readonly outputNode: string;
  },
): Promise<Release> {
  const { title, models, features, nodes, outputNode } = parts;
  return progress.step(title, async () => {
    const { release } = await connection.releases.createRelease({
      parent: connection.parent,
      description: title,
      manifest: {
        models: Object.fromEntries(Object.entries(models).map(([name, it]) => [name, { modelVersion: it.name }])),
        graph: { nodes: [...nodes], outputNode },
        features: { featureService: features.service.name, featureServiceVersion: features.service.version },
      },
    });
    if (!release) throw new Error("the platform answered without the release");
    return { told: `${release.digest.slice(0, 19)}…, ${nodes.length} nodes`, result: release };
  });
}
