import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type StorageService,
  SweepStorageResultSchema,
} from "@throughline/contracts/throughline/tracking/v1/storage_service_pb";
import { digestOfJson, type PageTokens, pageSize } from "@throughline/kernel";
import type { OperationResponse, Operations } from "@throughline/operations";
import { fromMs, operationToProto } from "@throughline/rpc";
import type { SweepCounts } from "../domain/byte-sweep.ts";
import type { ByteSweepStore, Erasure } from "../domain/byte-sweep-store.ts";
import type { ByteSweeping } from "../domain/byte-sweeping.ts";
import { sweepNotConfigured } from "../domain/errors.ts";
import { parseProject } from "../domain/names.ts";

/** What the edge of storage works with. */
export interface StorageEdge {
  readonly sweeping: ByteSweeping | undefined;
  readonly store: Pick<ByteSweepStore, "erasures">;
  readonly operations: Operations;
  readonly pageTokens: PageTokens;
}

/** The RPC edge of storage: convert, call, convert. */
export const storageHandlers = ({
  sweeping,
  store,
  operations,
  pageTokens,
}: StorageEdge): ServiceImpl<typeof StorageService> => ({
  async sweepStorage({ parent, dryRun }) {
    const project = parseProject(parent, "parent");
    if (sweeping === undefined) throw sweepNotConfigured();
    const operation = await operations.start({
      project,
      kind: "SweepStorage",
      target: parent,
      requestId: "",
      requestDigest: digestOfJson([parent, dryRun]),
      work: async ({ signal, progress }) => resultOf(dryRun, await sweeping.sweep({ dryRun, signal, progress })),
    });
    return { operation: operationToProto(operation) };
  },
  async listErasures({ parent, pageSize: wanted, pageToken }) {
    const project = parseProject(parent, "parent");
    const query = ["erasures", project];
    const after = pageTokens.decode(query, pageToken) as string | undefined;
    const page = await store.erasures(project, { limit: pageSize(wanted), ...(after !== undefined && { after }) });
    return {
      erasures: page.erasures.map(erasureToProto),
      nextPageToken: page.next === undefined ? "" : pageTokens.encode(query, page.next),
    };
  },
});

function resultOf(dryRun: boolean, counts: SweepCounts): OperationResponse {
  const whole = Object.entries(counts).map(([key, value]) => [key, BigInt(value)]);
  const message = create(SweepStorageResultSchema, { dryRun, ...Object.fromEntries(whole) });
  const { typeUrl, value } = anyPack(SweepStorageResultSchema, message);
  return { typeUrl, value };
}

const erasureToProto = (it: Erasure) => ({
  artifact: `projects/${it.project}/artifacts/${it.digest}`,
  sizeBytes: BigInt(it.sizeBytes),
  letGoBy: it.letGoBy,
  ...(it.letGoTimeMs > 0 && { letGoTime: fromMs(it.letGoTimeMs) }),
  condemnTime: fromMs(it.condemnTimeMs),
  eraseTime: fromMs(it.eraseTimeMs),
});
