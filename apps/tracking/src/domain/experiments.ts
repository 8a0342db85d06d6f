import { notFound, type Page, pageSize } from "@throughline/kernel";
import {
  changedExperiment,
  type Experiment,
  type ExperimentContent,
  inStage,
  type LifecycleStage,
  type NewContent,
  newExperiment,
  type TagChange,
  taggedExperiment,
} from "./experiment.ts";
import { experimentName, type Key } from "./names.ts";
import { gathered, type PageRequest, pageOf } from "./page.ts";
import type { Call, Tracking } from "./ports.ts";
import { textBytes } from "./text.ts";

/** An experiment to be created. */
export interface NewExperiment {
  readonly project: string;
  /** Absent: it gets one. */
  readonly id?: string;
  readonly content: NewContent;
}

/** Creates an experiment. Fails with ALREADY_EXISTS if an active one has the display name, or any one the id. */
export function createExperiment(
  { commit, newId, clock }: Tracking,
  { project, id, content }: NewExperiment,
  call: Call,
): Promise<Experiment> {
  return commit(async () => {
    const experiment = newExperiment(content, { project, id: id ?? newId(), timeMs: clock.now() });
    return { change: { experiment: { after: experiment } }, response: experiment };
  }, call);
}

/** Fails with NOT_FOUND. */
export async function getExperiment({ store }: Pick<Tracking, "store">, key: Key): Promise<Experiment> {
  const experiment = await store.experiment(key);
  if (experiment === undefined) throw notFound(experimentName.format({ project: key.project, experiment: key.id }));
  return experiment;
}

/** One page of experiments, newest first. */
export async function listExperiments(
  tracking: Tracking,
  { project, displayName, showDeleted, page }: ExperimentList,
): Promise<Page<Experiment>> {
  const size = pageSize(page.size);
  const query = { list: "experiments", project, displayName, showDeleted };
  const tokens = pageOf<Experiment>(tracking.pageTokens, query, ({ id }) => id);
  const start = tokens.read(page.token);
  const found = await gathered<Experiment>(
    size,
    ({ after, limit }) => {
      const before = after?.id ?? start;
      return tracking.store.experiments({
        project,
        showDeleted,
        limit,
        ...(displayName !== "" && { displayName }),
        ...(before !== undefined && { before: String(before) }),
      });
    },
    weighExperiment,
  );
  return tokens.page(found, size, weighExperiment);
}

/** Bytes that an experiment takes in a message, at least roughly. */
export const weighExperiment = ({ displayName, description, tags }: Experiment): number =>
  Buffer.byteLength(displayName) + Buffer.byteLength(description) + textBytes(tags) + FRAME_BYTES;

const FRAME_BYTES = 256;

export interface ExperimentList {
  readonly project: string;
  /** Only the experiment of this display name; empty for all. */
  readonly displayName: string;
  readonly showDeleted: boolean;
  readonly page: PageRequest;
}

/** Changes some of an experiment. Fails with NOT_FOUND, REVISION_CONFLICT, and ALREADY_EXISTS for the display name. */
export function updateExperiment(
  { commit, store, clock }: Tracking,
  { key, etag, content }: { readonly key: Key; readonly etag: string; readonly content: Partial<ExperimentContent> },
): Promise<Experiment> {
  return commit(async () => {
    const before = await getExperiment({ store }, key);
    const after = changedExperiment(before, { etag, content }, clock);
    return { change: { experiment: { before, after } }, response: after };
  });
}

/** Deletes or restores an experiment. Nothing changes if it is in that stage. Fails with NOT_FOUND and ALREADY_EXISTS. */
export function moveExperiment(
  { commit, store, clock }: Tracking,
  key: Key,
  stage: LifecycleStage,
): Promise<Experiment> {
  return commit(async () => {
    const before = await getExperiment({ store }, key);
    const after = inStage(before, stage, clock);
    return { change: after === before ? {} : { experiment: { before, after } }, response: after };
  });
}

/** Sets and removes tags, whatever the revision. Fails with NOT_FOUND and EXPERIMENT_DELETED. */
export function tagExperiment({ commit, store, clock }: Tracking, key: Key, change: TagChange): Promise<Experiment> {
  return commit(async () => {
    const before = await getExperiment({ store }, key);
    const after = taggedExperiment(before, change, clock);
    return { change: after === before ? {} : { experiment: { before, after } }, response: after };
  });
}
