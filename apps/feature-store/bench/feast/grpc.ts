import { create, type DescMethodUnary, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
// By path: what every bench loads servers with.
import type { Loaded } from "../../../gateway/bench/load/closed-loop.ts";
import { type GrpcConnection, openGrpc } from "../../../gateway/bench/load/grpc-call.ts";
import { PARENT } from "./ours.ts";

/** A method that reads online features over gRPC. */
export type GrpcMethod = "ReadColumns" | "GetOnlineFeatures";

/** What is read, by whom. */
export interface GrpcLoad {
  readonly port: number;
  readonly method: GrpcMethod;
  readonly features: readonly string[];
  /** The entities of the next request. */
  readonly nextIds: () => readonly number[];
  /** Fails unless the value of a feature, by its place, is right for an entity. */
  readonly check: (id: number, feature: number, value: unknown) => void;
  readonly callers: number;
  readonly forMs: number;
}

/** Has each of some callers ask one request after the other on a connection of its own. The first answer is checked. */
export async function readOverGrpc({ port, callers, forMs, ...reading }: GrpcLoad): Promise<Loaded> {
  const connections = await Promise.all(Array.from({ length: callers }, () => openGrpc(port)));
  const latenciesMs: number[] = [];
  try {
    await read(connections[0] as GrpcConnection, reading, true);
    const startMs = performance.now();
    const caller = async (connection: GrpcConnection): Promise<void> => {
      while (performance.now() - startMs < forMs) {
        const begunMs = performance.now();
        await read(connection, reading, false);
        latenciesMs.push(performance.now() - begunMs);
      }
    };
    await Promise.all(connections.map(caller));
    const seconds = (performance.now() - startMs) / 1_000;
    return { jobs: latenciesMs.length, failures: [], seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
  } finally {
    for (const it of connections) it.close();
  }
}

/** The bytes of one answer, which are checked. */
export async function answerOverGrpc({
  port,
  method,
  ...reading
}: Omit<GrpcLoad, "callers" | "forMs">): Promise<Buffer> {
  const connection = await openGrpc(port);
  try {
    return await read(connection, { ...reading, method }, true);
  } finally {
    connection.close();
  }
}

type Reading = Pick<GrpcLoad, "method" | "features" | "nextIds" | "check">;

async function read(connection: GrpcConnection, reading: Reading, isChecked: boolean): Promise<Buffer> {
  const { ask, value } = METHODS[reading.method];
  const ids = reading.nextIds();
  const bytes = await ask(connection, ids, reading.features);
  if (!isChecked) return bytes;
  const found = value(bytes);
  ids.forEach((id, row) => {
    reading.features.forEach((_, j) => void reading.check(id, j, found(row, j)));
  });
  return bytes;
}

const idValue = (id: number) => ({ kind: { case: "int64Value" as const, value: BigInt(id) } });

/** How each method is asked, and where the value of a row and a feature is in what it answers. */
const METHODS = {
  ReadColumns: {
    ask: (connection: GrpcConnection, ids: readonly number[], features: readonly string[]) =>
      sent(connection, OnlineService.method.readColumns, {
        parent: PARENT,
        views: [{ view: `${PARENT}/featureViews/online`, features: [...features] }],
        fields: { entity_id: { values: ids.map(idValue) } },
      }),
    value(bytes: Buffer) {
      const { columns } = fromBinary(OnlineService.method.readColumns.output, bytes);
      const features = columns.filter((it) => it.viewIndex >= 0);
      return (row: number, j: number): unknown => features[j]?.float64Values[row];
    },
  },
  GetOnlineFeatures: {
    ask: (connection: GrpcConnection, ids: readonly number[]) =>
      sent(connection, FeatureStoreService.method.getOnlineFeatures, {
        featureService: `${PARENT}/featureServices/online`,
        rows: ids.map((id) => ({ values: { entity_id: idValue(id) } })),
      }),
    value(bytes: Buffer) {
      const { vectors } = fromBinary(FeatureStoreService.method.getOnlineFeatures.output, bytes);
      return (row: number, j: number): unknown => vectors[row]?.values[j]?.value?.kind.value;
    },
  },
} as const;

const sent = <M extends DescMethodUnary>(
  connection: GrpcConnection,
  method: M,
  request: MessageInitShape<M["input"]>,
) =>
  connection.call(`/${method.parent.typeName}/${method.name}`, toBinary(method.input, create(method.input, request)));
