import { create } from "@bufbuild/protobuf";
import { ModelConfigSchema } from "@throughline/contracts/inference/model_config_pb";
import { GRPCInferenceService, type ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { invalidField, LIMITS } from "@throughline/kernel";
import { readJson } from "./body.ts";
import { sendJson } from "./http-error.ts";
import { type InferBody, readInferBody, sendInfer } from "./open-inference-body.ts";
import type { OpenInferenceCall as Call } from "./open-inference-call.ts";
import { configJson, indexJson, metadataJson, statisticsJson } from "./open-inference-json.ts";
import { rawRequest } from "./open-inference-raw.ts";
import { inferRequest } from "./open-inference-request.ts";
import { repositoryParameters } from "./repository-parameters.ts";
import { decodeOnce } from "./target.ts";

/** What a path names: a model and a version, each empty where the path has none. */
interface Place {
  readonly name: string;
  readonly version: string;
}

type Answer = (call: Call, place: Place) => Promise<void>;

/** The answers of a path by its verb. */
type Verbs = Readonly<Record<string, Answer>>;

interface Found {
  readonly verbs: Verbs;
  readonly place: Place;
}

/** What was found at paths: few come, and come all the time. Long ones are left out, so that it stays small. */
const known = new Map<string, Found>();
const KNOWN_MAX = 1_000;
const KNOWN_LENGTH_MAX = 256;

/** What is at a path: its place, and the answers by verb. Undefined if the protocol has no such path. */
export function answerOf(path: string): Found | undefined {
  const before = known.get(path);
  if (before) return before;
  for (const { pattern, verbs } of PATHS) {
    const match = pattern.exec(path);
    if (match) {
      const { name = "", version = "" } = match.groups ?? {};
      const found = { verbs, place: { name: decodeOnce(name), version: decodeOnce(version) } };
      if (known.size >= KNOWN_MAX) known.clear();
      if (path.length <= KNOWN_LENGTH_MAX) known.set(path, found);
      return found;
    }
  }
  return undefined;
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

async function sendModelReady({ client, options, response }: Call, model: Place): Promise<void> {
  const { ready } = await client.modelReady(model, options);
  sendJson(response, ready ? 200 : 503, { name: model.name, ready });
}

async function sendModel({ client, options, response }: Call, model: Place): Promise<void> {
  sendJson(response, 200, metadataJson(await client.modelMetadata(model, options)));
}

async function sendConfig({ client, options, response }: Call, model: Place): Promise<void> {
  const { config } = await client.modelConfig(model, options);
  sendJson(response, 200, configJson(config ?? create(ModelConfigSchema)));
}

async function sendStatistics({ client, options, response }: Call, model: Place): Promise<void> {
  const { modelStats } = await client.modelStatistics(model, options);
  sendJson(response, 200, statisticsJson(modelStats));
}

async function infer(call: Call, model: Place): Promise<void> {
  const { transport, options, request, response } = call;
  const body = await readInferBody(request, model);
  const { message, isBinary } = body.quick
    ? { message: body.quick, isBinary: NEVER }
    : await generalRequest(call, model, body);
  const { signal, headers, timeoutMs } = options;
  const answered = await transport.unary(MODEL_INFER, signal, timeoutMs, headers, message);
  return sendInfer({ request, response }, answered.message as ModelInferResponse, isBinary);
}

const MODEL_INFER = GRPCInferenceService.method.modelInfer;
const NEVER = (): boolean => false;

/** A request in any form but the one that is read quickly. */
async function generalRequest({ client, options }: Call, { name, version }: Place, { json, binary, isRaw }: InferBody) {
  const { message, isBinary } = isRaw
    ? rawRequest(await client.modelMetadata({ name, version }, options), binary)
    : inferRequest(json, binary);
  return { message: { ...message, modelName: name, modelVersion: version }, isBinary };
}

async function sendIndex({ client, options, request, response }: Call): Promise<void> {
  const body = (await readJson(request, LIMITS.messageBytesMax)) ?? {};
  const ready =
    typeof body === "object" && body !== null && !Array.isArray(body) ? (body["ready"] ?? false) : undefined;
  if (typeof ready !== "boolean") throw invalidField("ready", "expected an object with true or false");
  sendJson(response, 200, indexJson(await client.repositoryIndex({ ready }, options)));
}

async function load({ client, options, request, response }: Call, { name: modelName }: Place): Promise<void> {
  const parameters = repositoryParameters(await readJson(request, LIMITS.inferenceMessageBytesMax));
  await client.repositoryModelLoad({ modelName, parameters }, options);
  sendJson(response, 200, {});
}

async function unload({ client, options, request, response }: Call, { name: modelName }: Place): Promise<void> {
  const parameters = repositoryParameters(await readJson(request, LIMITS.messageBytesMax));
  await client.repositoryModelUnload({ modelName, parameters }, options);
  sendJson(response, 200, {});
}

type SharedMemoryCall = "Status" | "Register" | "Unregister";

const sharedMemory =
  (kind: "system" | "cuda", what: SharedMemoryCall): Answer =>
  async ({ client, options, response }, { name }) => {
    await client[`${kind}SharedMemory${what}`]({ name }, options);
    sendJson(response, 200, {});
  };

const sharedMemoryPaths = (kind: "system" | "cuda") => {
  const at = (action: string) => new RegExp(`^/v2/${kind}sharedmemory(?:/region/(?<name>[^/]+))?/${action}$`);
  return [
    { pattern: at("status"), verbs: { GET: sharedMemory(kind, "Status") } },
    { pattern: at("register"), verbs: { POST: sharedMemory(kind, "Register") } },
    { pattern: at("unregister"), verbs: { POST: sharedMemory(kind, "Unregister") } },
  ];
};

const traceSetting: Answer = async ({ client, options, response }, { name: modelName }) => {
  await client.traceSetting({ modelName }, options);
  sendJson(response, 200, {});
};

const logSettings: Answer = async ({ client, options, response }) => {
  await client.logSettings({}, options);
  sendJson(response, 200, {});
};

/**
 * A model's name is `deployment` or `project/deployment`, with its slash encoded or, as tritonclient sends it, not. Where
 * that could be either, it is the action of a deployment.
 */
const NAME = "(?<name>[^/]+(?:/[^/]+)?)";

const model = (action: string): RegExp => new RegExp(`^/v2/models/${NAME}(?:/versions/(?<version>[^/]+))?${action}$`);

const repository = (action: string): RegExp => new RegExp(`^/v2/repository/models/${NAME}/${action}$`);

/** Every path, the one of most calls first. */
const PATHS: readonly { readonly pattern: RegExp; readonly verbs: Verbs }[] = [
  { pattern: model("/infer"), verbs: { POST: infer } },
  { pattern: /^\/v2$/, verbs: { GET: sendServer } },
  { pattern: /^\/v2\/health\/live$/, verbs: { GET: sendLive } },
  { pattern: /^\/v2\/health\/ready$/, verbs: { GET: sendReady } },
  { pattern: /^\/v2\/models\/stats$/, verbs: { GET: sendStatistics } },
  { pattern: model("/ready"), verbs: { GET: sendModelReady } },
  { pattern: model("/config"), verbs: { GET: sendConfig } },
  { pattern: model("/stats"), verbs: { GET: sendStatistics } },
  { pattern: model("/trace/setting"), verbs: { GET: traceSetting, POST: traceSetting } },
  { pattern: model(""), verbs: { GET: sendModel } },
  { pattern: /^\/v2\/repository\/index$/, verbs: { POST: sendIndex } },
  { pattern: repository("load"), verbs: { POST: load } },
  { pattern: repository("unload"), verbs: { POST: unload } },
  ...sharedMemoryPaths("system"),
  ...sharedMemoryPaths("cuda"),
  { pattern: /^\/v2\/trace\/setting$/, verbs: { GET: traceSetting, POST: traceSetting } },
  { pattern: /^\/v2\/logging$/, verbs: { GET: logSettings, POST: logSettings } },
];
