import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { SampleResult } from "./check-messages.ts";

/** How the runtime keeps elements of a type. Texts are kept in lists. */
const ELEMENTS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

const FLOATS = new Set(["float16", "float32", "float64"]);

/** Runs a loaded model once, with zeros of the shapes that it declares and 1 where any size is taken. */
export async function runSample(session: InferenceSession): Promise<SampleResult> {
  const { Tensor } = await import("onnxruntime-node");
  const inputs = session.inputMetadata.filter((it) => it.isTensor);
  try {
    const feeds: Record<string, Tensor> = {};
    for (const { name, type, shape } of inputs) feeds[name] = zeros(Tensor, type, shape.map(sizeOf));
    await session.run(feeds);
    return { kind: "ran" };
  } catch (error) {
    const decisive = inputs.every(
      (it) => FLOATS.has(it.type) && it.shape.slice(1).every((size) => sizeOf(size) === size),
    );
    return { kind: "failed", message: messageOf(error), decisive };
  }
}

const sizeOf = (size: number | string): number => (typeof size === "number" && size >= 0 ? size : 1);

function zeros(of: typeof Tensor, type: Tensor.Type, sizes: readonly number[]): Tensor {
  const count = sizes.reduce((product, it) => product * it, 1);
  if (type === "string") return new of("string", Array<string>(count).fill(""), sizes);
  const Elements = ELEMENTS[type as keyof typeof ELEMENTS];
  if (!Elements) throw new Error(`elements of type ${type} cannot be sent in requests`);
  return new of(type, new Elements(count), sizes);
}

/** What a failure says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
