import type { DeploymentState } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { ProjectOverview } from "../api/project-parts.ts";
import { commitHappenings } from "./commits.ts";
import { basisPoints, counted, toMs, words } from "./format.ts";
import { idOf } from "./names.ts";
import type { ProjectParts } from "./overview.ts";

/** Something that happened in a project. */
export interface Happening {
  readonly timeMs: number;
  readonly what: string;
  /** Name of the resource that it happened to. */
  readonly resource: string;
  readonly actor: string;
  readonly reason: string;
}

/** The newest happenings of a project, newest first. */
export function activityOf({ parts, states, commits }: ProjectOverview, most: number): readonly Happening[] {
  return [...commitHappenings(commits), ...made(parts), ...runs(parts), ...states.flatMap(deploymentChange)]
    .toSorted((a, b) => b.timeMs - a.timeMs)
    .slice(0, most);
}

const plain = { actor: "", reason: "" } as const;

const made = (parts: ProjectParts): readonly Happening[] => [
  ...(parts.views?.items ?? []).map((it) => ({
    ...plain,
    timeMs: toMs(it.createTime) ?? 0,
    what: `Feature view ${idOf(it.name)} was defined, version ${it.version}`,
    resource: it.name,
  })),
  ...(parts.trainingSets?.items ?? []).map((it) => ({
    ...plain,
    timeMs: toMs(it.createTime) ?? 0,
    what: `A training set of ${counted(it.rowCount, "row")} was ${it.servedRows ? "taken from a prediction log" : "joined"}`,
    resource: it.name,
  })),
  ...(parts.versions?.items ?? []).map((it) => ({
    ...plain,
    timeMs: toMs(it.createTime) ?? 0,
    what: `Version ${it.version} of ${it.name.split("/")[3] ?? ""} was registered`,
    resource: it.name,
    actor: it.actor,
  })),
  ...(parts.releases?.items ?? []).map((it) => ({
    ...plain,
    timeMs: toMs(it.createTime) ?? 0,
    what: `Release ${idOf(it.name)} was made`,
    resource: it.name,
    actor: it.actor,
    reason: it.description,
  })),
];

const runs = (parts: ProjectParts): readonly Happening[] =>
  (parts.runs?.items ?? []).map((it) => ({
    timeMs: toMs(it.endTime) ?? toMs(it.startTime) ?? 0,
    what: `Run ${it.displayName || idOf(it.name)} ${it.endTime ? words(RunState[it.state]) : "began"}`,
    resource: it.name,
    actor: it.actor,
    reason: "",
  }));

function deploymentChange(state: DeploymentState): readonly Happening[] {
  const { deployment } = state;
  if (!deployment?.change) return [];
  const shares = deployment.traffic
    .filter((it) => it.weightBasisPoints > 0)
    .map((it) => `${basisPoints(it.weightBasisPoints)} ${idOf(it.release).slice(0, 8)}`)
    .join(", ");
  const verb = state.restoresRevision > 0n ? "was rolled back to" : "serves";
  return [
    {
      timeMs: toMs(deployment.change.time) ?? 0,
      what: `${idOf(deployment.name)} ${verb} ${shares}`,
      resource: deployment.name,
      actor: deployment.change.actor,
      reason: deployment.change.reason,
    },
  ];
}
