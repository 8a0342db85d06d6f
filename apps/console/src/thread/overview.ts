import type { FeatureService, FeatureView, Source } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { Deployment } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type Run, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { Listed } from "../api/list-all.ts";
import { basisPoints, counted, figure, toMs, words } from "./format.ts";
import { idOf } from "./names.ts";

/** Everything that the picture of a project is drawn from. A list is undefined if its service did not answer. */
export interface ProjectParts {
  readonly sources: Listed<Source> | undefined;
  readonly views: Listed<FeatureView> | undefined;
  readonly services: readonly FeatureService[];
  readonly trainingSets: Listed<TrainingSet> | undefined;
  readonly runs: Listed<Run> | undefined;
  readonly versions: Listed<ModelVersion> | undefined;
  readonly releases: Listed<Release> | undefined;
  readonly deployments: Listed<Deployment> | undefined;
}

/** One thing in the picture. */
export interface Item {
  /** Name of the resource. */
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly timeMs: number;
  /** What it was made from: ids of items of earlier stages. */
  readonly from: readonly string[];
}

/** One stage of the thread, with all of its items. */
export interface Stage {
  readonly key: string;
  readonly title: string;
  /** The console's page of the whole list. */
  readonly page: string;
  readonly items: readonly Item[];
  /** True if there are more items than were read. */
  readonly more: boolean;
  readonly answered: boolean;
}

/** The stages of the thread from the sources to the deployments, each item with what it was made from. */
export function stagesOf(parts: ProjectParts): readonly Stage[] {
  const stage = <T>(
    key: string,
    title: string,
    of: { list: Listed<T> | undefined; page: string; item: (it: T) => Item },
  ) => ({
    key,
    title,
    page: of.page,
    items: of.list?.items.map(of.item) ?? [],
    more: of.list?.more ?? false,
    answered: of.list !== undefined,
  });
  const training = (it: TrainingSet) => trainingSetItem(it, parts.services);
  const run = (it: Run) => runItem(it, parts.trainingSets?.items ?? []);
  return [
    stage("sources", "Sources", { list: parts.sources, page: "features", item: sourceItem }),
    stage("views", "Feature views", { list: parts.views, page: "features", item: viewItem }),
    stage("training-sets", "Training sets", { list: parts.trainingSets, page: "training-sets", item: training }),
    stage("runs", "Runs", { list: parts.runs, page: "runs", item: run }),
    stage("versions", "Model versions", { list: parts.versions, page: "models", item: versionItem }),
    stage("releases", "Releases", { list: parts.releases, page: "releases", item: releaseItem }),
    stage("deployments", "Deployments", { list: parts.deployments, page: "deployments", item: deploymentItem }),
  ];
}

/** Keeps at most `most` items of each stage: first those that later stages were made from, then the newest. */
export function newestThread(stages: readonly Stage[], most: number): readonly Stage[] {
  const wanted = new Set<string>();
  const chosen = stages.toReversed().map((stage) => {
    const rank = (it: Item) => (wanted.has(it.id) ? 1 : 0);
    const items = stage.items.toSorted((a, b) => rank(b) - rank(a) || b.timeMs - a.timeMs).slice(0, most);
    for (const id of items.flatMap((it) => it.from)) wanted.add(id);
    return { ...stage, items };
  });
  return chosen.reverse();
}

const sourceItem = (it: Source): Item => ({
  id: it.name,
  title: idOf(it.name),
  note: counted(it.rowCount, "row"),
  timeMs: toMs(it.createTime) ?? 0,
  from: [],
});

const viewItem = (it: FeatureView): Item => ({
  id: it.name,
  title: idOf(it.name),
  note: `version ${it.version} · ${it.features.length} features`,
  timeMs: toMs(it.createTime) ?? 0,
  from: [it.source],
});

function trainingSetItem(it: TrainingSet, services: readonly FeatureService[]): Item {
  const service = services.find((one) => one.digest === it.featureServiceDigest);
  return {
    id: it.name,
    title: shortId(it.name),
    note: counted(it.rowCount, "row"),
    timeMs: toMs(it.createTime) ?? 0,
    from: service?.views.map((view) => view.view) ?? [],
  };
}

function runItem(it: Run, sets: readonly TrainingSet[]): Item {
  const read = it.datasets.flatMap(({ dataset }) => (dataset ? [dataset.digest, dataset.displayName] : []));
  return {
    id: it.name,
    title: it.displayName || idOf(it.name),
    note: words(RunState[it.state]),
    timeMs: toMs(it.startTime) ?? 0,
    from: sets
      .filter((set) => [set.name, set.digest, set.fileDigest].some((key) => read.includes(key)))
      .map((set) => set.name),
  };
}

const versionItem = (it: ModelVersion): Item => ({
  id: it.name,
  title: `${it.name.split("/")[3] ?? ""} ${it.version}`,
  note: firstMetric(it.metrics),
  timeMs: toMs(it.createTime) ?? 0,
  from: it.run !== "" ? [it.run] : it.trainingSet !== "" ? [it.trainingSet] : [],
});

/** One metric to tell versions apart by; what was measured on the training rows says least. */
function firstMetric(metrics: Readonly<Record<string, number>>): string {
  const names = Object.keys(metrics).sort();
  const name = names.find((it) => !it.startsWith("train")) ?? names[0];
  return name === undefined ? "" : `${name} ${figure(metrics[name])}`;
}

/** Ids that are digests are long; their beginning tells them apart in a picture. */
const shortId = (name: string): string => idOf(name).slice(0, 10);

const releaseItem = (it: Release): Item => ({
  id: it.name,
  title: shortId(it.name),
  note: it.description,
  timeMs: toMs(it.createTime) ?? 0,
  from: Object.values(it.manifest?.models ?? {}).map((model) => model.modelVersion),
});

const deploymentItem = (it: Deployment): Item => ({
  id: it.name,
  title: idOf(it.name),
  note: it.traffic
    .filter((share) => share.weightBasisPoints > 0)
    .map((share) => basisPoints(share.weightBasisPoints))
    .join(" / "),
  timeMs: toMs(it.change?.time) ?? 0,
  from: it.traffic.filter((share) => share.weightBasisPoints > 0).map((share) => share.release),
});
