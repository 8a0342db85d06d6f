import type { GraphNode } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { basisPoints } from "./format.ts";

/** What a node of a release's graph gets from another. */
export interface NodeArrow {
  readonly from: string;
  /** As what, or with what share, in a word or two; empty if it is always pulled. */
  readonly label: string;
  /** The condition under which it is pulled. */
  readonly condition?: string;
  /** Runs after the answer, and gives nothing to it. */
  readonly isMirror: boolean;
}

/** What stands for the features of the release. */
export const REQUEST = "request";

/** All that a node can pull, in the order in which it says so. What it reads without saying so is among it. */
export function arrowsInto({ kind }: GraphNode): readonly NodeArrow[] {
  switch (kind.case) {
    case "model":
    case "transform":
      return orRequest(kind.value.inputs);
    case "enrich":
      return kind.value.keys.some((it) => it.source.case === "column")
        ? orRequest(kind.value.inputs)
        : plain(kind.value.inputs);
    case "combine":
      return kind.value.inputs.map((from, i) => arrow(from, weightOf(kind.value.weights, i)));
    case "switch": {
      const { inputs, cases, defaultNode } = kind.value;
      const branches = cases.map((it, i) => ({ ...arrow(it.node, `case ${i + 1}`), condition: it.condition }));
      return [...orRequest(inputs), ...branches, ...fallback(defaultNode, "else")];
    }
    case "split": {
      const { branches, defaultNode } = kind.value;
      const shares = branches.map((it) => arrow(it.node, basisPoints(it.weightBasisPoints)));
      return [...shares, ...fallback(defaultNode, "if absent")];
    }
    case "bandit": {
      const { arms, inputs, contextFeatures, defaultNode } = kind.value;
      const context = contextFeatures.length > 0 ? orRequest(inputs) : plain(inputs);
      return [...context, ...arms.map((it) => arrow(it.node, "arm")), ...fallback(defaultNode, "if absent")];
    }
    case "outlierGate": {
      const { inputs, passNode, otherwiseNode } = kind.value;
      return [...orRequest(inputs), arrow(passNode, "usual"), ...fallback(otherwiseNode, "outlier")];
    }
    case "shadow": {
      const { primaryNode, mirrorNodes } = kind.value;
      return [arrow(primaryNode, ""), ...mirrorNodes.map((from) => ({ from, label: "mirror", isMirror: true }))];
    }
    case "cache":
      return plain([kind.value.node]);
    default:
      return [];
  }
}

const arrow = (from: string, label: string): NodeArrow => ({ from, label, isMirror: false });

const plain = (names: readonly string[]): readonly NodeArrow[] => names.map((it) => arrow(it, ""));

const orRequest = (names: readonly string[]): readonly NodeArrow[] => plain(names.length === 0 ? [REQUEST] : names);

const fallback = (name: string, label: string): readonly NodeArrow[] => (name === "" ? [] : [arrow(name, label)]);

const weightOf = (weights: readonly number[], at: number): string =>
  weights.length === 0 ? "" : `weight ${weights[at] ?? 0}`;
