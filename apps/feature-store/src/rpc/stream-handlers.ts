import type { ServiceImpl } from "@connectrpc/connect";
import type {
  FeatureStoreService,
  StreamRowsRequest,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf, type GroupLimit, inGroups, untilAborted } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { sourceName } from "../domain/names.ts";
import { type Reached, type RowStreamLog, rowStreamLog, type StreamedRows } from "../domain/row-stream.ts";
import { namedValues } from "./convert-columns.ts";

/** Messages that become one segment: not more rows than one push may have, or little more. */
const GROUPS: GroupLimit<StreamRowsRequest> = { weigh: ({ rows }) => 1 + rows.length, most: 5_000 };

/** The method that takes rows as they come. `closing` ends the streams. */
export const streamHandlers = (store: FeatureStore, closing: AbortSignal) =>
  ({
    async *streamRows(requests, context) {
      // What has come is stored and answered also while the service stops; only more is not taken.
      const listening = AbortSignal.any([context.signal, closing]);
      let stream: { readonly name: string; readonly log: RowStreamLog } | undefined;
      for await (const group of inGroups(untilAborted(requests, listening), GROUPS)) {
        const ready: StreamedRows[] = [];
        let wrong: { readonly error: unknown } | undefined;
        for (const request of group) {
          try {
            stream ??= await opened(request);
            checkMessage(request, stream.name);
          } catch (error) {
            wrong = { error };
            break;
          }
          if (request.sequence > 0n) {
            ready.push({ sequence: Number(request.sequence), rows: request.rows.map((it) => namedValues(it.values)) });
            continue;
          }
          yield* acknowledged(stream.log.append(ready.splice(0)));
          yield acknowledgement(await stream.log.position());
        }
        // What came before a message that is wrong is stored.
        if (stream) yield* acknowledged(stream.log.append(ready));
        if (wrong) throw wrong.error;
      }

      async function opened({ source: name, streamId: id }: StreamRowsRequest) {
        if (name === "") throw invalidField("source", "the first message of a stream names the source");
        if (id === "") throw invalidField("stream_id", "the first message of a stream has its id");
        const { project, source: sourceId } = sourceName.parse(name, "source");
        const source = await store.define.source(project, sourceId);
        return {
          name,
          log: rowStreamLog(store, { source, id, signal: context.signal, actor: callerOf(context).actor }),
        };
      }
    },
  }) satisfies Partial<ServiceImpl<typeof FeatureStoreService>>;

function checkMessage({ source, sequence, rows }: StreamRowsRequest, name: string): void {
  if (source !== "" && source !== name) throw invalidField("source", "a stream is of one source. Open another stream");
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidField("sequence", "it is beyond 2^53");
  if (sequence === 0n && rows.length > 0) throw invalidField("sequence", "a message with rows has a number from 1 on");
  if (sequence > 0n && rows.length === 0) throw invalidField("rows", "a message with a number has rows");
}

const acknowledgement = ({ sequence, dataVersion }: Reached) => ({
  acknowledgedSequence: BigInt(sequence),
  dataVersion: BigInt(dataVersion),
});

async function* acknowledged(positions: AsyncIterable<Reached>) {
  for await (const position of positions) yield acknowledgement(position);
}
