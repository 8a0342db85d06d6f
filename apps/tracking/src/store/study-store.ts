import { setTimeout as pause } from "node:timers/promises";
import { type Clock, isDomainError } from "@throughline/kernel";
import {
  type Collection,
  type CollectionDefinition,
  type Document,
  type DocumentWrite,
  type Filter,
  ID,
  idempotent,
  type Store,
} from "@throughline/store";
import type { Key } from "../domain/names.ts";
import type { Study } from "../domain/study.ts";
import type { StudyChange, StudyHistory, StudyStore } from "../domain/study-store.ts";
import type { StudyTrial, TrialKey } from "../domain/study-trial.ts";
import { documentId } from "./collections.ts";
import { findUpTo, getAll } from "./documents.ts";

type StudyValue = Omit<Study, "revision">;
type TrialValue = Omit<StudyTrial, "revision">;

/** Values of examples: little-endian float64, in base 64. */
interface ExamplesValue {
  readonly values: string;
}

const STUDIES: CollectionDefinition<StudyValue> = {
  name: "tracking_studies",
  indexes: [
    { name: "by_project", fields: ["project"] },
    { name: "by_deleted", fields: ["isDeleted"] },
  ],
};

const TRIALS: CollectionDefinition<TrialValue> = {
  name: "tracking_trials",
  indexes: [
    { name: "by_study", fields: ["project", "studyId"] },
    { name: "by_state", fields: ["project", "studyId", "state"] },
    { name: "by_end", fields: ["project", "studyId", "ended"] },
  ],
};

const EXAMPLES: CollectionDefinition<ExamplesValue> = { name: "tracking_trial_examples", indexes: [] };

/** How often a change is decided before it is given up, and how much longer each attempt waits than the one before. */
const ATTEMPTS_MAX = 50;
const PAUSE_MS = 2;

/** Most trials of one study, and studies whose ended trials are remembered. */
const TRIALS_MAX = 5_000;
const REMEMBERED_MAX = 20;

interface Collections {
  readonly studies: Collection<StudyValue>;
  readonly trials: Collection<TrialValue>;
  readonly examples: Collection<ExamplesValue>;
}

/** The studies of all projects. Ids are in the order of creation. */
export function studyStore(store: Store, clock: Clock): StudyStore {
  const collections: Collections = {
    studies: store.collection(STUDIES),
    trials: store.collection(TRIALS),
    examples: store.collection(EXAMPLES),
  };
  const { studies, trials, examples } = collections;
  const once = idempotent({ store, clock });
  return {
    async study(key) {
      const document = await studies.get(documentId(key));
      return document === undefined || document.value.isDeleted ? undefined : studyOf(document);
    },
    async deletedStudy() {
      const { documents } = await studies.find({ where: { field: "isDeleted", eq: true }, limit: 1 });
      return documents[0] && studyOf(documents[0]);
    },
    remove: (study, removed) => store.batch(removals(collections, study, removed)).then(() => {}),
    async studies({ project, before, limit }) {
      const where: Filter<StudyValue> = {
        and: [
          { field: "project", eq: project },
          { field: "isDeleted", exists: false },
          ...(before === undefined ? [] : [{ field: ID, lt: documentId({ project, id: before }) } as const]),
        ],
      };
      const found = await findUpTo(studies, { where, orderBy: [{ field: ID, descending: true }] }, limit);
      return found.map(studyOf);
    },
    async trial(key) {
      const document = await trials.get(trialId(key));
      return document && trialOf(document);
    },
    async trials({ project, id: studyId }, { from, limit }) {
      const where: Filter<TrialValue> = {
        and: [...ofStudy({ project, id: studyId }), { field: ID, gte: trialId({ project, studyId, number: from }) }],
      };
      return (await findUpTo(trials, { where }, limit)).map(trialOf);
    },
    history: histories(trials),
    async examples(keys) {
      const documents = await getAll(examples, keys.map(trialId));
      return documents.map((it) => (it === undefined ? new Float64Array() : unpacked(it.value.values)));
    },
    async commit(decide, call = { requestId: "", method: "", principal: "", requestDigest: "" }) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once.run(call, async () => {
            const { change, response } = await decide();
            return { writes: writesOf(collections, change), response };
          });
        } catch (error) {
          const lost = isDomainError(error, "REVISION_CONFLICT") || isDomainError(error, "ALREADY_EXISTS");
          if (!lost || attempt >= ATTEMPTS_MAX) throw error;
          await pause(PAUSE_MS * attempt);
        }
      }
    },
  };
}

/** Trials that ended never change, so that each is read once by each process. */
function histories(trials: Collection<TrialValue>): (study: Study) => Promise<StudyHistory> {
  const remembered = new Map<string, readonly StudyTrial[]>();
  return async (study) => {
    const key = documentId(study);
    // The running ones first: a trial that ends in between is then found twice, and not lost.
    const where: Filter<TrialValue> = { and: [...ofStudy(study), { field: "state", eq: "RUNNING" }] };
    const running = (await findUpTo(trials, { where }, TRIALS_MAX)).map(trialOf);
    const known = remembered.get(key) ?? [];
    const fresh = await endedAfter(trials, study, known.length);
    const ended = [...known, ...fresh];
    remembered.delete(key);
    remembered.set(key, ended);
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
    const done = new Set(ended.map((it) => it.number));
    return { ended, running: running.filter((it) => !done.has(it.number)) };
  };
}

async function endedAfter(trials: Collection<TrialValue>, study: Study, ended: number): Promise<readonly StudyTrial[]> {
  const where: Filter<TrialValue> = { and: [...ofStudy(study), { field: "ended", gt: ended }] };
  return (await findUpTo(trials, { where, orderBy: [{ field: "ended" }] }, TRIALS_MAX)).map(trialOf);
}

function writesOf({ studies, trials, examples }: Collections, change: StudyChange): readonly DocumentWrite[] {
  return [
    ...(change.study === undefined ? [] : [written(studies, documentId(change.study), change.study)]),
    ...(change.trials ?? []).map((it) => written(trials, trialId(it), it)),
    ...(change.examples === undefined
      ? []
      : [examples.writes.put(trialId(change.examples.trial), { values: packed(change.examples.values) })]),
  ];
}

/** The removal of trials, with the values of their examples; of the study, if there are no trials. */
function removals({ studies, trials, examples }: Collections, study: Study, removed: readonly StudyTrial[]) {
  if (removed.length === 0) return [studies.writes.remove(documentId(study), study.revision)];
  return removed.flatMap((it) => [
    trials.writes.remove(trialId(it), it.revision),
    // Their values are written once, with the end of the trial.
    ...(it.exampleCount > 0 ? [examples.writes.remove(trialId(it), 1)] : []),
  ]);
}

/** The write that brings a document to a revision: the first one inserts it. */
function written<T extends object>(
  { writes }: Collection<T>,
  id: string,
  { revision, ...value }: T & { readonly revision: number },
): DocumentWrite {
  // What is left without the revision is the value, which the compiler cannot see through a type parameter.
  const plain = value as unknown as T;
  return revision === 1 ? writes.insert(id, plain) : writes.replace(id, revision - 1, plain);
}

const ofStudy = ({ project, id }: Key): readonly Filter<TrialValue>[] => [
  { field: "project", eq: project },
  { field: "studyId", eq: id },
];

const studyOf = ({ value, revision }: Document<StudyValue>): Study => ({ ...value, revision });

const trialOf = ({ value, revision }: Document<TrialValue>): StudyTrial => ({ ...value, revision });

/** Ids are in the order of the numbers. */
const trialId = ({ project, studyId, number }: TrialKey): string =>
  `${project}/${studyId}/${String(number).padStart(10, "0")}`;

function packed(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, i * 8);
  return bytes.toString("base64");
}

function unpacked(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8));
}
