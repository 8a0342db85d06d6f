import { create, type DescMethodUnary, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FeatureStoreService,
  GetOnlineFeaturesRequestSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  OnlineService,
  ReadColumnsRequestSchema,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
// By path: what every bench loads servers with.
import { callBarely } from "../../../gateway/bench/load/bare-callers.ts";
import { grpcWire, inTurn, type Messages } from "../../../gateway/bench/load/bare-wires.ts";
import { openGrpc } from "../../../gateway/bench/load/grpc-call.ts";
import { h2load, type ProgramLoaded } from "../../../gateway/bench/load/load-programs.ts";
import { BODIES, type Case, checkValue, entityIds, FEATURES } from "./cases.ts";
import { PARENT } from "./ours.ts";

/** A method that reads online features over gRPC. */
export type GrpcMethod = "ReadColumns" | "GetOnlineFeatures";

/** What is read, and where. */
export interface GrpcReads {
  readonly case: Case;
  /** How many entities there are. */
  readonly rows: number;
  readonly port: number;
  readonly method: GrpcMethod;
}

/**
 * Has the callers of a case ask one request after the other, each on a connection of its own. h2load asks for the same entity
 * again and again, which for a hundred of them would be told from memory that the processor has at hand: those are asked for by
 * callers in this process, whose requests were made before, other ones each time.
 */
export function readOverGrpc(reads: GrpcReads, seconds: number): Promise<ProgramLoaded> {
  const { entities, callers } = reads.case;
  if (entities > 1) return readInTurn(reads, seconds);
  const url = `http://127.0.0.1:${reads.port}${pathOf(METHODS[reads.method].method)}`;
  return h2load({ url, callers, connections: callers, seconds }, messageOf(reads)());
}

function readInTurn(reads: GrpcReads, seconds: number): Promise<ProgramLoaded> {
  const { case: it, port, method } = reads;
  const messages = messagesOf(reads);
  const load = { port, callers: it.callers, connections: it.callers, forMs: seconds * 1_000 };
  return callBarely(() => grpcWire(pathOf(METHODS[method].method), messages), load);
}

const made = new Map<string, Messages>();

/** What is asked for in turn, made before anybody asks as requests over REST are, and once. */
function messagesOf(reads: GrpcReads): Messages {
  const key = `${reads.method} ${reads.case.entities} ${reads.rows}`;
  const messages = made.get(key) ?? inTurn(Array.from({ length: BODIES }, messageOf(reads)));
  made.set(key, messages);
  return messages;
}

/** Asks once, and gives back the answer. Fails unless all values are right. */
export async function checkedGrpc(reads: GrpcReads): Promise<Buffer> {
  const { method, value } = METHODS[reads.method];
  const connection = await openGrpc(reads.port);
  const bytes = await connection.call(pathOf(method), messageOf(reads)());
  connection.close();
  const found = value(bytes);
  entityIds(reads.case, reads.rows)().forEach((id, row) => {
    FEATURES.forEach((_, j) => void checkValue(id, j, found(row, j)));
  });
  return bytes;
}

/** Gives the messages of one request after the other. */
function messageOf(reads: GrpcReads): () => Uint8Array {
  const nextIds = entityIds(reads.case, reads.rows);
  const { message } = METHODS[reads.method];
  return () => message(nextIds());
}

const pathOf = ({ parent, name }: DescMethodUnary): string => `/${parent.typeName}/${name}`;

const idValue = (id: number) => ({ kind: { case: "int64Value" as const, value: BigInt(id) } });

/** How each method is asked, and where the value of a row and a feature is in what it answers. */
const METHODS = {
  ReadColumns: {
    method: OnlineService.method.readColumns,
    message: (ids: readonly number[]) =>
      toBinary(
        ReadColumnsRequestSchema,
        create(ReadColumnsRequestSchema, {
          parent: PARENT,
          views: [{ view: `${PARENT}/featureViews/online`, features: [...FEATURES] }],
          fields: { entity_id: { values: ids.map(idValue) } },
        }),
      ),
    value(bytes: Buffer) {
      const { columns } = fromBinary(OnlineService.method.readColumns.output, bytes);
      const features = columns.filter((it) => it.viewIndex >= 0);
      return (row: number, j: number): unknown => features[j]?.float64Values[row];
    },
  },
  GetOnlineFeatures: {
    method: FeatureStoreService.method.getOnlineFeatures,
    message: (ids: readonly number[]) =>
      toBinary(
        GetOnlineFeaturesRequestSchema,
        create(GetOnlineFeaturesRequestSchema, {
          featureService: `${PARENT}/featureServices/online`,
          rows: ids.map((id) => ({ values: { entity_id: idValue(id) } })),
        }),
      ),
    value(bytes: Buffer) {
      const { vectors } = fromBinary(FeatureStoreService.method.getOnlineFeatures.output, bytes);
      return (row: number, j: number): unknown => vectors[row]?.values[j]?.value?.kind.value;
    },
  },
} as const;
