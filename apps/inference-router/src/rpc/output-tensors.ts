import { create } from "@bufbuild/protobuf";
import {
  InferTensorContentsSchema,
  type ModelInferRequest,
  type ModelInferResponse,
} from "@throughline/contracts/inference/open_inference_pb";
import type { FieldViolation } from "@throughline/kernel";
import type { Signature, Tensor } from "../domain/tensor.ts";
import { classified } from "./classification.ts";
import { contentsOf } from "./tensor-contents.ts";

/** The outputs of a response: raw if the request was, and of the asked ones alone. */
export function outputsToProto(request: ModelInferRequest, all: readonly Tensor[]) {
  const outputs = request.outputs.length === 0 ? all : request.outputs.flatMap((it) => outputFor(it, all) ?? []);
  const isTyped = request.rawInputContents.length === 0 && request.inputs.length > 0;
  // FP16 has no field of its own in the contents.
  const isRaw = !isTyped || outputs.some((it) => it.datatype === "FP16");
  if (isRaw) return rawOutputs(outputs);
  return {
    // Whole messages, so that none is made anew of them.
    outputs: outputs.map((it) => ({
      $typeName: "inference.ModelInferResponse.InferOutputTensor" as const,
      parameters: {},
      name: it.name,
      datatype: it.datatype,
      shape: it.shape.map(BigInt),
      contents: create(InferTensorContentsSchema, contentsOf(it)),
    })),
    rawOutputContents: [],
  };
}

type OutputTensor = ModelInferResponse["outputs"][number];

/** One for all: nobody changes a message. */
const NO_PARAMETERS: OutputTensor["parameters"] = {};

/** By index: of most answers this is the most of what is made. */
function rawOutputs(tensors: readonly Tensor[]) {
  const outputs: OutputTensor[] = [];
  const rawOutputContents: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; i < tensors.length; i++) {
    const { name, datatype, shape: sizes, bytes } = tensors[i] as Tensor;
    const shape: bigint[] = [];
    for (let j = 0; j < sizes.length; j++) shape.push(BigInt(sizes[j] as number));
    outputs.push({
      $typeName: "inference.ModelInferResponse.InferOutputTensor",
      name,
      datatype,
      shape,
      parameters: NO_PARAMETERS,
    });
    // A view of what came from the model's process: nothing writes there any more.
    rawOutputContents.push(bytes as Uint8Array<ArrayBuffer>);
  }
  return { outputs, rawOutputContents };
}

type OutputMessage = ModelInferRequest["outputs"][number];

function outputFor(asked: OutputMessage, all: readonly Tensor[]): Tensor | undefined {
  const output = all.find((it) => it.name === asked.name);
  const count = classesOf(asked);
  return output === undefined || count === undefined ? output : (classified(output, count) ?? output);
}

/** How many classes are asked for, instead of the elements. */
function classesOf({ parameters }: OutputMessage): number | undefined {
  const value = parameters["classification"]?.parameterChoice.value;
  return value === undefined ? undefined : Number(value);
}

/** What is wrong with an output that is asked for; undefined if nothing is. */
export function outputViolation(
  asked: OutputMessage,
  path: string,
  { outputs }: Signature,
): FieldViolation | undefined {
  const declared = outputs.find((it) => it.name === asked.name);
  if (declared === undefined) {
    return { path: `${path}.name`, description: `the model has no output "${asked.name.slice(0, 100)}"` };
  }
  if (isShared(asked.parameters)) return { path: `${path}.parameters`, description: NO_SHARED_MEMORY };
  const classes = classesOf(asked);
  if (classes === undefined) return undefined;
  const at = `${path}.parameters.classification`;
  if (!Number.isSafeInteger(classes) || classes < 1)
    return { path: at, description: "expected a whole number from 1 on" };
  return declared.datatype === "BYTES" ? { path: at, description: "texts have no order to classify by" } : undefined;
}

/** Why a tensor cannot be where its parameters say. */
export const NO_SHARED_MEMORY = "memory that callers share with the server is not offered: send the elements";

/** True if the parameters of a tensor name memory in place of the elements. */
export const isShared = (parameters: OutputMessage["parameters"]): boolean =>
  Object.hasOwn(parameters, "shared_memory_region");
