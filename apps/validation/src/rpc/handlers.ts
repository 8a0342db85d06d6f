import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { EvaluationTask } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import {
  CompareStatisticsRequestSchema,
  ComputeStatisticsRequestSchema,
  CreateSchemaRequestSchema,
  type EvaluateRequest as EvaluateMessage,
  EvaluateRequestSchema,
  type ValidationService,
} from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { type Digest, digestOfJson, type Json, parseDigest } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import { callerOf, operationToProto, toMs } from "@throughline/rpc";
import type { RequestIdentity } from "@throughline/store";
import { compareStatistics, getDriftReport } from "../domain/compare-statistics.ts";
import { computeStatistics, getStatistics } from "../domain/compute-statistics.ts";
import { knownData } from "../domain/data-file.ts";
import type { Deps } from "../domain/deps.ts";
import { type EvaluateRequest, evaluate, getEvaluation } from "../domain/evaluate.ts";
import { getSchema, keepSchema, proposeSchema, validate } from "../domain/keep-schema.ts";
import { projectName } from "../domain/names.ts";
import { evaluationToProto, reportToProto } from "./convert-results.ts";
import { anomalyToProto, columnsFromProto, schemaToProto } from "./convert-schema.ts";
import { statisticsToProto, summaryToProto } from "./convert-statistics.ts";
import { evaluateResult, statisticsResult } from "./results.ts";

/** The defaults that the contract states. */
const EVALUATE_DEFAULTS = { sliceRowsMin: 100, level: 0.95, threshold: 0.5 } as const;

/** The RPC edge of validation: convert, call, convert. */
export function validationHandlers(deps: Deps, operations: Operations): ServiceImpl<typeof ValidationService> {
  return { ...dataHandlers(deps, operations), ...schemaHandlers(deps), ...evaluationHandlers(deps, operations) };
}

type Handlers = ServiceImpl<typeof ValidationService>;

function dataHandlers(
  deps: Deps,
  operations: Operations,
): Pick<
  Handlers,
  "computeStatistics" | "getStatistics" | "listStatistics" | "compareStatistics" | "getDriftReport" | "listDriftReports"
> {
  return {
    async computeStatistics(request, context) {
      const { project } = projectName.parse(request.parent, "parent");
      const dataDigest = parseDigest(request.dataDigest, "data_digest");
      await knownData(deps.artifacts, project, dataDigest);
      const work = { project, dataDigest, columns: request.columns, actor: callerOf(context).actor };
      const operation = await operations.start({
        ...started(ComputeStatisticsRequestSchema, request, "ComputeStatistics"),
        work: async (run) => statisticsResult(await computeStatistics(deps, work, run)),
      });
      return { operation: operationToProto(operation) };
    },
    async getStatistics({ name }) {
      return { statistics: statisticsToProto(await getStatistics(deps, name)) };
    },
    async listStatistics({ parent, pageSize, pageToken }) {
      const page = await deps.statistics.list(projectOf(parent), { size: pageSize, token: pageToken });
      return { statistics: page.items.map(summaryToProto), nextPageToken: page.nextPageToken };
    },
    async compareStatistics(request, context) {
      const { baseline, current, schema, columns } = request;
      const project = projectOf(request.parent);
      const actor = callerOf(context).actor;
      const identity = identityOf(CompareStatisticsRequestSchema, request, context);
      const asked = { project, baseline, current, schema, columns, actor, request: identity };
      return { report: reportToProto(await compareStatistics(deps, asked)) };
    },
    async getDriftReport({ name }) {
      return { report: reportToProto(await getDriftReport(deps, name)) };
    },
    async listDriftReports({ parent, pageSize, pageToken, asOf }) {
      const asked = { size: pageSize, token: pageToken, ...(asOf && { asOfMs: toMs(asOf) }) };
      const page = await deps.reports.list(projectOf(parent), asked);
      return { reports: page.items.map(reportToProto), nextPageToken: page.nextPageToken };
    },
  };
}

function schemaHandlers(
  deps: Deps,
): Pick<Handlers, "inferSchema" | "createSchema" | "getSchema" | "validateStatistics"> {
  return {
    async inferSchema({ statistics }, context) {
      return { schema: schemaToProto(await proposeSchema(deps, statistics, callerOf(context).actor)) };
    },
    async createSchema(request, context) {
      const schema = await keepSchema(deps, {
        project: projectOf(request.parent),
        columns: columnsFromProto(request.schema),
        actor: callerOf(context).actor,
        request: identityOf(CreateSchemaRequestSchema, request, context),
      });
      return { schema: schemaToProto(schema) };
    },
    async getSchema({ name }) {
      return { schema: schemaToProto(await getSchema(deps, name)) };
    },
    async validateStatistics({ statistics, schema }) {
      return { anomalies: (await validate(deps, statistics, schema)).map(anomalyToProto) };
    },
  };
}

function evaluationHandlers(
  deps: Deps,
  operations: Operations,
): Pick<Handlers, "evaluate" | "getEvaluation" | "listEvaluations"> {
  return {
    async evaluate(request, context) {
      const asked = evaluateFromProto(request, callerOf(context).actor);
      await knownData(deps.artifacts, asked.project, asked.dataDigest);
      const operation = await operations.start({
        ...started(EvaluateRequestSchema, request, "Evaluate"),
        work: async (run) => evaluateResult(await evaluate(deps, asked, run)),
      });
      return { operation: operationToProto(operation) };
    },
    async getEvaluation({ name }) {
      return { evaluation: evaluationToProto(await getEvaluation(deps, name)) };
    },
    async listEvaluations({ parent, pageSize, pageToken, subject, asOf }) {
      const then = asOf && { asOfMs: toMs(asOf) };
      const asked = { size: pageSize, token: pageToken, ...(subject !== "" && { subject }), ...then };
      const page = await deps.evaluations.list(projectOf(parent), asked);
      return { evaluations: page.items.map(evaluationToProto), nextPageToken: page.nextPageToken };
    },
  };
}

function evaluateFromProto(request: EvaluateMessage, actor: string): EvaluateRequest {
  return {
    project: projectOf(request.parent),
    dataDigest: parseDigest(request.dataDigest, "data_digest"),
    columns: { label: request.labelColumn, score: request.scoreColumn, slices: request.sliceColumns },
    sliceRowsMin: Number(request.sliceRowCountMin) || EVALUATE_DEFAULTS.sliceRowsMin,
    options: {
      level: request.confidenceLevel || EVALUATE_DEFAULTS.level,
      threshold: request.threshold ?? EVALUATE_DEFAULTS.threshold,
      task: request.task === EvaluationTask.REGRESSION ? "REGRESSION" : "BINARY",
    },
    subject: request.subject,
    actor,
  };
}

const projectOf = (parent: string): string => projectName.parse(parent, "parent").project;

/** What an operation is known by, but for its work. */
function started<D extends DescMessage>(
  schema: D,
  request: MessageShape<D> & { readonly parent: string; readonly dataDigest: string; readonly requestId: string },
  kind: string,
) {
  const { parent, dataDigest, requestId } = request;
  return {
    project: projectOf(parent),
    kind,
    target: `${parent}/artifacts/${dataDigest}`,
    requestId,
    requestDigest: digestOfRequest(schema, request),
  };
}

function identityOf<D extends DescMessage>(
  schema: D,
  request: MessageShape<D> & { readonly parent: string; readonly requestId: string },
  context: HandlerContext,
): RequestIdentity {
  return {
    requestId: request.requestId,
    method: `${context.service.typeName}/${context.method.name}`,
    principal: `${request.parent} ${callerOf(context).actor}`,
    requestDigest: digestOfRequest(schema, request),
  };
}

const digestOfRequest = <D extends DescMessage>(schema: D, request: MessageShape<D>): Digest =>
  digestOfJson(toJson(schema, request) as Json);
