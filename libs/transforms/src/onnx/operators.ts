import { invariant } from "@throughline/kernel";
import { MISSING_WHOLE } from "../column.ts";
import { HASH_HALF, HASH_PRIME } from "../evaluate/wholes.ts";
import type { DiscreteOperation, Operation, Tokens } from "../program.ts";
import { ELEMENT, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./messages.ts";

/** Collects the operators and constants of a graph, and names their values. */
export interface OnnxGraph {
  /** The name of the value of a lane. */
  lane(id: number): string;
  /** The name under which a raw column comes in. */
  column(name: string): string;
  /** A value between two operators of one operation. */
  put(operator: string, inputs: readonly string[], more?: PutMore): string;
  constant(tensor: Unnamed<OnnxTensor>): string;
}

interface PutMore {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: OnnxNode["domain"];
  /** How many values it makes besides the first, which nobody reads. */
  readonly ignored?: number;
}

type Unnamed<T> = T extends unknown ? Omit<T, "name"> : never;

const ML = { domain: "ai.onnx.ml" } as const;
const MICROSOFT = { domain: "com.microsoft" } as const;

/** Writes one operation as operators and gives the name of its value. */
export function onnxOperators(operation: Operation, graph: OnnxGraph): string {
  const { put, lane } = graph;
  const row = (...values: readonly number[]) => graph.constant({ dims: [1, values.length], type: "float64", values });
  switch (operation.op) {
    case "column": {
      const name = graph.column(operation.name);
      return operation.type === "float32" ? asFloat64(graph, name) : name;
    }
    case "constant":
      return row(...operation.values);
    case "add":
    case "subtract":
    case "multiply":
    case "divide":
    case "less":
    case "atLeast":
      return put(PAIRS[operation.op], [lane(operation.a), lane(operation.b)]);
    case "floor":
      return put("Floor", [lane(operation.of)]);
    case "isNaN":
      return put("IsNaN", [lane(operation.of)]);
    case "select":
      return put("Where", [lane(operation.where), lane(operation.yes), lane(operation.no)]);
    case "count": {
      const reached = put("GreaterOrEqual", [lane(operation.of), row(...operation.boundaries)]);
      // A sum of zeros and ones is exact in any order.
      return put("ReduceSum", [asFloat64(graph, reached), axis(graph, 1n)], { attributes: { keepdims: 1n } });
    }
    case "take": {
      const width = operation.table[0]?.length ?? 0;
      const dims = [operation.table.length, width];
      const table = graph.constant({ dims, type: "float64", values: operation.table.flat() });
      return put("Gather", [table, put("Reshape", [asWhole(graph, lane(operation.index)), axis(graph, -1n)])]);
    }
    case "oneHot": {
      const places = Array.from({ length: operation.size }, (_, i) => i);
      return asFloat64(graph, put("Equal", [lane(operation.index), row(...places)]));
    }
    case "join":
      return put("Concat", operation.of.map(lane), { attributes: { axis: 1n } });
    case "pick": {
      const at = graph.constant({ dims: [1], type: "int64", values: [BigInt(operation.at)] });
      return put("Gather", [lane(operation.of), at], { attributes: { axis: 1n } });
    }
    default:
      return discreteOperators(operation, graph);
  }
}

function discreteOperators(operation: DiscreteOperation, graph: OnnxGraph): string {
  const { put, lane } = graph;
  switch (operation.op) {
    case "wholeNumber":
      return asFloat64(graph, lane(operation.of));
    case "wholeMissing":
      return put("Equal", [lane(operation.of), whole(graph, MISSING_WHOLE)]);
    case "quotient":
      return put("Div", [lane(operation.of), whole(graph, operation.by)]);
    case "remainder": {
      const by = whole(graph, operation.by);
      return put("Sub", [lane(operation.of), put("Mul", [put("Div", [lane(operation.of), by]), by])]);
    }
    case "wholeHash":
      return wholeHash(operation, graph);
    case "wholePosition":
    case "textPosition":
      return position(operation, graph);
    case "textHash": {
      const attributes = { seed: BigInt(operation.seed), positive: 1n };
      return asFloat64(graph, put("MurmurHash3", [lane(operation.of)], { attributes, ...MICROSOFT }));
    }
    case "lower":
      return lower(graph, lane(operation.of));
    case "fillText": {
      const fill = graph.constant({ dims: [1, 1], type: "text", values: [operation.fill] });
      return put("Where", [lane(operation.where), fill, lane(operation.of)]);
    }
    case "grams":
      return grams(operation, graph);
  }
}

const PAIRS = {
  add: "Add",
  subtract: "Sub",
  multiply: "Mul",
  divide: "Div",
  less: "Less",
  atLeast: "GreaterOrEqual",
} as const;

const cast = (graph: OnnxGraph, value: string, to: keyof typeof ELEMENT): string =>
  graph.put("Cast", [value], { attributes: { to: BigInt(ELEMENT[to]) } });
const asFloat64 = (graph: OnnxGraph, value: string): string => cast(graph, value, "float64");
const asWhole = (graph: OnnxGraph, value: string): string => cast(graph, value, "int64");
const whole = (graph: OnnxGraph, value: bigint): string =>
  graph.constant({ dims: [1, 1], type: "int64", values: [value] });
const axis = (graph: OnnxGraph, ...values: readonly bigint[]): string =>
  graph.constant({ dims: [values.length], type: "int64", values });

function wholeHash({ of, buckets, factors }: Operation & { readonly op: "wholeHash" }, graph: OnnxGraph): string {
  const { put } = graph;
  const number = (value: bigint) => whole(graph, value);
  // The operator's remainder has the sign of the divisor: it is never negative here.
  const below = put("Mod", [graph.lane(of), number(HASH_HALF)]);
  const often = put("Div", [put("Sub", [graph.lane(of), below]), number(HASH_HALF)]);
  const above = put("Mod", [often, number(HASH_PRIME)]);
  const sum = put("Add", [put("Mul", [below, number(factors.low)]), put("Mul", [above, number(factors.high)])]);
  const hash = put("Mod", [put("Add", [sum, number(factors.added)]), number(HASH_PRIME)]);
  return asFloat64(graph, put("Mod", [hash, number(BigInt(buckets))]));
}

function position(operation: Operation & { readonly op: "wholePosition" | "textPosition" }, graph: OnnxGraph): string {
  const places = { wholes: operation.keys.map((_, i) => BigInt(i)) };
  const keys =
    operation.op === "textPosition"
      ? { keys_strings: { texts: operation.keys } }
      : { keys_int64s: { wholes: operation.keys } };
  const attributes = { ...keys, values_int64s: places, default_int64: -1n };
  return asFloat64(graph, graph.put("LabelEncoder", [graph.lane(operation.of)], { attributes, ...ML }));
}

function lower(graph: OnnxGraph, value: string): string {
  // The classic locale knows the letters of ASCII alone, on every machine; others would need to be installed.
  const attributes = { case_change_action: "LOWER", is_case_sensitive: 1n, locale: "C" };
  const flat = graph.put("Reshape", [value, axis(graph, -1n)]);
  return graph.put("Reshape", [graph.put("StringNormalizer", [flat], { attributes }), axis(graph, -1n, 1n)]);
}

function grams({ of, tokens, grams }: Operation & { readonly op: "grams" }, graph: OnnxGraph): string {
  const cut = graph.put("Squeeze", [tokenized(graph, graph.lane(of), tokens), axis(graph, 1n)]);
  const lengths = grams.map((it) => it.length);
  const longest = Math.max(...lengths);
  // Where the n-grams of each length begin in the pool.
  const starts = Array.from({ length: longest }, (_, i) =>
    BigInt(lengths.reduce((sum, it) => sum + (it <= i ? it : 0), 0)),
  );
  invariant(
    lengths.every((it, i) => i === 0 || it >= (lengths[i - 1] ?? 0)),
    "n-grams are ordered by length",
  );
  const attributes = {
    mode: "TF",
    min_gram_length: BigInt(Math.min(...lengths)),
    max_gram_length: BigInt(longest),
    max_skip_count: 0n,
    ngram_counts: { wholes: starts },
    ngram_indexes: { wholes: grams.map((_, i) => BigInt(i)) },
    pool_strings: { texts: grams.flat() },
  };
  return asFloat64(graph, graph.put("TfIdfVectorizer", [cut], { attributes }));
}

function tokenized(graph: OnnxGraph, value: string, tokens: Tokens): string {
  if (tokens === "characters") {
    const attributes = { mark: 0n, mincharnum: 1n, pad_value: "", tokenexp: "(?s)." };
    return graph.put("Tokenizer", [value], { attributes, ...MICROSOFT });
  }
  // Without a delimiter the operator takes runs of spaces.
  const attributes: Record<string, OnnxAttribute> = tokens.separator === " " ? {} : { delimiter: tokens.separator };
  return graph.put("StringSplit", [value], { attributes, ignored: 1 });
}
