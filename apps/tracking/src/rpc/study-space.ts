import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Parameter as ParameterMessage,
  ParameterSchema,
  ParameterValue as ParameterValueMessage,
  ParameterValueSchema,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { invalidField } from "@throughline/kernel";
import type { Condition, Parameter, ParameterValue, Params, Space } from "@throughline/studies";

/** Fails with INVALID_FIELD for what the contract's rules cannot see. */
export const spaceFromProto = (parameters: readonly ParameterMessage[]): Space =>
  parameters.map((it, i) => parameterFromProto(it, `study.space[${i}]`));

function parameterFromProto({ name, range, condition }: ParameterMessage, path: string): Parameter {
  const when: Condition | undefined = condition && {
    parent: condition.parent,
    values: condition.values.map(valueFromProto),
  };
  const named = { name, ...(when !== undefined && { when }) };
  switch (range.case) {
    case "floatRange": {
      const { min, max, log, step } = range.value;
      return { ...named, kind: "float", min, max, log, ...(step !== undefined && { step }) };
    }
    case "intRange": {
      const { min, max, log, step } = range.value;
      return { ...named, kind: "int", min: Number(min), max: Number(max), log, step: Number(step) || 1 };
    }
    case "categories":
      return { ...named, kind: "categorical", choices: range.value.choices };
    default:
      throw invalidField(`${path}.range`, "it is not set");
  }
}

function valueFromProto({ kind }: ParameterValueMessage): ParameterValue {
  return typeof kind.value === "bigint" ? Number(kind.value) : (kind.value ?? "");
}

export const spaceToProto = (space: Space): MessageInitShape<typeof ParameterSchema>[] =>
  space.map((it) => ({
    name: it.name,
    range: rangeToProto(it),
    ...(it.when !== undefined && {
      condition: { parent: it.when.parent, values: it.when.values.map((value) => valueToProto(it.when, value, space)) },
    }),
  }));

function rangeToProto(it: Parameter): NonNullable<MessageInitShape<typeof ParameterSchema>["range"]> {
  if (it.kind === "categorical") return { case: "categories", value: { choices: [...it.choices] } };
  const { min, max, log } = it;
  if (it.kind === "int")
    return { case: "intRange", value: { min: BigInt(min), max: BigInt(max), log, step: BigInt(it.step) } };
  return { case: "floatRange", value: { min, max, log, ...(it.step !== undefined && { step: it.step }) } };
}

const valueToProto = (when: Condition | undefined, value: ParameterValue, space: Space) =>
  valueOfKind(space.find((it) => it.name === when?.parent)?.kind, value);

function valueOfKind(
  kind: Parameter["kind"] | undefined,
  value: ParameterValue,
): MessageInitShape<typeof ParameterValueSchema> {
  if (typeof value === "string") return { kind: { case: "category", value } };
  if (kind === "int") return { kind: { case: "intValue", value: BigInt(value) } };
  return { kind: { case: "floatValue", value } };
}

/** The parameters of a trial, each in the kind that the space says. */
export const paramsToProto = (
  space: Space,
  params: Params,
): Record<string, MessageInitShape<typeof ParameterValueSchema>> =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      valueOfKind(space.find((it) => it.name === name)?.kind, value),
    ]),
  );
