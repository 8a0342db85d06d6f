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
    await READ[reading.method](connections[0] as GrpcConnection, reading, true);
    const startMs = performance.now();
    const caller = async (connection: GrpcConnection): Promise<void> => {
      while (performance.now() - startMs < forMs) {
        const begunMs = performance.now();
        await READ[reading.method](connection, reading, false);
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

type Reading = Pick<GrpcLoad, "features" | "nextIds" | "check">;

const idValue = (id: number) => ({ kind: { case: "int64Value" as const, value: BigInt(id) } });

const READ = {
  async ReadColumns(connection: GrpcConnection, { features, nextIds, check }: Reading, isChecked: boolean) {
    const ids = nextIds();
    const method = OnlineService.method.readColumns;
    const bytes = await sent(connection, method, {
      parent: PARENT,
      views: [{ view: `${PARENT}/featureViews/online`, features: [...features] }],
      fields: { entity_id: { values: ids.map(idValue) } },
    });
    if (!isChecked) return;
    const columns = fromBinary(method.output, bytes).columns.filter((it) => it.viewIndex >= 0);
    ids.forEach((id, row) => {
      features.forEach((_, j) => void check(id, j, columns[j]?.float64Values[row]));
    });
  },
  async GetOnlineFeatures(connection: GrpcConnection, { features, nextIds, check }: Reading, isChecked: boolean) {
    const ids = nextIds();
    const method = FeatureStoreService.method.getOnlineFeatures;
    const bytes = await sent(connection, method, {
      featureService: `${PARENT}/featureServices/online`,
      rows: ids.map((id) => ({ values: { entity_id: idValue(id) } })),
    });
    if (!isChecked) return;
    const { vectors } = fromBinary(method.output, bytes);
    ids.forEach((id, row) => {
      features.forEach((_, j) => void check(id, j, vectors[row]?.values[j]?.value?.kind.value));
    });
  },
} as const;

const sent = <M extends DescMethodUnary>(
  connection: GrpcConnection,
  method: M,
  request: MessageInitShape<M["input"]>,
) =>
  connection.call(`/${method.parent.typeName}/${method.name}`, toBinary(method.input, create(method.input, request)));
