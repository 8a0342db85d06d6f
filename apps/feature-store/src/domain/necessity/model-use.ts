import { DomainError } from "@throughline/kernel";
import type { Column } from "@throughline/tables";

/** A tensor of a model, as the registry knows it. Sizes below 0 are any. */
export interface ModelTensor {
  readonly name: string;
  /** As the Open Inference Protocol names it: `FP32`, `INT64`, `BYTES`. */
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** What a model takes and gives. */
export interface ModelSignature {
  readonly inputs: readonly ModelTensor[];
  readonly outputs: readonly ModelTensor[];
}

/** Element types that values of features become. */
export type ElementType = "FP32" | "FP64" | "INT64" | "BYTES";

/** How features are put into a model, and its prediction is taken out. */
export interface ModelUse {
  /** All features in one tensor of FP32, or each in a tensor of its name. */
  readonly inputs:
    | { readonly kind: "vector"; readonly tensor: string }
    | {
        readonly kind: "columns";
        /** `rank` 1: the values alone; 2: a column of them. */
        readonly tensors: readonly { readonly name: string; readonly type: ElementType; readonly rank: 1 | 2 }[];
      };
  /** Rows that it takes at once; undefined: any number. */
  readonly rowsAtOnce: 1 | undefined;
  readonly outputTensor: string;
  readonly outputColumn: number;
}

/** What is asked of a model. */
export interface UseRequest {
  readonly modelVersion: string;
  readonly signature: ModelSignature;
  /** In the feature service's order. */
  readonly features: readonly Pick<Column, "name" | "type">[];
  /** Empty: the only output of numbers. */
  readonly outputTensor: string;
  readonly outputColumn: number;
}

/** The model cannot be used with these features or this label. */
export const modelNotApplicable = (model: string, why: string): DomainError =>
  new DomainError(
    "precondition",
    "MODEL_NOT_APPLICABLE",
    `${model} cannot tell how important the features are: ${why}.`,
    { metadata: { model } },
  );

/** The types of values that elements of a type are made of. */
const MADE_OF: Readonly<Record<ElementType, readonly string[]>> = {
  FP32: ["float64", "int64", "bool"],
  FP64: ["float64", "int64", "bool"],
  INT64: ["int64", "bool", "timestamp"],
  BYTES: ["string"],
};

/** How a model is used with the features of a service. Fails with MODEL_NOT_APPLICABLE. */
export function modelUse(request: UseRequest): ModelUse {
  const { signature, modelVersion } = request;
  const refuse = (why: string): DomainError => modelNotApplicable(modelVersion, why);
  const sizes = new Set(signature.inputs.map((it) => it.shape[0] ?? 1));
  const fixed = [...sizes].find((it) => it > 1);
  if (fixed !== undefined) throw refuse(`it takes ${fixed} rows at once, and no other number`);
  return {
    inputs: inputsOf(request, refuse),
    rowsAtOnce: sizes.has(1) ? 1 : undefined,
    outputTensor: outputOf(request, refuse),
    outputColumn: request.outputColumn,
  };
}

type Refuse = (why: string) => DomainError;

function inputsOf({ signature: { inputs }, features }: UseRequest, refuse: Refuse): ModelUse["inputs"] {
  const types = new Map(features.map((it) => [it.name, it.type]));
  if (inputs.every((it) => types.has(it.name))) {
    const tensors = inputs.map(({ name, datatype, shape }) => {
      if (!isElementType(datatype)) throw refuse(`its input ${name} is ${datatype}`);
      const type = types.get(name) ?? "";
      if (!MADE_OF[datatype].includes(type))
        throw refuse(`its input ${name} is ${datatype}, and the feature is ${type}`);
      if (shape.slice(1).some((it) => it > 1) || shape.length > 2)
        throw refuse(`its input ${name} takes more than one value`);
      return { name, type: datatype, rank: shape.length === 1 ? (1 as const) : (2 as const) };
    });
    return { kind: "columns", tensors };
  }
  const [only, ...more] = inputs;
  if (!only || more.length > 0)
    throw refuse(`its inputs are ${inputs.map((it) => it.name).join(", ")}, which are not all features of the service`);
  const width = only.shape[1] ?? -1;
  if (only.datatype !== "FP32" || only.shape.length !== 2 || (width >= 0 && width !== features.length))
    throw refuse(
      `its input ${only.name} is ${only.datatype}[${only.shape.join(", ")}], not FP32[-1, ${features.length}] with one column for each feature`,
    );
  const wrong = features.find((it) => !MADE_OF.FP32.includes(it.type));
  if (wrong) throw refuse(`the feature ${wrong.name} is ${wrong.type}, and no number of a vector`);
  return { kind: "vector", tensor: only.name };
}

const isElementType = (datatype: string): datatype is ElementType => Object.hasOwn(MADE_OF, datatype);

const NUMBERS: ReadonlySet<string> = new Set(["FP32", "FP64", "INT64"]);
const FLOATS: ReadonlySet<string> = new Set(["FP32", "FP64"]);

function outputOf({ signature: { outputs }, ...asked }: UseRequest, refuse: Refuse): string {
  const floats = outputs.filter((it) => FLOATS.has(it.datatype));
  const found = asked.outputTensor === "" ? floats : outputs.filter((it) => it.name === asked.outputTensor);
  const [output, ...more] = found;
  const all = outputs.map((it) => `${it.name} (${it.datatype})`).join(", ");
  if (!output || more.length > 0) throw refuse(`name the output that is the prediction: it gives ${all || "nothing"}`);
  if (!NUMBERS.has(output.datatype)) throw refuse(`its output ${output.name} is ${output.datatype}, and no number`);
  const width = output.shape.length < 2 ? 1 : (output.shape[1] ?? -1);
  if (width >= 0 && asked.outputColumn >= width)
    throw refuse(`its output ${output.name} has ${width} columns, so there is no column ${asked.outputColumn}`);
  return output.name;
}
