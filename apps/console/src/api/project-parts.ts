import type { DataVersion } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { DeploymentState } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { ProjectParts } from "../thread/overview.ts";
import { dataVersions, deployments, features, registry, releases, tracking } from "./clients.ts";
import type { Listed } from "./list-all.ts";

/** Everything that the home page shows. */
export interface ProjectOverview {
  readonly parts: ProjectParts;
  readonly states: readonly DeploymentState[];
  /** The newest commits on the log of the data. */
  readonly commits: readonly DataVersion[];
  /** Why a service did not answer, if one did not. */
  readonly failures: readonly unknown[];
}

const MODELS_MAX = 20;
const DEPLOYMENTS_MAX = 10;
const TRAINING_SETS_MAX = 10;
const COMMITS_MAX = 50;

/** Reads the newest of everything. A service that does not answer leaves a gap instead of failing the whole. */
export async function loadOverview(project: string, signal: AbortSignal): Promise<ProjectOverview> {
  const failures: unknown[] = [];
  const parent = `projects/${project}`;
  const to = { signal };
  const gap = (thrown: unknown): undefined => {
    failures.push(thrown);
  };
  const [sources, views, trainingSets, runs, versions, made, serving, commits] = await Promise.all([
    features.listSources({ parent }, to).then((it) => listed(it.sources, it.nextPageToken), gap),
    features.listFeatureViews({ parent }, to).then((it) => listed(it.featureViews, it.nextPageToken), gap),
    features.listTrainingSets({ parent }, to).then((it) => listed(it.trainingSets, it.nextPageToken), gap),
    tracking.listRuns({ parent }, to).then((it) => listed(it.runs, it.nextPageToken), gap),
    newestVersions(parent, signal).catch(gap),
    releases.listReleases({ parent }, to).then((it) => listed(it.releases, it.nextPageToken), gap),
    deployments.listDeployments({ parent }, to).then((it) => listed(it.deployments, it.nextPageToken), gap),
    dataVersions.listDataVersions({ parent, pageSize: COMMITS_MAX }, to).then((it) => it.dataVersions, gap),
  ]);
  const [services, states] = await Promise.all([
    servicesOf(trainingSets?.items ?? [], signal),
    Promise.all(
      (serving?.items ?? [])
        .slice(0, DEPLOYMENTS_MAX)
        .map((it) => deployments.listDeploymentChanges({ name: it.name }, to).then((answer) => answer.states)),
    ).catch(() => []),
  ]);
  // With no answer at all there is nothing to draw: then the page says why.
  if (failures.length === 8) throw failures[0];
  const parts = { sources, views, services, trainingSets, runs, versions, releases: made, deployments: serving };
  return { parts, states: states.flat(), commits: commits ?? [], failures };
}

const listed = <T>(items: readonly T[], next: string): Listed<T> => ({ items, more: next !== "" });

async function newestVersions(parent: string, signal: AbortSignal): Promise<Listed<ModelVersion>> {
  const models = await registry.listModels({ parent }, { signal });
  const answers = await Promise.all(
    models.models.slice(0, MODELS_MAX).map((it) => registry.listModelVersions({ parent: it.name }, { signal })),
  );
  return {
    items: answers.flatMap((it) => it.versions),
    more: models.models.length > MODELS_MAX || answers.some((it) => it.nextPageToken !== ""),
  };
}

/** The feature services that training sets were joined by, at their versions: they say which views went in. */
async function servicesOf(sets: readonly TrainingSet[], signal: AbortSignal): Promise<readonly FeatureService[]> {
  const wanted = new Map(sets.slice(0, TRAINING_SETS_MAX).map((it) => [it.featureServiceDigest, it]));
  const answers = await Promise.allSettled(
    [...wanted.values()].map((it) =>
      features.getFeatureService({ name: it.featureService, version: it.featureServiceVersion }, { signal }),
    ),
  );
  return answers.flatMap((it) =>
    it.status === "fulfilled" && it.value.featureService ? [it.value.featureService] : [],
  );
}
