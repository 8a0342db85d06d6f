import { create } from "@bufbuild/protobuf";
import {
  ModelInferRequestSchema,
  type ModelMetadataResponse,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField } from "@throughline/kernel";
import { elementBytes, isDatatype, writeTexts } from "@throughline/kernel/datatypes";
import type { RestInfer } from "./open-inference-request.ts";

/**
 * Reads a request that is nothing but the data of the model's one input, as Triton's raw binary requests are: the shape is
 * what the model says, with the size that it leaves open from the length of the data. A model of texts gets one text. All
 * outputs are binary. Fails with INVALID_FIELD for models that such a request does not say enough to.
 */
export function rawRequest({ inputs }: ModelMetadataResponse, data: Uint8Array): RestInfer {
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1) {
    throw invalidField("body", `the model has ${inputs.length} inputs: say in JSON which data are whose`);
  }
  const { name, datatype, shape } = input;
  if (!isDatatype(datatype)) throw new Error(`the model has an input of ${datatype}`);
  const isText = datatype === "BYTES";
  const raw = isText ? writeTexts([data]) : (data as Uint8Array<ArrayBuffer>);
  const elements = isText ? 1 : data.byteLength / elementBytes(datatype);
  const message = create(ModelInferRequestSchema, {
    rawInputContents: [raw],
    inputs: [{ name, datatype, shape: shapeFor(elements, shape.map(Number)).map(BigInt) }],
  });
  return { message, isBinary: () => true };
}

function shapeFor(elements: number, declared: readonly number[]): readonly number[] {
  const known = declared.filter((it) => it !== -1).reduce((product, it) => product * it, 1);
  const openCount = declared.filter((it) => it === -1).length;
  const open = openCount === 0 ? 1 : elements / known;
  if (openCount > 1 || !Number.isSafeInteger(open) || open * known !== elements) {
    throw invalidField("body", `${elements} elements tell no shape of [${declared}]: say it in JSON`);
  }
  return declared.map((it) => (it === -1 ? open : it));
}
