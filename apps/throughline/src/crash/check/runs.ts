import { LifecycleStage, SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { type Run, RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { Json } from "@throughline/kernel";
import { unlessMissing, valueAt } from "../content.ts";
import { EXPERIMENT } from "../load/ground.ts";
import { STREAM_KEY, STREAM_POINTS } from "../load/streams.ts";
import type { Services } from "../services.ts";
import type { Names, Reader } from "./reader.ts";

/** Reads each by itself. */
const each =
  (read: (services: Services, name: string) => Promise<Json>): Reader =>
  async (services, names) => {
    const found = new Map<string, Json>();
    for (const name of names) found.set(name, await read(services, name));
    return found;
  };

export const readExperiments = each(async ({ tracking, parent }, id) => {
  const answer = await unlessMissing(tracking.getExperiment({ name: `${parent}/experiments/${id}` }));
  if (!answer?.experiment) return null;
  const { displayName: title, tags, lifecycleStage } = answer.experiment;
  return { title, tags, stage: LifecycleStage[lifecycleStage] ?? "" };
});

export const readRuns = each(async (services, id) => {
  const name = `${services.parent}/runs/${id}`;
  const answer = await unlessMissing(services.tracking.getRun({ name }));
  if (!answer?.run) return null;
  const { displayName: title, state, parentRun, lifecycleStage, params, tags, metrics } = answer.run;
  const points: Record<string, Json> = {};
  for (const { key, step, value } of metrics)
    if (key !== STREAM_KEY) points[key] = await lengthOf(services, { run: name, key }, { step: Number(step), value });
  return {
    title,
    state: RunState[state] ?? "",
    parent: parentRun.split("/").at(-1) ?? "",
    stage: LifecycleStage[lifecycleStage] ?? "",
    params,
    tags,
    points,
    files: await filesOf(services, name),
  };
});

/** How many points a metric has; a text if they are not the first so many, or the latest value is not the last of them. */
async function lengthOf(
  { tracking }: Services,
  of: { readonly run: string; readonly key: string },
  latest?: { readonly step: number; readonly value: number },
): Promise<Json> {
  const points: { readonly step: number; readonly value: number }[] = [];
  let pageToken = "";
  do {
    const page = await tracking.getMetricHistory({ ...of, pageSize: 25_000, pageToken });
    points.push(...page.metrics.map((it) => ({ step: Number(it.step), value: it.value })));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  points.sort((a, b) => a.step - b.step);
  const wrong = points.find(({ step, value }, i) => step !== i || !Object.is(value + 0, valueAt(step) + 0));
  if (wrong) return `${points.length} points, and one of step ${wrong.step} with ${wrong.value}`;
  const last = points.at(-1);
  if (latest && (last?.step !== latest.step || !Object.is(last.value + 0, latest.value + 0)))
    return `${points.length} points, and the latest is said to be ${latest.value} at step ${latest.step}`;
  return points.length;
}

/** Paths and digests. What is listed must be there: its bytes are a cell of their own. */
async function filesOf({ files }: Services, parent: string): Promise<Json> {
  const found: Record<string, Json> = {};
  let pageToken = "";
  do {
    const page = await files.listFiles({ parent, recursive: true, pageToken });
    for (const it of page.files) if (!it.directory) found[it.path] = it.digest;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}

/** How many messages of a stream are in the history, each whole and once; and the stream must know it. Null for none. */
export const readStreams = each(async (services, name) => {
  const [run = "", streamId = ""] = name.split("/");
  const runName = `${services.parent}/runs/${run}`;
  if (!(await unlessMissing(services.tracking.getRun({ name: runName })))) return null;
  const points = await lengthOf(services, { run: runName, key: STREAM_KEY });
  if (typeof points !== "number" || points % STREAM_POINTS !== 0) return `${points} points`;
  const asking = (async function* () {
    yield { run: runName, streamId, sequence: 0n };
  })();
  for await (const { acknowledgedSequence } of services.tracking.logMetrics(asking)) {
    const messages = points / STREAM_POINTS;
    if (Number(acknowledgedSequence) !== messages) return `${messages}, and ${acknowledgedSequence} are known`;
    return messages === 0 ? null : messages;
  }
  return "no answer";
});

const REQUESTS_PER_SEARCH = 200;

/** How many runs came of each request id: it is a tag of theirs. */
export const readRequests: Reader = async ({ tracking, parent }, requestIds) => {
  const found = new Map<string, number>();
  for (let at = 0; at < requestIds.length; at += REQUESTS_PER_SEARCH) {
    const ids = requestIds.slice(at, at + REQUESTS_PER_SEARCH).map((it) => `'${it}'`);
    const filter = `tags.request IN (${ids.join(", ")})`;
    const { runs } = await tracking.searchRuns({ parent, filter, view: SearchView.ALL });
    for (const { tags } of runs) found.set(tags["request"] ?? "", (found.get(tags["request"] ?? "") ?? 0) + 1);
  }
  return found;
};

export const readLoggedModels = each(async (services, id) => {
  const name = `${services.parent}/loggedModels/${id}`;
  const answer = await unlessMissing(services.loggedModels.getLoggedModel({ name, showDeleted: true }));
  if (!answer?.loggedModel) return null;
  const { state, params, tags, lifecycleStage, metrics } = answer.loggedModel;
  return {
    state: LoggedModelState[state] ?? "",
    stage: LifecycleStage[lifecycleStage] ?? "",
    params,
    tags,
    metrics: Object.fromEntries(metrics.map((it) => [it.key, it.value])),
    files: await filesOf(services, name),
  };
});

/** What searches find is what there is: an index may neither lack a run nor name one that is gone. */
export async function checkSearches(
  services: Services,
  { names, found }: { readonly names: Names; readonly found: ReadonlyMap<string, Json> },
): Promise<readonly string[]> {
  const { tracking, parent } = services;
  const here = (kind: string): string[] =>
    (names.get(kind) ?? []).filter((it) => (found.get(`${kind}:${it}`) ?? null) !== null);
  const runs: Run[] = [];
  let pageToken = "";
  do {
    const page = await tracking.searchRuns({
      parent,
      experiments: [`${parent}/experiments/${EXPERIMENT}`],
      view: SearchView.ALL,
      pageSize: 5_000,
      pageToken,
    });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  // Those of requests have ids of the platform's own, and are counted by their cells.
  const listed = runs.filter((it) => it.tags["request"] === undefined).map((it) => it.name.split("/").at(-1) ?? "");
  return differences("a search of runs", { wanted: here("run"), listed });
}

function differences(
  what: string,
  { wanted, listed }: { readonly wanted: readonly string[]; readonly listed: readonly string[] },
): readonly string[] {
  const [there, here] = [new Set(listed), new Set(wanted)];
  return [
    ...[...here].filter((it) => !there.has(it)).map((it) => `${what} does not find ${it}`),
    ...listed.filter((it) => !here.has(it)).map((it) => `${what} finds ${it}, which nobody wrote`),
    ...(there.size === listed.length ? [] : [`${what} finds something twice`]),
  ];
}
