import { type BanditState, readBanditState } from "@throughline/bandits";
import type { BanditNode } from "@throughline/graphs";
import { type Clock, isDomainError } from "@throughline/kernel";
import type { DocumentWrite } from "@throughline/store";
import type { FeedbackChange, FeedbackRevision } from "./feedback.ts";
import { type GraphBandit, graphBandit } from "./graph/bandit.ts";
import type { GraphChoice } from "./graph/trace.ts";
import type { Lesson } from "./lesson.ts";
import type { Prediction } from "./prediction.ts";
import type { PredictionLog } from "./prediction-log.ts";
import type { Release } from "./release.ts";

/** A release, and its bandits by node. */
export interface BanditsOf {
  readonly release: Pick<Release, "name">;
  readonly bandits: ReadonlyMap<string, GraphBandit>;
}

/** What the bandits of a release have learnt at a deployment, by node. */
export type Knowledge = (node: string) => BanditState | undefined;

/**
 * What bandits have learnt, for each deployment, release and node. Laws:
 * - A reward counts once, however often it is sent: it is learnt in the same write in which its feedback is stored, or not at all.
 * - A correction takes the reward of before out again, exactly.
 * - What was learnt survives the end of every process, and other routers on the same store learn it too, after at most `refreshMs`.
 */
export interface BanditMemory {
  /** Undefined if the release has no bandits. Fails as the store does, but only until it was read once. */
  knowledge(deployment: string, of: BanditsOf): Promise<Knowledge | undefined>;
  /** What is to be written with new feedback, and what to do when it was. */
  lesson(deployment: string, changes: readonly FeedbackChange[]): Promise<Lesson | undefined>;
}

/** One bandit as it is kept. */
export interface StoredBandit {
  readonly deployment: string;
  readonly release: string;
  readonly node: string;
  /** How it chooses and what a reward is: feedback may come when its release is loaded nowhere any more. */
  readonly definition: BanditNode;
  readonly state: BanditState;
}

/** Where bandits are kept. */
export interface BanditStore {
  /** The bandits of a release at a deployment, with the revisions of their documents. */
  of(deployment: string, release: string): Promise<readonly KeptBandit[]>;
  /** Adds a bandit, unless it is there. */
  add(bandit: StoredBandit): Promise<void>;
  /** The write that changes a bandit if it is still at its revision. */
  change(kept: KeptBandit, state: BanditState): DocumentWrite;
  /** True if any release of the deployment has a bandit. */
  has(deployment: string): Promise<boolean>;
}

export interface KeptBandit {
  readonly bandit: StoredBandit;
  readonly revision: number;
}

export interface BanditMemoryOptions {
  readonly store: BanditStore;
  readonly log: Pick<PredictionLog, "read">;
  readonly clock: Clock;
  /** How old what is known may be before it is read again. */
  readonly refreshMs: number;
}

/** Releases at deployments that are kept in memory. */
const KNOWN_MAX = 1_000;

interface Known {
  states: Promise<ReadonlyMap<string, BanditState>>;
  readMs: number;
}

export function banditMemory({ store, log, clock, refreshMs }: BanditMemoryOptions): BanditMemory {
  const known = new Map<string, Known>();
  const withBandits = new Set<string>();

  const read = async (deployment: string, { release, bandits }: BanditsOf) => {
    const kept = await store.of(deployment, release.name);
    const states = new Map(kept.map(({ bandit }) => [bandit.node, bandit.state] as const));
    for (const [node, { definition, policy }] of bandits) {
      if (states.has(node)) continue;
      await store.add({ deployment, release: release.name, node, definition, state: policy.empty });
      states.set(node, policy.empty);
    }
    return new Map([...states].map(([node, it]) => [node, readState(bandits.get(node), it)]));
  };
  const load = (key: string, deployment: string, of: BanditsOf): Known => {
    const entry: Known = { states: read(deployment, of), readMs: clock.now() };
    const [oldest] = known.keys();
    if (known.size >= KNOWN_MAX && oldest !== undefined) known.delete(oldest);
    known.set(key, entry);
    entry.states.catch(() => known.delete(key));
    return entry;
  };
  const refresh = (entry: Known, deployment: string, of: BanditsOf): void => {
    entry.readMs = clock.now();
    // What is known goes on while the store is away.
    read(deployment, of).then(
      (states) => {
        entry.states = Promise.resolve(states);
      },
      () => {},
    );
  };
  return {
    async knowledge(deployment, of) {
      if (of.bandits.size === 0) return undefined;
      withBandits.add(deployment);
      const key = keyOf(deployment, of.release.name);
      const entry = known.get(key) ?? load(key, deployment, of);
      if (clock.now() - entry.readMs >= refreshMs) refresh(entry, deployment, of);
      const states = await entry.states;
      return (node) => states.get(node);
    },
    async lesson(deployment, changes) {
      if (!withBandits.has(deployment)) {
        if (!(await store.has(deployment))) return undefined;
        withBandits.add(deployment);
      }
      const predictions = await Promise.all(changes.map(({ after }) => log.read(deployment, after.id)));
      const releases = [...new Set(predictions.flatMap((it) => (it && hasArm(it) ? [it.facts.release] : [])))];
      const learnt = await Promise.all(
        releases.map(async (release) => {
          const own = changes.flatMap((change, i): Outcome[] => {
            const prediction = predictions[i];
            return prediction?.facts.release === release ? [{ change, prediction }] : [];
          });
          return { release, learnt: (await store.of(deployment, release)).flatMap((it) => learn(it, own)) };
        }),
      );
      return {
        writes: learnt.flatMap((it) => it.learnt.map(({ kept, state }) => store.change(kept, state))),
        learnt() {
          for (const it of learnt) {
            const entry = known.get(keyOf(deployment, it.release));
            if (entry === undefined) continue;
            const changed = it.learnt.map(({ kept, state }) => [kept.bandit.node, state] as const);
            entry.states = entry.states.then((states) => new Map([...states, ...changed]));
          }
        },
      };
    },
  };
}

const keyOf = (deployment: string, release: string): string => `${deployment} ${release}`;

/** What was kept may be of fewer arms, or read from JSON; what it cannot be read as is learnt anew. */
const readState = (bandit: GraphBandit | undefined, state: BanditState): BanditState =>
  bandit === undefined ? state : readBanditState(bandit.spec, state);

interface Outcome {
  readonly change: FeedbackChange;
  readonly prediction: Prediction;
}

const armsOf = ({ trace }: Prediction): readonly GraphChoice[] => trace?.choices.filter((it) => it.arm) ?? [];
const hasArm = (prediction: Prediction): boolean => armsOf(prediction).length > 0;

/** The bandit after the outcomes; nothing if none is about it. */
function learn(
  kept: KeptBandit,
  outcomes: readonly Outcome[],
): readonly { readonly kept: KeptBandit; readonly state: BanditState }[] {
  const { node, definition } = kept.bandit;
  const own = outcomes.flatMap(({ change, prediction }) => {
    const arm = armsOf(prediction).find((it) => it.node === node)?.arm;
    return arm === undefined ? [] : [{ change, arm, score: prediction.score }];
  });
  if (own.length === 0) return [];
  const { spec, policy, rewardOf } = graphBandit(definition);
  let state = readBanditState(spec, kept.bandit.state);
  for (const { change, arm, score } of own) {
    const given = (revision: FeedbackRevision | undefined) => {
      const reward = revision && rewardOf({ ...revision, score });
      return reward === undefined ? undefined : { arm: arm.name, reward, context: arm.context };
    };
    const [before, after] = [given(change.before?.revisions.at(-1)), given(change.after.revisions.at(-1))];
    if (before) state = unlessRefused(state, () => policy.remove(state, before));
    if (after) state = unlessRefused(state, () => policy.update(state, after));
  }
  return [{ kept, state }];
}

/** A reward that the policy cannot learn from, such as 0.5 where it takes 0 and 1, is none. It is refused alike when it is taken out. */
function unlessRefused(state: BanditState, change: () => BanditState): BanditState {
  try {
    return change();
  } catch (error) {
    if (isDomainError(error) && error.kind === "invalid") return state;
    throw error;
  }
}
