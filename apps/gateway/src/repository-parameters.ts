import { create, type JsonValue } from "@bufbuild/protobuf";
import {
  type ModelRepositoryParameter,
  ModelRepositoryParameterSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField } from "@throughline/kernel";

/** The parameters of a request to load or unload, from the protocol's JSON. Fails with INVALID_FIELD. */
export function repositoryParameters(json: JsonValue | undefined): Record<string, ModelRepositoryParameter> {
  const body = object(json ?? {}, "body");
  const entries = Object.entries(object(body["parameters"] ?? {}, "parameters"));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      create(ModelRepositoryParameterSchema, { parameterChoice: choice(value, `parameters.${key}`) }),
    ]),
  );
}

function choice(value: JsonValue, path: string): ModelRepositoryParameter["parameterChoice"] {
  if (typeof value === "boolean") return { case: "boolParam", value };
  // Contents of files come as base64 in text here, and are refused whatever they are.
  if (typeof value === "string") return { case: "stringParam", value };
  if (Number.isSafeInteger(value)) return { case: "int64Param", value: BigInt(value as number) };
  throw invalidField(path, "expected text, a whole number or a truth value");
}

function object(json: JsonValue, path: string): Readonly<Record<string, JsonValue>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalidField(path, "expected an object");
  return json;
}
