import { create } from "@bufbuild/protobuf";
import {
  type Deployment as DeploymentMessage,
  DeploymentSchema,
  type LogPolicy as LogMessage,
  type TrafficShare as ShareMessage,
  Strategy as StrategyMessage,
} from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import {
  type DeploymentState,
  DeploymentStateSchema,
  type WatchDeploymentsResponse,
  WatchDeploymentsResponseSchema,
} from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { fromMs } from "@throughline/rpc";
import type { Deployment } from "../domain/deployment.ts";
import type { LogPolicy } from "../domain/log-policy.ts";
import type { ArmRewards, RolloutSummary } from "../domain/rollout.ts";
import type { Strategy, TrafficShare } from "../domain/traffic.ts";
import type { DeploymentNews } from "../domain/watch-deployments.ts";
import { executionToProto } from "./convert-execution.ts";
import { changeToProto } from "./convert-model.ts";
import { releaseToProto } from "./convert-release.ts";
import { planToProto } from "./convert-rollout-plan.ts";

export const deploymentToProto = (deployment: Deployment): DeploymentMessage =>
  create(DeploymentSchema, {
    name: deployment.name,
    traffic: [...deployment.traffic],
    stickyKey: deployment.stickyKey,
    strategy: StrategyMessage[deployment.strategy],
    description: deployment.description,
    change: changeToProto(deployment.change),
    createTime: fromMs(deployment.createTimeMs),
    etag: String(deployment.change.revision),
    ...(deployment.execution && { execution: executionToProto(deployment.execution) }),
    ...(deployment.log && { log: logToProto(deployment.log) }),
    ...(deployment.rollout?.underWay && { rollout: summaryToProto(deployment.rollout.underWay) }),
  });

const logToProto = ({ sampleBasisPoints, inlineBytesMax }: LogPolicy) => ({
  sampleBasisPoints,
  inlineBytesMax: BigInt(inlineBytesMax),
});

/** What a caller says of the log. */
export const logFromProto = ({ sampleBasisPoints, inlineBytesMax }: LogMessage): LogPolicy => ({
  sampleBasisPoints,
  inlineBytesMax: Number(inlineBytesMax),
});

export const armToProto = ({ release, sums }: ArmRewards) => ({
  release,
  sums: sums.map(({ terms }) => ({ terms: [...terms] })),
});

const summaryToProto = ({ revision, plan, strategy, startTimeMs, stepStartTimeMs, ...rest }: RolloutSummary) => ({
  ...rest,
  armRewards: (rest.armRewards ?? []).map(armToProto),
  revision: BigInt(revision),
  plan: planToProto(plan),
  strategy: StrategyMessage[strategy],
  startTime: fromMs(startTimeMs),
  stepStartTime: fromMs(stepStartTimeMs),
});

export const stateToProto = (state: Deployment): DeploymentState =>
  create(DeploymentStateSchema, {
    deployment: deploymentToProto(state),
    restoresRevision: BigInt(state.restoresRevision),
    deleted: state.isDeleted ?? false,
  });

export const newsToProto = ({ deployments, releases, removed, complete }: DeploymentNews): WatchDeploymentsResponse =>
  create(WatchDeploymentsResponseSchema, {
    deployments: deployments.map(deploymentToProto),
    releases: releases.map(releaseToProto),
    removedDeployments: [...removed],
    complete,
  });

export const trafficFromProto = (shares: readonly ShareMessage[]): readonly TrafficShare[] =>
  shares.map(({ release, weightBasisPoints }) => ({ release, weightBasisPoints }));

const STRATEGIES: Readonly<Record<StrategyMessage, Strategy>> = {
  [StrategyMessage.UNSPECIFIED]: "RECREATE",
  [StrategyMessage.RECREATE]: "RECREATE",
  [StrategyMessage.CANARY]: "CANARY",
  [StrategyMessage.BLUE_GREEN]: "BLUE_GREEN",
  [StrategyMessage.SHADOW]: "SHADOW",
  [StrategyMessage.BANDIT]: "BANDIT",
  [StrategyMessage.AB]: "AB",
};

/** Not set is RECREATE, as the contract says. */
export const strategyFromProto = (strategy: StrategyMessage): Strategy => STRATEGIES[strategy] ?? "RECREATE";
