import type { IncomingMessage, ServerResponse } from "node:http";
import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type CallOptions, type Client, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  GRPCInferenceService,
  type InferParameter,
  InferParameterSchema,
  type InferTensorContents,
  InferTensorContentsSchema,
  type ModelInferResponse,
  ModelMetadataResponseSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField, LIMITS } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { parseJson, readBody } from "./body.ts";
import { httpStatus, sendJson } from "./http-error.ts";
import { hopHeaders } from "./service-transports.ts";

/** Answers the paths under `/v2`; resolves to false for any other. */
export type OpenInferenceEdge = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/;

interface Edge {
  readonly client: Client<typeof GRPCInferenceService>;
  readonly options: CallOptions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The REST form of the Open Inference Protocol, version 2, with JSON tensors: the same calls as its gRPC form. */
export function openInferenceEdge(transport: Transport): OpenInferenceEdge {
  const client = createClient(GRPCInferenceService, transport);
  return async (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path !== "/v2" && !path.startsWith("/v2/")) return false;
    const headers = hopHeaders((name) => request.headers[name]?.toString());
    try {
      await answer(path, { client, options: { headers, timeoutMs: LIMITS.deadlineMsMax }, request, response });
    } catch (thrown) {
      const error = ConnectError.from(translate(thrown, () => {}));
      // The protocol's own shape of an error.
      sendJson(response, httpStatus(error), { error: error.rawMessage });
    }
    return true;
  };
}

async function answer(path: string, edge: Edge): Promise<void> {
  const { client, options, response, request } = edge;
  if (path === "/v2") return sendJson(response, 200, plain(await client.serverMetadata({}, options)));
  if (path === "/v2/health/live") {
    const { live } = await client.serverLive({}, options);
    return sendJson(response, live ? 200 : 503, { live });
  }
  if (path === "/v2/health/ready") {
    const { ready } = await client.serverReady({}, options);
    return sendJson(response, ready ? 200 : 503, { ready });
  }
  const [, encodedName = "", encodedVersion = "", action] = MODEL.exec(path) ?? [];
  if (encodedName === "") return sendJson(response, 404, { error: `${path} is not a path of the protocol` });
  const name = decodeURIComponent(encodedName);
  const version = decodeURIComponent(encodedVersion);
  if (action === "infer") return infer(edge, { name, version });
  if (request.method !== "GET") return sendJson(response, 405, { error: "this path takes GET" });
  if (action === "ready") {
    const { ready } = await client.modelReady({ name, version }, options);
    return sendJson(response, ready ? 200 : 503, { name, ready });
  }
  const metadata = await client.modelMetadata({ name, version }, options);
  const json = toJson(ModelMetadataResponseSchema, metadata, { alwaysEmitImplicit: true }) as Record<string, JsonValue>;
  const tensors = (it: typeof metadata.inputs) =>
    it.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) }));
  sendJson(response, 200, { ...json, inputs: tensors(metadata.inputs), outputs: tensors(metadata.outputs) });
}

const plain = ({ name, version, extensions }: { name: string; version: string; extensions: string[] }) => ({
  name,
  version,
  extensions,
});

async function infer(edge: Edge, model: { readonly name: string; readonly version: string }): Promise<void> {
  if (edge.request.method !== "POST") return sendJson(edge.response, 405, { error: "this path takes POST" });
  if (edge.request.headers["inference-header-content-length"] !== undefined) {
    throw invalidField(
      "inference-header-content-length",
      "binary tensors are not taken over REST yet: send JSON, or raw tensors over gRPC",
    );
  }
  const body = object(parseJson(await readBody(edge.request, LIMITS.inferenceMessageBytesMax)), "body");
  const answered = await edge.client.modelInfer(
    {
      modelName: model.name,
      modelVersion: model.version,
      id: text(body["id"] ?? "", "id"),
      parameters: parameters(body["parameters"]),
      inputs: list(body["inputs"], "inputs").map((it, i) => inputTensor(it, `inputs[${i}]`)),
      outputs: list(body["outputs"] ?? [], "outputs").map((it, i) => ({
        name: text(object(it, `outputs[${i}]`)["name"], `outputs[${i}].name`),
      })),
    },
    edge.options,
  );
  sendJson(edge.response, 200, inferResponse(answered));
}

function inputTensor(json: JsonValue, path: string) {
  const tensor = object(json, path);
  const datatype = text(tensor["datatype"], `${path}.datatype`);
  const shape = list(tensor["shape"], `${path}.shape`).map((it) => size(it, `${path}.shape`));
  const elements = flatten(list(tensor["data"], `${path}.data`));
  return {
    name: text(tensor["name"], `${path}.name`),
    datatype,
    shape,
    parameters: parameters(tensor["parameters"]),
    contents: contentsOf(datatype, elements, `${path}.data`),
  };
}

const FIELDS: Readonly<Record<string, keyof Omit<InferTensorContents, "$typeName" | "$unknown">>> = {
  BOOL: "boolContents",
  INT8: "intContents",
  INT16: "intContents",
  INT32: "intContents",
  INT64: "int64Contents",
  UINT8: "uintContents",
  UINT16: "uintContents",
  UINT32: "uintContents",
  UINT64: "uint64Contents",
  FP32: "fp32Contents",
  FP64: "fp64Contents",
  BYTES: "bytesContents",
};

function contentsOf(datatype: string, elements: JsonValue[], path: string): InferTensorContents {
  const field = Object.hasOwn(FIELDS, datatype) ? FIELDS[datatype] : undefined;
  if (!field)
    throw invalidField(
      path.replace(/data$/, "datatype"),
      `"${datatype.slice(0, 32)}" is no datatype that JSON can carry here`,
    );
  // The hot case by itself: numbers go in as they are.
  if ((field === "fp32Contents" || field === "fp64Contents") && elements.every((it) => typeof it === "number")) {
    return create(InferTensorContentsSchema, { [field]: elements });
  }
  const values =
    field === "bytesContents" ? elements.map((it) => Buffer.from(text(it, path), "utf8").toString("base64")) : elements;
  try {
    return fromJson(InferTensorContentsSchema, { [field]: values });
  } catch (error) {
    throw invalidField(
      path,
      error instanceof Error ? error.message.replace(/^cannot decode [^:]*: /, "") : String(error),
    );
  }
}

/** Nested lists hold the elements row by row, as flat ones do. */
function flatten(data: JsonValue[]): JsonValue[] {
  return data.some(Array.isArray) ? ((data as unknown[]).flat(100) as JsonValue[]) : data;
}

function inferResponse(answered: ModelInferResponse) {
  return {
    model_name: answered.modelName,
    model_version: answered.modelVersion,
    ...(answered.id === "" ? {} : { id: answered.id }),
    parameters: Object.fromEntries(Object.entries(answered.parameters).map(([key, it]) => [key, parameterValue(it)])),
    outputs: answered.outputs.map(({ name, datatype, shape, contents }) => ({
      name,
      datatype,
      shape: shape.map(Number),
      data: elementsOf(datatype, contents),
    })),
  };
}

function elementsOf(datatype: string, contents: InferTensorContents | undefined): unknown[] {
  const field = FIELDS[datatype];
  if (!contents || !field) return [];
  const decoder = new TextDecoder();
  return contents[field].map((it) => {
    if (typeof it === "bigint") return Number.isSafeInteger(Number(it)) ? Number(it) : it.toString();
    if (it instanceof Uint8Array) return decoder.decode(it);
    // JSON has no NaN and no infinities; the protocol's other servers write them as null too.
    return typeof it === "number" && !Number.isFinite(it) ? null : it;
  });
}

function parameters(json: JsonValue | undefined): Record<string, InferParameter> {
  const entries = Object.entries(json === undefined ? {} : object(json, "parameters"));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, create(InferParameterSchema, { parameterChoice: choice(key, value) })]),
  );
}

function choice(key: string, value: JsonValue): InferParameter["parameterChoice"] {
  if (typeof value === "boolean") return { case: "boolParam", value };
  if (typeof value === "string") return { case: "stringParam", value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { case: "int64Param", value: BigInt(value) } : { case: "doubleParam", value };
  }
  throw invalidField(`parameters.${key}`, "expected text, a number or a truth value");
}

function parameterValue({ parameterChoice }: InferParameter): unknown {
  const { value } = parameterChoice;
  return typeof value === "bigint" ? Number(value) : (value ?? null);
}

function object(json: JsonValue | undefined, path: string): Record<string, JsonValue> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalidField(path, "expected an object");
  return json;
}

function list(json: JsonValue | undefined, path: string): JsonValue[] {
  if (!Array.isArray(json)) throw invalidField(path, "expected a list");
  return json;
}

function text(json: JsonValue | undefined, path: string): string {
  if (typeof json !== "string") throw invalidField(path, "expected text");
  return json;
}

function size(json: JsonValue, path: string): bigint {
  if (typeof json !== "number" || !Number.isSafeInteger(json)) throw invalidField(path, "expected whole numbers");
  return BigInt(json);
}
