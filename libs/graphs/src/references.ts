import { type GraphNode, kindOf, REQUEST } from "./graph.ts";

/** A place where a node names another. */
export interface Reference {
  /** Within the node, such as `combine.inputs[1]`. */
  readonly field: string;
  readonly to: string;
  /**
   * - `input`: pulled whenever the node runs. - `branch`: pulled if it is chosen. - `default`: pulled if what was chosen is absent.
   * - `mirror`: runs after the answer.
   */
  readonly role: "input" | "branch" | "default" | "mirror";
}

/** The nodes that a node names, in the order of its fields, with `request` among them. An input that goes without saying is not. */
export function referencesOf(node: GraphNode): readonly Reference[] {
  const kind = kindOf(node);
  switch (kind?.case) {
    case undefined:
      return [];
    case "model":
      return listed("model.inputs", kind.value.inputs ?? []);
    case "transform":
    case "enrich":
    case "combine":
      return listed(`${kind.case}.inputs`, kind.value.inputs);
    case "switch":
      return [
        ...listed("switch.inputs", kind.value.inputs),
        ...branches("switch.cases", kind.value.cases),
        ...single("switch.default_node", kind.value.defaultNode, "default"),
      ];
    case "split":
      return [
        ...branches("split.branches", kind.value.branches),
        ...single("split.default_node", kind.value.defaultNode, "default"),
      ];
    case "bandit":
      return [
        ...listed("bandit.inputs", kind.value.inputs),
        ...branches("bandit.arms", kind.value.arms),
        ...single("bandit.default_node", kind.value.defaultNode, "default"),
      ];
    case "outlierGate":
      return [
        ...listed("outlier_gate.inputs", kind.value.inputs),
        ...single("outlier_gate.pass_node", kind.value.passNode, "branch"),
        ...single("outlier_gate.otherwise_node", kind.value.otherwiseNode, "branch"),
      ];
    case "shadow":
      return [
        ...single("shadow.primary_node", kind.value.primaryNode, "input"),
        ...kind.value.mirrorNodes.map((to, i) => ({
          field: `shadow.mirror_nodes[${i}]`,
          to,
          role: "mirror" as const,
        })),
      ];
    case "cache":
      return single("cache.node", kind.value.node, "input");
  }
}

const listed = (field: string, names: readonly string[]): readonly Reference[] =>
  names.map((to, i) => ({ field: `${field}[${i}]`, to, role: "input" }));

const branches = (field: string, all: readonly { readonly node: string }[]): readonly Reference[] =>
  all.map(({ node: to }, i) => ({ field: `${field}[${i}].node`, to, role: "branch" }));

const single = (field: string, to: string, role: Reference["role"]): readonly Reference[] =>
  to === "" ? [] : [{ field, to, role }];

/** The nodes that a node names, without `request`, each once. */
export const namedBy = (node: GraphNode): readonly string[] => [
  ...new Set(referencesOf(node).flatMap(({ to }) => (to === REQUEST ? [] : [to]))),
];
