import type { Deployment } from "./deployment.ts";
import type { DeploymentStore } from "./deployment-store.ts";
import type { Findings } from "./ports.ts";
import type { Release } from "./release.ts";
import type { Observation } from "./scorecard.ts";
import { notAsked, type Seen } from "./scorecard-findings.ts";
import { WHOLE_BASIS_POINTS } from "./traffic.ts";
import { unlessAway } from "./unanswered.ts";

const DAY_MS = 86_400_000;
/** "As little as one to two months", in the paper that the tests are from. */
const SOON_DAYS = 60;

/** Most deployments of a project and states of a deployment that are looked at. */
const LOOKED_AT_MAX = 100;

interface ServingDeps {
  readonly deployments: Pick<DeploymentStore, "list" | "history">;
  readonly findings?: Pick<Findings, "viewMadeMs">;
}

/** Tests that the deployments say something of in which the release serves. */
export async function servingSeen(deps: ServingDeps, release: Release): Promise<readonly Seen[]> {
  const { name } = release;
  const serving = await firstServing(deps, release);
  if (!serving) return [];
  const { state, before, newest } = serving;
  return [
    ["infrastructure-5", followed(newest)],
    ["infrastructure-6", broughtIn(state, name)],
    ["infrastructure-7", wayBack(state, before, name)],
    ...(await featureTimeSeen(deps, release, state)),
  ];
}

/** The first state of a deployment in which a release serves, with the one before and the newest. */
async function firstServing(deps: ServingDeps, { name, project }: Release) {
  const { items } = await deps.deployments.list(project, { limit: LOOKED_AT_MAX });
  const histories = await Promise.all(items.map((it) => deps.deployments.history(it.name, LOOKED_AT_MAX)));
  for (const newestFirst of histories) {
    const states = newestFirst.toReversed();
    // Nothing leads back to before it was deleted.
    const deleted = states.findLastIndex((it) => it.isDeleted);
    const first = states.findIndex((it, i) => i > deleted && shareOf(it, name) > 0);
    const state = states[first];
    const newest = states.at(-1);
    if (state && newest) return { state, before: states[first - 1], newest };
  }
  return undefined;
}

/** From the definition of its newest feature view to serving: one to two months are quick, says the paper. */
async function featureTimeSeen(deps: ServingDeps, release: Release, served: Deployment): Promise<readonly Seen[]> {
  const views = Object.entries(release.manifest.features?.viewVersions ?? {});
  if (views.length === 0) return [];
  const asked = await Promise.all(
    views.map(([view, version]) =>
      unlessAway(deps.findings?.viewMadeMs(`${release.project}/featureViews/${view}`, version)),
    ),
  );
  const away = asked.find((it) => it.unasked !== undefined)?.unasked;
  if (away !== undefined) return notAsked(away, "data-6");
  const made = views.flatMap(([view, version], i) => {
    const madeMs = asked[i]?.found;
    return madeMs === undefined ? [] : [{ view, version, madeMs }];
  });
  // Of one that is gone nobody knows whether it is the newest.
  if (made.length < views.length) return [];
  const newest = made.reduce((a, b) => (b.madeMs > a.madeMs ? b : a));
  const { name, change } = served;
  const days = Math.max(0, Math.floor((change.timeMs - newest.madeMs) / DAY_MS));
  const sentence = `Version ${newest.version} of ${newest.view}, its newest feature view, served in ${name} ${days} days after it was defined; ${SOON_DAYS} are soon.`;
  return [["data-6", { holds: days <= SOON_DAYS, sentence, evidence: name }]];
}

const shareOf = ({ traffic }: Deployment, release: string): number =>
  traffic.find((it) => it.release === release)?.weightBasisPoints ?? 0;

function followed({ name, log }: Deployment): Observation {
  const share = (log?.sampleBasisPoints || WHOLE_BASIS_POINTS) / 100;
  const sentence = `${share} % of the predictions of ${name} are logged with their features, and each of these can be followed from its rows to its answer.`;
  return { holds: true, sentence, evidence: name };
}

function broughtIn(state: Deployment, release: string): Observation {
  const share = shareOf(state, release);
  const sentence = `It came to ${state.name} with ${share / 100} % of the traffic, at revision ${state.change.revision}.`;
  return { holds: share < WHOLE_BASIS_POINTS, sentence, evidence: state.name };
}

/** Whether something served just before a release came: `before` is absent too if there were more states than are looked at. */
function wayBack({ name, change }: Deployment, before: Deployment | undefined, release: string): Observation {
  const holds = before ? !before.isDeleted : change.revision > 1;
  const sentence = holds
    ? `${name} served something else before ${release}, and goes back to it in one step.`
    : `${name} was created with ${release}: there is nothing that it served before.`;
  return { holds, sentence, evidence: name };
}
