import { type Deployment, revisionBefore, weightOf } from "./deployment.ts";
import { DEPLOYMENT_STATES_MAX, type DeploymentStore } from "./deployment-store.ts";
import { alarmOutdated, noEarlierState, releaseNotServing } from "./errors.ts";
import type { TrafficShare } from "./traffic.ts";

/** What told that a release does badly. */
export interface Alarm {
  /** Empty: of those that serve, the one that got its share last. */
  readonly release: string;
  readonly startMs: number;
}

/** What served before the content of a state was first put there. Fails with NO_EARLIER_STATE. */
export async function stateBefore(
  deployments: Pick<DeploymentStore, "atRevision">,
  state: Deployment,
): Promise<Deployment> {
  const { name, restoresRevision } = state;
  const origin = restoresRevision > 0 ? await deployments.atRevision(name, restoresRevision) : undefined;
  const revision = revisionBefore(origin ?? state);
  const before = revision < state.change.revision && (await deployments.atRevision(name, revision));
  if (!before || before.isDeleted) throw noEarlierState(name);
  return before;
}

/**
 * What served before the release of an alarm got its share, by the rule of single rollbacks: what was rolled back from is passed over.
 *
 * Fails with RELEASE_NOT_SERVING and NO_EARLIER_STATE; and with ALARM_OUTDATED for a release that serves only since later, or, where the
 * alarm names none, if other releases served when it began: else one that is told again would roll back what was brought in against
 * it. Of a deployment with more than 1,000 states the newest are known, and a release that serves in all of them serves since the first
 * of those.
 */
export async function stateBeforeRelease(
  deployments: Pick<DeploymentStore, "atRevision" | "history">,
  current: Deployment,
  alarm: Alarm,
): Promise<Deployment> {
  const { name } = current;
  const states = await deployments.history(name, DEPLOYMENT_STATES_MAX);
  const newest = newestOf(states, current);
  const release = alarm.release || newest.release;
  if (weightOf(current.traffic, release) === 0) throw releaseNotServing(name, release);
  const servesSince = alarm.release ? servesSinceMs(states, release) : newest.sinceMs;
  if (alarm.startMs < (servesSince ?? Number.POSITIVE_INFINITY)) throw alarmOutdated(name, release);
  let target = current;
  while (weightOf(target.traffic, release) > 0) target = await stateBefore(deployments, target);
  return target;
}

/** Since when a release has had a share in all states, which come newest first; undefined if it has none in the newest. */
const servesSinceMs = (states: readonly Deployment[], release: string): number | undefined =>
  sinceMs(states, ({ traffic }) => weightOf(traffic, release) > 0);

/** Of the releases that serve, the one that got its share last; and since when these serve and no others. */
function newestOf(states: readonly Deployment[], { traffic }: Deployment) {
  const serving = servingIn(traffic);
  const since = serving.map((release) => ({ release, ms: servesSinceMs(states, release) ?? 0 }));
  const { release } = since.reduce((newest, it) => (it.ms > newest.ms ? it : newest));
  return {
    release,
    sinceMs: sinceMs(states, (it) => servingIn(it.traffic).join() === serving.join()),
  };
}

const servingIn = (traffic: readonly TrafficShare[]): readonly string[] =>
  traffic.flatMap((it) => (it.weightBasisPoints > 0 ? [it.release] : [])).sort();

/** Since when all states, which come newest first, are as is asked; undefined if the newest is not. */
function sinceMs(states: readonly Deployment[], isSo: (state: Deployment) => boolean): number | undefined {
  const other = states.findIndex((it) => !isSo(it));
  return states.at(other < 0 ? -1 : other - 1)?.change.timeMs;
}
