import { type ClientHttp2Session, connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack, durationMs } from "@bufbuild/protobuf/wkt";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { StatusSchema } from "@throughline/contracts/google/rpc/status_pb";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { DEADLINE_MS } from "./loops.ts";

export const INFER_PATH = "/inference.GRPCInferenceService/ModelInfer";

/** A request of one row, with its head as gRPC has it. */
export function framed(modelName: string, row: readonly number[]): Buffer {
  const request = create(ModelInferRequestSchema, {
    modelName,
    inputs: [{ name: "input", datatype: "FP32", shape: [1n, BigInt(row.length)] }],
    rawInputContents: [new Uint8Array(Float32Array.from(row).buffer)],
  });
  const message = toBinary(ModelInferRequestSchema, request);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([header, message]);
}

/** A client beside the bare callers, who do not read what a refusal says. */
export interface Prober {
  /** Calls once; of a refusal is told whether it says when to come again. */
  probe(body: Buffer, refused: (says: boolean) => void): void;
  close(): void;
}

export function openProber(port: number): Prober {
  const session = connect(`http://127.0.0.1:${port}`).on("error", () => {});
  return {
    probe: (body, refused) => void (session.closed || session.destroyed || probe(session, body, refused)),
    close: () => session.close(),
  };
}

/** One call as a client makes it, to see what a refusal says. */
function probe(session: ClientHttp2Session, body: Buffer, refused: (says: boolean) => void): void {
  const stream = session.request({
    ":method": "POST",
    ":path": INFER_PATH,
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": `${DEADLINE_MS}m`,
  });
  stream.on("response", (headers) => {
    if (headers["grpc-status"] !== "8") return;
    refused(retryMs(headers) !== undefined);
  });
  stream.on("error", () => {}).resume();
  stream.end(body);
}

function retryMs(trailers: Record<string, unknown>): number | undefined {
  const bytes = Buffer.from(String(trailers["grpc-status-details-bin"] ?? ""), "base64");
  const infos = fromBinary(StatusSchema, bytes).details.flatMap((it) => anyUnpack(it, RetryInfoSchema) ?? []);
  const delay = infos[0]?.retryDelay;
  return delay && durationMs(delay);
}
