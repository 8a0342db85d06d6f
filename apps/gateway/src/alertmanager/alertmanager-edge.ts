import type { IncomingMessage, ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { LIMITS } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import { readExactJson } from "../exact-json-body.ts";
import { type Report, sendError, sendJson, sendVerbRefused } from "../http-error.ts";
import { type HopHeaders, hopHeaders, type TransportOf } from "../service-transports.ts";
import { addressedProject, targetOf } from "../target.ts";
import { type Alert, alertsIn } from "./notification.ts";

/** Answers the webhook's path; resolves to false for any other. */
type AlertmanagerEdge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const PATH = "/alertmanager/roll-back";

/** What came of an alert that was no reason for a rollback, besides the reasons of RollBackDeployment. */
type Outcome = "ROLLED_BACK" | "RESOLVED" | "DEPLOYMENT_MISSING";

/** What came of one alert. */
interface Result {
  readonly fingerprint: string;
  readonly alertname: string;
  readonly deployment: string;
  readonly outcome: Outcome | string;
  readonly message: string;
}

/**
 * A receiver for webhooks of Prometheus' Alertmanager, which rolls deployments back: each alert that fires and has the label
 * `deployment`, and `release` where it is about one, is the reason of a RollBackDeployment. The address chooses the project:
 * `http://host:8080/alertmanager/roll-back` is `default`, and `http://host:8080/projects/flights/alertmanager/roll-back` is `flights`.
 *
 * Alertmanager tells of an alert again and again while it fires, and after failures: the registry refuses what an alert cannot be
 * about, so that only the first one moves anything. Such a refusal is an answer here. A failure that may pass is an error, upon which
 * Alertmanager sends the notification once more.
 */
export function alertmanagerEdge(transportOf: TransportOf, report: Report): AlertmanagerEdge {
  return async (request, response) => {
    const { project, below } = addressedProject(targetOf(request).path);
    if (below !== PATH) return false;
    if (request.method !== "POST") {
      sendVerbRefused(response, ["POST"]);
      return true;
    }
    try {
      const headers = hopHeaders((name) => request.headers[name]?.toString());
      const call = { project: `projects/${project}`, headers, transportOf };
      const results: Result[] = [];
      // One after the other: two alerts of one notification may be about the same deployment.
      for (const alert of alertsIn(await readExactJson(request, LIMITS.messageBytesMax)))
        results.push(await resultOf(call, alert));
      sendJson(response, 200, { results });
    } catch (thrown) {
      sendError(response, thrown, { report });
    }
    return true;
  };
}

/** What another attempt would not change. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.FailedPrecondition, Code.NotFound, Code.InvalidArgument]);

interface Call {
  readonly project: string;
  readonly headers: HopHeaders;
  readonly transportOf: TransportOf;
}

async function resultOf(call: Call, alert: Alert): Promise<Result> {
  const { fingerprint, title: alertname, deployment } = alert;
  const result = (outcome: Result["outcome"], message: string): Result => ({
    fingerprint,
    alertname,
    deployment,
    outcome,
    message,
  });
  if (!alert.isFiring) return result("RESOLVED", "The alert fires no more. Nothing is rolled back.");
  if (deployment === "")
    return result(
      "DEPLOYMENT_MISSING",
      "The alert has no label `deployment`. Give the rule one, or keep the label in its query.",
    );
  try {
    return result("ROLLED_BACK", await rollBack(call, alert));
  } catch (error) {
    const refusal = ConnectError.from(error);
    if (!REFUSALS.has(refusal.code)) throw error;
    return result(reasonOf(error) ?? Code[refusal.code], refusal.rawMessage);
  }
}

/** Gives what serves from then on, in words. */
async function rollBack({ project, headers, transportOf }: Call, alert: Alert): Promise<string> {
  const method = DeploymentService.method.rollBackDeployment;
  const { startTime, title, summary } = alert;
  const input = {
    name: `${project}/deployments/${alert.deployment}`,
    reason: `alarm ${title}${summary && `: ${summary}`}`.slice(0, REASON_CHARACTERS_MAX),
    alarm: { startTime, release: alert.release && `${project}/releases/${alert.release}` },
  };
  const transport = transportOf(method.parent);
  const { message } = await transport.unary(method, undefined, LIMITS.deadlineMsMax, headers, input);
  const serving = message.deployment?.traffic.map((it) => `${it.release} (${it.weightBasisPoints / 100} %)`) ?? [];
  return `Revision ${message.deployment?.etag} serves ${serving.join(", ")}.`;
}

/** A reason may have 4,096 bytes, of which a character takes four at the most. */
const REASON_CHARACTERS_MAX = 1_000;
