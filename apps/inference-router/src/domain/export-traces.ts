import type { FeatureValue } from "@throughline/kernel";
import type { Column } from "@throughline/tables";
import type { GraphChoice } from "./graph/trace.ts";
import type { Prediction } from "./prediction.ts";

/** The nodes of graphs that had something to say in the rows of an export, in the order of their names. */
export interface TracedNodes {
  /** Those that chose a branch. */
  readonly choosers: readonly string[];
  readonly gates: readonly string[];
  /** True if some answers have several scores. */
  readonly hasScores: boolean;
}

/** Collects what the traces of predictions have. */
export function tracedNodes(): { add(prediction: Prediction): void; found(): TracedNodes | undefined } {
  const choosers = new Set<string>();
  const gates = new Set<string>();
  let isTraced = false;
  let hasScores = false;
  return {
    add({ trace }) {
      if (trace === undefined) return;
      isTraced = true;
      hasScores ||= trace.scores.length > 1;
      for (const it of trace.choices) choosers.add(it.node);
      for (const it of trace.verdicts) gates.add(it.node);
    },
    found: () => (isTraced ? { choosers: [...choosers].sort(), gates: [...gates].sort(), hasScores } : undefined),
  };
}

/** A column, and what a prediction has in it. */
export interface TraceColumn extends Column {
  readonly value: (prediction: Prediction) => FeatureValue;
}

/**
 * The columns of traces: the path, what was absent, whether a gate refused, all scores where there are several, the branch of each node
 * that chose with its propensity, and the score of each gate. Names of nodes that a column may not have get `_` for `-`.
 */
export function columnsOfTraces({ choosers, gates, hasScores }: TracedNodes): readonly TraceColumn[] {
  const choiceOf = ({ trace }: Prediction, node: string): GraphChoice | undefined =>
    trace?.choices.find((it) => it.node === node);
  const all: readonly TraceColumn[] = [
    { name: "path", type: "list<string>", value: ({ trace, facts }) => [...(trace?.path ?? facts.path)] },
    { name: "absent_nodes", type: "list<string>", value: ({ trace }) => (trace?.absent ?? []).map((it) => it.node) },
    { name: "outlier", type: "bool", value: ({ trace }) => trace?.isRefused ?? false },
    ...(hasScores ? [SCORES] : []),
    ...choosers.flatMap((node): readonly TraceColumn[] => [
      { name: `choice__${node}`, type: "string", value: (it) => choiceOf(it, node)?.branch ?? null },
      { name: `propensity__${node}`, type: "float64", value: (it) => choiceOf(it, node)?.propensity ?? null },
    ]),
    ...gates.map(
      (node): TraceColumn => ({
        name: `gate__${node}`,
        type: "float64",
        value: ({ trace }) => trace?.verdicts.find((it) => it.node === node)?.score ?? null,
      }),
    ),
  ];
  return unlike(all);
}

const SCORES: TraceColumn = {
  name: "scores",
  type: "list<float64>",
  value: ({ trace, score }) => [...(trace?.scores ?? [score])],
};

/** Tables know no `-` in names; two nodes that would have the same name are told apart by a number. */
function unlike(columns: readonly TraceColumn[]): readonly TraceColumn[] {
  const taken = new Set<string>();
  return columns.map((it) => {
    const plain = it.name.replaceAll("-", "_");
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
    taken.add(name);
    return { ...it, name };
  });
}
