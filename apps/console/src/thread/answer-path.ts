import type { Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { counted, figure } from "./format.ts";
import { idOf } from "./names.ts";

/** What one node of a release's graph did for a prediction. */
export interface NodeOnPath {
  readonly name: string;
  /** From 1, after all that it pulled; undefined for a node that had nothing to give. */
  readonly place: number | undefined;
  /** Name of the version that it ran; empty if it ran none. */
  readonly modelVersion: string;
  /** What it chose, found or looked up, each in words. */
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly tone: "look" | "calm";
  readonly text: string;
}

type Answer = Pick<Prediction, "path" | "modelVersions" | "choices" | "absentNodes" | "gateVerdicts" | "nodeFeatures">;

/** The nodes that took part, in the order of the path, and after them those that were absent. */
export function nodesOnPath(of: Answer): readonly NodeOnPath[] {
  const node = (name: string, place: number | undefined): NodeOnPath => ({
    name,
    place,
    modelVersion: of.modelVersions[name] ?? "",
    findings: findingsOf(of, name),
  });
  return [
    ...of.path.map((name, i) => node(name, i + 1)),
    ...of.absentNodes.filter((it) => !of.path.includes(it.node)).map((it) => node(it.node, undefined)),
  ];
}

function findingsOf({ choices, gateVerdicts, nodeFeatures, absentNodes }: Answer, name: string): readonly Finding[] {
  const calm = (text: string): Finding => ({ tone: "calm", text });
  const look = (text: string): Finding => ({ tone: "look", text });
  const isIt = (it: { readonly node: string }) => it.node === name;
  return [
    ...choices
      .filter(isIt)
      .map(({ branch, propensity, fallback }) =>
        fallback
          ? look(`fell back to ${branch}: what it chose was absent`)
          : calm(`chose ${branch}, with propensity ${figure(propensity)}`),
      ),
    ...gateVerdicts
      .filter(isIt)
      .map(({ score, limit, outlier }) =>
        outlier
          ? look(`found an outlier: ${figure(score)} is above the limit of ${figure(limit)}`)
          : calm(`found a usual row: ${figure(score)}, the limit is ${figure(limit)}`),
      ),
    ...nodeFeatures
      .filter(isIt)
      .map((it) => calm(`looked up ${counted(it.features.length, "feature")} of ${idOf(it.featureService)}`)),
    ...absentNodes.filter(isIt).map((it) => look(`had nothing to give: ${it.reason}`)),
  ];
}

/** Whether there is more to tell of how a prediction was answered than that one node ran. */
export const isWorthTelling = (of: Answer): boolean =>
  nodesOnPath(of).length > 1 || nodesOnPath(of).some((it) => it.findings.length > 0);

/** The versions of models that took part, each once, in the order of the path. */
export const versionsOnPath = (of: Answer): readonly string[] => [
  ...new Set(nodesOnPath(of).flatMap((it) => (it.modelVersion === "" ? [] : [it.modelVersion]))),
];
