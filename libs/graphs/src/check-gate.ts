import { checkAnomalyModel } from "./check-model.ts";
import type { CacheNode, MahalanobisMethod, OutlierGateNode, ShadowNode } from "./graph.ts";
import { isPositiveDefinite, isSymmetric } from "./matrix.ts";
import { type CheckedKind, columnsOf, inputsOf, type NodeCheck, refuseSoft, sameWidth } from "./node-check.ts";
import { isNumeric } from "./node-output.ts";
import { pulledFrom } from "./structure.ts";

/** Nodes that keep unusual rows from the node that answers. */
export function checkOutlierGate(check: NodeCheck, node: OutlierGateNode): CheckedKind<"outlierGate"> {
  const { mahalanobis, model, passNode, otherwiseNode } = node;
  if (!mahalanobis && !model) check.add("outlier_gate.method", "nothing is said of how it is decided");
  if (mahalanobis) checkMahalanobis(check, node, mahalanobis);
  const branches = [
    { node: passNode, field: "outlier_gate.pass_node" },
    ...(otherwiseNode === "" ? [] : [{ node: otherwiseNode, field: "outlier_gate.otherwise_node" }]),
  ];
  refuseSoft(check, branches, "make the gate SOFT instead");
  const output = sameWidth(check, branches);
  const filled = model ? { ...node, model: checkAnomalyModel(check, model, node.inputs) } : node;
  return { filled, output };
}

function checkMahalanobis(check: NodeCheck, { inputs: named }: OutlierGateNode, method: MahalanobisMethod): void {
  const { mean, inverseCovariance } = method;
  const size = mean.length;
  const field = "outlier_gate.mahalanobis";
  const inputs = inputsOf(check, "outlier_gate.inputs", named);
  const columns = inputs && columnsOf(check, inputs);
  for (const column of columns ?? [])
    if (!isNumeric(column))
      check.add("outlier_gate.inputs", `${column.name} is ${column.type}; a distance needs numbers`);
  if (columns && columns.length !== size)
    check.add(`${field}.mean`, `there are ${size} means for ${columns.length} columns`);
  if (inverseCovariance.length !== size * size)
    check.add(`${field}.inverse_covariance`, `it has ${inverseCovariance.length} numbers, not ${size} x ${size}`);
  else if (!isSymmetric(inverseCovariance, size)) check.add(`${field}.inverse_covariance`, "it is not symmetric");
  else if (!isPositiveDefinite(inverseCovariance, size))
    check.add(`${field}.inverse_covariance`, "it is not positive definite, so that no distance is");
}

/** Nodes that let others compute the same for the log. */
export function checkShadow(check: NodeCheck, { primaryNode, mirrorNodes }: ShadowNode): CheckedKind<"shadow"> {
  const primary = { node: primaryNode, field: "shadow.primary_node" };
  refuseSoft(check, [primary], "make the shadow node SOFT instead");
  for (const [i, node] of mirrorNodes.entries()) {
    const field = `shadow.mirror_nodes[${i}]`;
    if (node === primaryNode) check.add(field, `${node} answers already`);
    // Each by itself: a mirror need not give as many scores as the primary.
    sameWidth(check, [{ node, field }]);
    for (const it of pulledFrom([node], check.nodes))
      if (check.nodes.get(it)?.bandit) check.add(field, `${it} would learn from answers that nobody got`);
  }
  return { filled: { primaryNode, mirrorNodes }, output: sameWidth(check, [primary]) };
}

/** Entries of a cache for which the caller says no number. */
const ENTRIES = 10_000;

/** Nodes that keep what others gave. */
export function checkCache(check: NodeCheck, node: CacheNode): CheckedKind<"cache"> {
  const behind = { node: node.node, field: "cache.node" };
  if (!check.facts.request) check.add("cache", "the release reads no features, by which scores could be kept");
  refuseSoft(check, [behind], "make the cache SOFT instead");
  for (const name of pulledFrom([node.node], check.nodes)) {
    const found = check.nodes.get(name);
    const kind = found && (["enrich", "split", "bandit", "shadow"] as const).find((it) => found[it] !== undefined);
    if (kind)
      check.add(behind.field, `it leads to the ${kind} node ${name}, whose output depends on more than the features`);
  }
  const maxEntries = node.maxEntries === 0 ? ENTRIES : node.maxEntries;
  return { filled: { ...node, maxEntries }, output: sameWidth(check, [behind]) };
}
