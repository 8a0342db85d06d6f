import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type SealedLogService,
  SealLogResultSchema,
} from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { digestOfJson, notFound, type PageTokens, pageSize, resourceName } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import { operationToProto, toMs } from "@throughline/rpc";
import type { SealedLogStore } from "../domain/sealing/sealed-log.ts";
import type { Sealer } from "../domain/sealing/sealer.ts";
import { sealedLogToProto, sealResultToProto } from "./convert-sealed-log.ts";

export interface SealedLogParts {
  readonly sealing: Pick<Sealer, "seal">;
  readonly sealed: Pick<SealedLogStore, "get" | "list">;
  readonly operations: Operations;
  readonly pageTokens: PageTokens;
}

const DEPLOYMENT = resourceName("projects/{project}/deployments/{deployment}");
const SEALED = resourceName("projects/{project}/deployments/{deployment}/sealedLogs/{segment}");

/** The edge of SealedLogService: convert, call, convert. */
export function sealedLogHandlers(parts: SealedLogParts): ServiceImpl<typeof SealedLogService> {
  const { sealing, sealed, operations, pageTokens } = parts;
  return {
    async listSealedLogs({ parent, startTime, endTime, ...request }) {
      DEPLOYMENT.parse(parent, "parent");
      const hours = { ...(startTime && { startMs: toMs(startTime) }), ...(endTime && { endMs: toMs(endTime) }) };
      const query = ["sealedLogs", parent, hours.startMs ?? null, hours.endMs ?? null];
      const after = pageTokens.decode(query, request.pageToken);
      const page = { ...hours, limit: pageSize(request.pageSize), ...(typeof after === "string" && { after }) };
      const { items, next } = await sealed.list(parent, page);
      return {
        sealedLogs: items.map(sealedLogToProto),
        nextPageToken: next === undefined ? "" : pageTokens.encode(query, next),
      };
    },
    async getSealedLog({ name }) {
      const { segment, ...place } = SEALED.parse(name);
      const found = await sealed.get(DEPLOYMENT.format(place), segment);
      if (found === undefined) throw notFound(name);
      return { sealedLog: sealedLogToProto(found) };
    },
    async sealLog({ deployment, requestId }) {
      const operation = await operations.start({
        project: DEPLOYMENT.parse(deployment, "deployment").project,
        kind: "SealLog",
        target: deployment,
        requestId,
        requestDigest: digestOfJson({ deployment }),
        work: async ({ signal }) =>
          anyPack(SealLogResultSchema, sealResultToProto(await sealing.seal(deployment, signal))),
      });
      return { operation: operationToProto(operation) };
    },
  };
}
