import { DomainError, type FieldViolation } from "@throughline/kernel";
import type { Rollout } from "./rollout.ts";

/** The plan of a rollout cannot be carried out. Has every problem. */
export const rolloutInvalid = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "invalid",
    "ROLLOUT_INVALID",
    `The rollout has ${violations.length} problem(s), so it was not begun. ${violations
      .slice(0, 3)
      .map((it) => `${it.path}: ${it.description}`)
      .concat(violations.length > 3 ? [`and ${violations.length - 3} more`] : [])
      .join("; ")}. Mend them all, then create it again.`,
    { metadata: { problems: String(violations.length) }, violations },
  );

/** A deployment has one rollout at a time. */
export const rolloutRunning = (deployment: string, rollout: string): DomainError =>
  new DomainError(
    "precondition",
    "ROLLOUT_RUNNING",
    `${rollout} is under way, and ${deployment} has one rollout at a time. Promote or abort it first.`,
    { metadata: { deployment, rollout } },
  );

/** A rollout begins where one release has all traffic. */
export const deploymentSplit = (deployment: string, releases: readonly string[]): DomainError =>
  new DomainError(
    "precondition",
    "DEPLOYMENT_SPLIT",
    `${deployment} is split between ${releases.join(", ")}, so that there is no baseline. Set its traffic to one of them first.`,
    { metadata: { deployment, releases: releases.join(",") } },
  );

/** A rollout is over. */
export const rolloutEnded = ({ name, state }: Rollout): DomainError =>
  new DomainError(
    "precondition",
    "ROLLOUT_ENDED",
    `${name} is ${state}, and nothing changes it any more. Create another rollout, or roll the deployment back.`,
    { metadata: { rollout: name, state } },
  );

/** A rollout does not stand where the change makes sense. */
export const rolloutState = ({ name, state }: Rollout, action: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "ROLLOUT_STATE",
    `${name} is ${state}, so ${action} does nothing: ${why}. Look at the rollout, then decide again.`,
    { metadata: { rollout: name, state, action } },
  );

/** Somebody approves a step that is not the current one. */
export const stepMoved = ({ name, step }: Rollout, approved: number): DomainError =>
  new DomainError(
    "precondition",
    "STEP_MOVED",
    `${name} is at step ${step}, not ${approved}, so nothing was approved. Look at the rollout, then decide again.`,
    { metadata: { rollout: name, step: String(step), approved: String(approved) } },
  );

/** A release never served at a deployment. */
export const releaseNeverServed = (deployment: string, release: string): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_NEVER_SERVED",
    `${release} had no share in the newest states of ${deployment}, so it is not known to work there. Create a rollout, or set the traffic.`,
    { metadata: { deployment, release } },
  );

/** The sequence of a decision was recorded with other content. */
export const decisionTaken = (rollout: string, sequence: number): DomainError =>
  new DomainError(
    "conflict",
    "DECISION_TAKEN",
    `Decision ${sequence} of ${rollout} was recorded with other content. Read the rollout, and conclude anew.`,
    { metadata: { rollout, sequence: String(sequence) } },
  );

/** Decisions are dense. */
export const decisionSequence = (rollout: string, sequence: number, next: number): DomainError =>
  new DomainError(
    "conflict",
    "DECISION_SEQUENCE",
    `The next decision of ${rollout} is ${next}, not ${sequence}. Record it under that number.`,
    { metadata: { rollout, sequence: String(sequence), next: String(next) } },
  );

/** A rollout has too many decisions for one that changes nothing. */
export const decisionsExhausted = (rollout: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "DECISIONS_EXHAUSTED",
    `${rollout} has ${most} decisions, so that one that changes nothing is not recorded any more. Decide less often.`,
    { metadata: { rollout, most: String(most) } },
  );

/** Another router concludes about the rollout. */
export const leadLost = (rollout: string, router: string, leader: string): DomainError =>
  new DomainError(
    "conflict",
    "LEAD_LOST",
    `${leader || "no router"} leads ${rollout}, not ${router}, so that nothing was recorded. Report the evidence, and conclude if the answer says that you lead.`,
    { metadata: { rollout, router, leader } },
  );

/** More routers told of a rollout than can be added up. */
export const routersExhausted = (rollout: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "ROUTERS_EXHAUSTED",
    `${rollout} has evidence of ${most} routers, and no place for more. Keep the folders of the routers' logs, so that those that come back are known.`,
    { metadata: { rollout, most: String(most) } },
  );

/** What a decision brings is not about the rollout's plan. */
export const evidenceInvalid = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "invalid",
    "EVIDENCE_INVALID",
    `The decision does not fit the plan of its rollout. ${violations.map((it) => `${it.path}: ${it.description}`).join("; ")}. Read the rollout, and conclude anew.`,
    { violations },
  );
