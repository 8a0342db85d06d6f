import { type DescField, type DescMessage, getOption, hasOption, isFieldSet, type Message } from "@bufbuild/protobuf";
import {
  type FieldRules,
  FieldRulesSchema,
  field as fieldRules,
} from "@throughline/contracts/buf/validate/validate_pb";

/** The rules of one field, item, key or value, of which every one is known here. */
export interface QuickRules {
  readonly required: boolean;
  /** Of what kind the rules are, such as `string`; undefined if there are none. */
  readonly kind: string | undefined;
  /** What is set, by the names of the proto: `{ max_bytes: 250n }`. */
  readonly given: Readonly<Record<string, unknown>>;
}

const KNOWN_OF_NUMBERS = ["gt", "gte", "lt", "lte"] as const;

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  string: ["min_len", "max_len", "min_bytes", "max_bytes", "pattern"],
  bytes: ["min_len", "max_len"],
  int32: KNOWN_OF_NUMBERS,
  int64: KNOWN_OF_NUMBERS,
  uint32: KNOWN_OF_NUMBERS,
  uint64: KNOWN_OF_NUMBERS,
  double: [...KNOWN_OF_NUMBERS, "finite"],
  enum: ["defined_only", "in", "not_in"],
  repeated: ["min_items", "max_items", "items"],
  map: ["min_pairs", "max_pairs", "keys", "values"],
};

const NONE: QuickRules = { required: false, kind: undefined, given: {} };

/** The rules of a field; undefined if there is one among them that is not known here. */
export const rulesOf = (field: DescField): QuickRules | undefined =>
  hasOption(field, fieldRules) ? quickRules(getOption(field, fieldRules)) : NONE;

/** The same for the rules of items, keys or values, which stand within those of a list or a map. */
export function quickRules(rules: FieldRules | undefined): QuickRules | undefined {
  if (!rules) return NONE;
  const { required = false, ...others } = given(FieldRulesSchema, rules);
  const [kind, ...more] = Object.keys(others);
  if (more.length > 0 || rules.$unknown?.length) return undefined;
  if (kind === undefined) return { ...NONE, required: required === true };
  const message = others[kind] as Message;
  const schema = FieldRulesSchema.fields.find((it) => it.name === kind)?.message;
  if (!schema || message.$unknown?.length) return undefined;
  const set = given(schema, message);
  if (!Object.keys(set).every((it) => KNOWN[kind]?.includes(it))) return undefined;
  // A lower bound above the upper one stands for all but what is between them.
  if (Number(set["gt"] ?? set["gte"] ?? -Infinity) >= Number(set["lt"] ?? set["lte"] ?? Infinity)) return undefined;
  return { required: required === true, kind, given: set };
}

/** What is set of a message, by the names of the proto. */
function given(schema: DescMessage, message: Message): Readonly<Record<string, unknown>> {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    schema.fields
      .filter((it) => isFieldSet(message, it))
      .map((it) => [
        it.name,
        it.oneof ? (values[it.oneof.localName] as { readonly value: unknown }).value : values[it.localName],
      ]),
  );
}
