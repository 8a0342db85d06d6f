import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { RolloutPlanSchema } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import {
  AbortRolloutRequestSchema,
  ApproveRolloutStepRequestSchema,
  CreateRolloutRequestSchema,
  FastTrackDeploymentRequestSchema,
  PauseRolloutRequestSchema,
  PromoteRolloutRequestSchema,
  RecordDecisionRequestSchema,
  ResumeRolloutRequestSchema,
  type RolloutService,
} from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { invalidField } from "@throughline/kernel";
import type { PageRequest } from "../domain/change.ts";
import { fastTrackDeployment } from "../domain/deployments.ts";
import { type EvidenceDeps, reportEvidence } from "../domain/evidence-parts.ts";
import { DECISION, DEPLOYMENT, PROJECT, ROLLOUT } from "../domain/names.ts";
import { type DecisionDeps, getDecision, listDecisions, recordDecision } from "../domain/record-decision.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { RolloutEvent } from "../domain/rollout-machine.ts";
import { changeRollout, createRollout, getRollout, listRolloutChanges, listRollouts } from "../domain/rollouts.ts";
import { watchRollouts } from "../domain/watch-rollouts.ts";
import { callOf, pageOf, thenOf } from "./call.ts";
import { deploymentToProto, strategyFromProto } from "./convert-deployment.ts";
import { partFromProto, reportedToProto } from "./convert-evidence.ts";
import { decisionFromProto, decisionToProto, rolloutToProto } from "./convert-rollout.ts";
import { planFromProto } from "./convert-rollout-plan.ts";
import type { DeploymentEdge } from "./deployment-handlers.ts";

/** What the edge of RolloutService needs besides the use cases. */
export type RolloutEdge = DeploymentEdge & DecisionDeps & EvidenceDeps;

/** Stands for all projects. */
const ALL_PROJECTS = "projects/-";

/** What all changes of a rollout by people are asked with. */
type Asked = { readonly name: string; readonly etag: string; readonly reason: string };

/** The edge of RolloutService: convert, call, convert. */
export const rolloutHandlers = (deps: RolloutEdge): ServiceImpl<typeof RolloutService> => {
  const told = async (rollout: Rollout, asOfMs?: number) => ({
    rollout: rolloutToProto(rollout, await deps.rolloutDecisions.lastSequence(rollout.name, asOfMs)),
  });
  /** A change that a person asks for. */
  const changing =
    <D extends DescMessage>(schema: D, eventOf: (request: MessageShape<D>) => RolloutEvent) =>
    async (request: MessageShape<D> & Asked, context: HandlerContext) => {
      const { name, etag, reason } = request;
      ROLLOUT.parse(name);
      const call = callOf(schema, request, { resource: name, context });
      return told(await changeRollout(deps, call, { name, etag, reason, event: eventOf(request) }));
    };

  return {
    async createRollout(request, context) {
      const { parent: deployment, rollout, etag, reason } = request;
      DEPLOYMENT.parse(deployment, "parent");
      if (!rollout) throw invalidField("rollout", "it is missing");
      const call = callOf(CreateRolloutRequestSchema, request, { resource: deployment, context });
      const strategy = strategyFromProto(rollout.strategy);
      const plan = planFromProto(rollout.plan ?? create(RolloutPlanSchema), "rollout.plan");
      const { candidate } = rollout;
      return told(await createRollout(deps, call, { deployment, etag, reason, candidate, strategy, plan }));
    },

    async getRollout(request) {
      const { name } = request;
      ROLLOUT.parse(name);
      const { asOfMs } = thenOf(request);
      return told(await getRollout(deps, name, asOfMs), asOfMs);
    },

    async listRollouts(request) {
      const then = thenOf(request);
      const query = ["rollouts", request.parent, then];
      const read = (it: PageRequest) => listRollouts(deps, { deployment: request.parent, ...then }, it);
      const page = await pageOf(deps.pageTokens, { query, request }, read);
      const rollouts = await Promise.all(page.items.map(async (it) => (await told(it, then.asOfMs)).rollout));
      return { rollouts, nextPageToken: page.nextPageToken };
    },

    async listRolloutChanges(request) {
      const { name } = request;
      ROLLOUT.parse(name);
      const read = (it: PageRequest) => listRolloutChanges(deps, name, it);
      const page = await pageOf(deps.pageTokens, { query: ["listRolloutChanges", name], request }, read);
      return { states: page.items.map((it) => rolloutToProto(it)), nextPageToken: page.nextPageToken };
    },

    pauseRollout: changing(PauseRolloutRequestSchema, () => ({ kind: "PAUSE" })),
    resumeRollout: changing(ResumeRolloutRequestSchema, () => ({ kind: "RESUME" })),
    approveRolloutStep: changing(ApproveRolloutStepRequestSchema, ({ step }) => ({ kind: "APPROVE", step })),
    promoteRollout: changing(PromoteRolloutRequestSchema, () => ({ kind: "PROMOTE" })),
    abortRollout: changing(AbortRolloutRequestSchema, () => ({ kind: "ABORT" })),

    async fastTrackDeployment(request, context) {
      const { name, release, etag, reason } = request;
      DEPLOYMENT.parse(name);
      const call = callOf(FastTrackDeploymentRequestSchema, request, { resource: name, context });
      return { deployment: deploymentToProto(await fastTrackDeployment(deps, call, { name, release, etag, reason })) };
    },

    async reportEvidence({ name, part }) {
      ROLLOUT.parse(name);
      if (!part) throw invalidField("part", "it is missing");
      return reportedToProto(await reportEvidence(deps, name, partFromProto(part, "part")));
    },
    async recordDecision(request, context) {
      ROLLOUT.parse(request.name);
      const call = callOf(RecordDecisionRequestSchema, request, { resource: request.name, context });
      const { decision, rollout } = await recordDecision(deps, call, decisionFromProto(request));
      return { decision: decisionToProto(decision), ...(await told(rollout)) };
    },

    async getDecision({ name }) {
      const { decision: sequence } = DECISION.parse(name);
      const rollout = name.slice(0, name.lastIndexOf("/decisions/"));
      return { decision: decisionToProto(await getDecision(deps, rollout, Number(sequence))) };
    },

    async listDecisions(request) {
      const { parent: rollout, effectiveOnly } = request;
      ROLLOUT.parse(rollout, "parent");
      const of = { rollout, effectiveOnly, ...thenOf(request) };
      const read = (it: PageRequest) => listDecisions(deps, of, it);
      const query = ["listDecisions", of];
      const page = await pageOf(deps.pageTokens, { query, request }, read);
      return { decisions: page.items.map(decisionToProto), nextPageToken: page.nextPageToken };
    },

    async *watchRollouts({ parent }, context) {
      if (parent !== ALL_PROJECTS) PROJECT.parse(parent, "parent");
      yield* watched(deps, parent === ALL_PROJECTS ? undefined : parent, context);
    },
  };
};

/** A stream takes its place among the waiters, and gives it back however it ends. */
async function* watched(deps: RolloutEdge, project: string | undefined, context: HandlerContext) {
  const waiter = deps.notifier.join();
  const signal = AbortSignal.any([context.signal, waiter.closed]);
  // A reader that went away may never ask for the next message, which is where the loop would find out.
  context.signal.addEventListener("abort", waiter.leave, { once: true });
  try {
    for await (const { rollouts, complete } of watchRollouts({ ...deps, wait: waiter.wait }, project, signal))
      yield { rollouts: rollouts.map((it) => rolloutToProto(it)), complete };
  } finally {
    waiter.leave();
  }
}
