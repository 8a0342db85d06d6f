import type { IncomingMessage, ServerResponse } from "node:http";
import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type CallOptions, type Client, type ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { GRPCInferenceService, ModelMetadataResponseSchema } from "@throughline/contracts/inference/open_inference_pb";
import { invalidField, LIMITS } from "@throughline/kernel";
import { readJson } from "./body.ts";
import { type Report, sendError, sendJson, sendVerbRefused } from "./http-error.ts";
import { inferRequest, inferResponse } from "./open-inference-json.ts";
import { hopHeaders } from "./service-transports.ts";
import { decodeOnce, targetOf } from "./target.ts";

/** Answers the paths under `/v2`; resolves to false for any other. */
export type OpenInferenceEdge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Call {
  readonly client: Client<typeof GRPCInferenceService>;
  readonly options: CallOptions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Answer = (call: Call) => Promise<void>;

/** The REST form of the Open Inference Protocol, version 2, with JSON tensors: the same calls as its gRPC form. */
export function openInferenceEdge(transport: Transport, report: Report): OpenInferenceEdge {
  const client = createClient(GRPCInferenceService, transport);
  // The protocol's own shape of an error.
  const shape = (error: ConnectError) => ({ error: error.rawMessage });
  return async (request, response) => {
    const { path } = targetOf(request);
    if (path !== "/v2" && !path.startsWith("/v2/")) return false;
    const left = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const headers = hopHeaders((name) => request.headers[name]?.toString());
    const options = { headers, timeoutMs: LIMITS.deadlineMsMax, signal: left.signal };
    try {
      await answer(path, { client, options, request, response });
    } catch (thrown) {
      sendError(response, thrown, { report, shape });
    }
    return true;
  };
}

async function answer(path: string, call: Call): Promise<void> {
  const found = answerOf(path);
  if (!found) return sendJson(call.response, 404, { error: `${path.slice(0, 300)} is not a path of the protocol` });
  const { verb, run } = found;
  const { method = "" } = call.request;
  if (method !== verb && !(verb === "GET" && method === "HEAD"))
    return sendVerbRefused(call.response, verb === "GET" ? ["GET", "HEAD"] : [verb]);
  await run(call);
}

/** A model's name is `deployment` or, with its slash encoded, `project/deployment`. */
const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/;

interface Model {
  readonly name: string;
  readonly version: string;
}

function answerOf(path: string): { readonly verb: "GET" | "POST"; readonly run: Answer } | undefined {
  if (path === "/v2") return { verb: "GET", run: sendServer };
  if (path === "/v2/health/live") return { verb: "GET", run: sendLive };
  if (path === "/v2/health/ready") return { verb: "GET", run: sendReady };
  const [, name, version = "", action] = MODEL.exec(path) ?? [];
  if (name === undefined) return undefined;
  const model: Model = { name: decodeOnce(name), version: decodeOnce(version) };
  if (action === "infer") return { verb: "POST", run: (call) => infer(call, model) };
  return { verb: "GET", run: (call) => (action === "ready" ? sendModelReady(call, model) : sendModel(call, model)) };
}

async function sendServer({ client, options, response }: Call): Promise<void> {
  const { name, version, extensions } = await client.serverMetadata({}, options);
  sendJson(response, 200, { name, version, extensions });
}

async function sendLive({ client, options, response }: Call): Promise<void> {
  const { live } = await client.serverLive({}, options);
  sendJson(response, live ? 200 : 503, { live });
}

async function sendReady({ client, options, response }: Call): Promise<void> {
  const { ready } = await client.serverReady({}, options);
  sendJson(response, ready ? 200 : 503, { ready });
}

async function sendModelReady({ client, options, response }: Call, model: Model): Promise<void> {
  const { ready } = await client.modelReady(model, options);
  sendJson(response, ready ? 200 : 503, { name: model.name, ready });
}

async function sendModel({ client, options, response }: Call, model: Model): Promise<void> {
  const metadata = await client.modelMetadata(model, options);
  const json = toJson(ModelMetadataResponseSchema, metadata, { alwaysEmitImplicit: true }) as Record<string, JsonValue>;
  // The mapping of protobuf writes sizes as texts, the protocol as numbers.
  const tensors = (of: typeof metadata.inputs) =>
    of.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }));
  sendJson(response, 200, { ...json, inputs: tensors(metadata.inputs), outputs: tensors(metadata.outputs) });
}

async function infer({ client, options, request, response }: Call, model: Model): Promise<void> {
  if (request.headers["inference-header-content-length"] !== undefined) {
    throw invalidField(
      "inference-header-content-length",
      "binary tensors are not taken over REST: send JSON, or raw tensors over gRPC",
    );
  }
  const body = await readJson(request, LIMITS.inferenceMessageBytesMax);
  const answered = await client.modelInfer(
    { modelName: model.name, modelVersion: model.version, ...inferRequest(body) },
    options,
  );
  sendJson(response, 200, inferResponse(answered));
}
