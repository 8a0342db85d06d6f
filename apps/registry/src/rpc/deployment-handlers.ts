import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  CreateDeploymentRequestSchema,
  DeleteDeploymentRequestSchema,
  type DeploymentService,
  RollBackDeploymentRequestSchema,
  type RollbackAlarm,
  SetTrafficRequestSchema,
} from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { invalidField, invariant, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import type { ChangeNotifier } from "../domain/change-notifier.ts";
import type { DeploymentDeps } from "../domain/deployment-writes.ts";
import {
  createDeployment,
  deleteDeployment,
  getDeployment,
  listDeploymentChanges,
  listDeployments,
  rollBackDeployment,
  setTraffic,
} from "../domain/deployments.ts";
import { DEPLOYMENT, PROJECT } from "../domain/names.ts";
import { watchDeployments } from "../domain/watch-deployments.ts";
import { callOf, pageOf, thenOf } from "./call.ts";
import {
  deploymentToProto,
  logFromProto,
  newsToProto,
  stateToProto,
  strategyFromProto,
  trafficFromProto,
} from "./convert-deployment.ts";
import { executionFromProto } from "./convert-execution.ts";

/** What the edge of DeploymentService needs besides the use cases. */
export interface DeploymentEdge extends DeploymentDeps {
  readonly pageTokens: PageTokens;
  readonly notifier: ChangeNotifier;
  readonly heartbeatMs: number;
}

/** Stands for all projects. */
const ALL_PROJECTS = "projects/-";

/** The edge of DeploymentService: convert, call, convert. */
export const deploymentHandlers = (deps: DeploymentEdge): ServiceImpl<typeof DeploymentService> => ({
  ...readHandlers(deps),

  async createDeployment(request, context) {
    const { project } = PROJECT.parse(request.parent, "parent");
    const name = DEPLOYMENT.format({ project, deployment: request.deploymentId });
    if (!request.deployment) throw invalidField("deployment", "it is missing");
    const { traffic, strategy, stickyKey, description, execution, log } = request.deployment;
    const call = callOf(CreateDeploymentRequestSchema, request, { resource: name, context });
    const deployment = await createDeployment(deps, call, {
      name,
      stickyKey,
      description,
      traffic: trafficFromProto(traffic),
      strategy: strategyFromProto(strategy),
      reason: request.reason,
      ...(execution && { execution: executionFromProto(execution) }),
      ...(log && { log: logFromProto(log) }),
    });
    return { deployment: deploymentToProto(deployment) };
  },

  async setTraffic(request, context) {
    const { name, etag, reason, stickyKey, description } = request;
    DEPLOYMENT.parse(name);
    const call = callOf(SetTrafficRequestSchema, request, { resource: name, context });
    const [traffic, strategy] = [trafficFromProto(request.traffic), strategyFromProto(request.strategy)];
    const execution = request.execution && executionFromProto(request.execution);
    const log = request.log && logFromProto(request.log);
    const deployment = await setTraffic(deps, call, {
      name,
      etag,
      reason,
      traffic,
      strategy,
      ...(execution && { execution }),
      ...(log && { log }),
      ...(stickyKey !== undefined && { stickyKey }),
      ...(description !== undefined && { description }),
    });
    return { deployment: deploymentToProto(deployment) };
  },

  async rollBackDeployment(request, context) {
    const { name, etag, reason } = request;
    DEPLOYMENT.parse(name);
    if (request.alarm && request.toRevision > 0n) throw invalidField("to_revision", "an alarm says where to");
    const call = callOf(RollBackDeploymentRequestSchema, request, { resource: name, context });
    const alarm = request.alarm && alarmFromProto(request.alarm);
    const wanted = { name, etag, reason, toRevision: Number(request.toRevision), ...(alarm && { alarm }) };
    return { deployment: deploymentToProto(await rollBackDeployment(deps, call, wanted)) };
  },

  async deleteDeployment(request, context) {
    DEPLOYMENT.parse(request.name);
    const call = callOf(DeleteDeploymentRequestSchema, request, { resource: request.name, context });
    await deleteDeployment(deps, call, request);
    return {};
  },
});

const alarmFromProto = ({ release, startTime }: RollbackAlarm) => {
  invariant(startTime, "an alarm without its beginning was let in");
  return { release, startMs: toMs(startTime) };
};

const readHandlers = (deps: DeploymentEdge) =>
  ({
    async getDeployment({ name, asOf }) {
      DEPLOYMENT.parse(name);
      return { deployment: deploymentToProto(await getDeployment(deps, name, asOf && toMs(asOf))) };
    },

    async listDeployments(request) {
      const { parent: project } = request;
      PROJECT.parse(project, "parent");
      const then = thenOf(request);
      const query = ["deployments", project, then];
      const page = await pageOf(deps.pageTokens, { query, request }, (it) =>
        listDeployments(deps, { project, ...then }, it),
      );
      return { deployments: page.items.map(deploymentToProto), nextPageToken: page.nextPageToken };
    },

    async listDeploymentChanges({ name }) {
      DEPLOYMENT.parse(name);
      return { states: (await listDeploymentChanges(deps, name)).map(stateToProto) };
    },

    async *watchDeployments({ parent }, context) {
      if (parent !== ALL_PROJECTS) PROJECT.parse(parent, "parent");
      yield* watched(deps, parent === ALL_PROJECTS ? undefined : parent, context);
    },
  }) satisfies Partial<ServiceImpl<typeof DeploymentService>>;

/** A stream takes its place among the waiters, and gives it back however it ends. */
async function* watched(deps: DeploymentEdge, project: string | undefined, context: HandlerContext) {
  const waiter = deps.notifier.join();
  const signal = AbortSignal.any([context.signal, waiter.closed]);
  // A reader that went away may never ask for the next message, which is where the loop would find out.
  context.signal.addEventListener("abort", waiter.leave, { once: true });
  try {
    for await (const news of watchDeployments({ ...deps, wait: waiter.wait }, project, signal)) yield newsToProto(news);
  } finally {
    waiter.leave();
  }
}
